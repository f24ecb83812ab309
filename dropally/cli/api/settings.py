"""`dropally config set`, `security set`, `storage adopt`, `key status`, `confirm` and `kit`."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from dropally.app.direct import write_private_file
from dropally.cli.api.arguments import ChangesArgument, StorageArgument, changes_of
from dropally.cli.api.cells import Column, shown, table_rows
from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption, asking
from dropally.cli.options import ConfigOption, JsonFlag
from dropally.cli.screen import Screen
from dropally.common.errors import UsageError

_KEY_COLUMNS = (
    Column("Storage", "id"),
    Column("Repository", "repository.id"),
    Column("Recovery code", "recovery_code"),
    Column("Proved by", "recovery_code_confirmed_by"),
    Column("Opened by", "key_slots"),
    Column("Warnings", "warnings"),
)


def set_values(
    changes: ChangesArgument,
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Change settings as the console does, all or none.

    What dropally.toml or the environment sets has to be changed there.
    """
    wanted = changes_of(changes)
    screen = Screen(as_json=as_json)
    with asking(url, token, trust, config) as api:
        answer = api.change("/settings", {"changes": wanted})
    for one in answer["settings"]:
        if one["key"] in wanted:
            late = " (counts after the next start)" if one["waits_for_restart"] else ""
            screen.say(f"{one['key']} = {shown(one['value'])}{late}")
    for warning in answer["warnings"]:
        screen.problem(f"Warning: {warning}")
    screen.result(answer)


def set_policy(
    changes: ChangesArgument,
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Change the rules for people, all or none: password_min=14 enforce_2fa=true."""
    wanted = changes_of(changes)
    screen = Screen(as_json=as_json)
    with asking(url, token, trust, config) as api:
        answer = api.change("/security", {"changes": wanted})
    for key in wanted:
        screen.say(f"{key} = {shown(answer['policy'].get(key))}")
    screen.result(answer)


def key_status(
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what opens each repository, and whether its recovery code was kept."""
    screen = Screen(as_json=as_json)
    with asking(url, token, trust, config) as api:
        listed = api.ask("GET", "/storages")["items"]
        rows = [api.ask("GET", f"/storages/{row['id']}") for row in listed]
    told = [{**row, "key_slots": [slot["kind"] for slot in row["key_slots"]]} for row in rows]
    screen.table([one.title for one in _KEY_COLUMNS], table_rows(_KEY_COLUMNS, told))
    screen.result(rows)


def confirm_key(
    storage_id: StorageArgument,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", help="A group of the code by its number, 3=ABCDE; repeat it."),
    ] = None,
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove that the recovery code was kept: the whole code is read from the standard input."""
    body: dict[str, Any]
    if group:
        body = {"groups": {key: str(text) for key, text in _groups(group).items()}}
    else:
        body = {"code": _typed_code()}
    screen = Screen(as_json=as_json)
    with asking(url, token, trust, config) as api:
        api.ask("POST", f"/storages/{storage_id}/recovery-code/confirm", body=body)
    screen.say("That is the code. Keep it where the appliance is not.")
    screen.result({})


def adopt_repository(
    storage_id: StorageArgument,
    code_file: Annotated[
        Path | None,
        typer.Option("--recovery-code-file", help="A file with the recovery code; else asked for."),
    ] = None,
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Use a repository that is there already; its recovery code is asked for, or piped in."""
    screen = Screen(as_json=as_json)
    code = _code_in(code_file) if code_file else _typed_code()
    with asking(url, token, trust, config) as api:
        path = f"/storages/{storage_id}/repository/adopt"
        found = api.ask("POST", path, body={"recovery_code": code})
    screen.say(f"Repository {found['repository_id']} is in use.")
    screen.result(found)


def write_kit(
    storage_id: StorageArgument,
    out: Annotated[Path, typer.Option("--out", help="The file to write: .pdf, or .txt.")] = Path(
        "dropally-recovery-kit.pdf"
    ),
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Write the recovery kit, a page to print; the recovery code is read from the standard input."""
    screen = Screen(as_json=as_json)
    body = {"recovery_code": _typed_code(), "format": "text" if out.suffix == ".txt" else "pdf"}
    path = f"/storages/{storage_id}/recovery-kit"
    with (
        asking(url, token, trust, config) as api,
        api.stream(path, method="POST", body=body) as answer,
    ):
        write_private_file(out, b"".join(answer.iter_bytes()))
    screen.say(f"{out}: print it, keep it where the appliance is not, and delete the file.")
    screen.result({"file": str(out)})


def _groups(typed: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in typed]
    if not all(number.isdecimal() and text for number, _, text in pairs):
        raise UsageError("a group is written NUMBER=TEXT", hint="--group 3=ABCDE --group 7=FGHIJ")
    return {number: text for number, _, text in pairs}


def _code_in(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the recovery code cannot be read from {path}: {error}",
            hint="name a text file with nothing but the code in it",
        ) from error


def _typed_code() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Recovery code", err=True))
    code = sys.stdin.readline().strip()
    if not code:
        raise UsageError("no recovery code was given", hint="type it, or pipe it in")
    return code
