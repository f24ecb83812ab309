"""`dropally selection add`, `remove` and `clear`; `dropally download fetch`."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from dropally.cli.api.arguments import AddressesArgument
from dropally.cli.api.client import ApiClient
from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption, asking
from dropally.cli.api.places import change_selection, find_place
from dropally.cli.options import ConfigOption, JsonFlag, QuietFlag
from dropally.cli.screen import Screen
from dropally.common.errors import DeniedError, DropallyError
from dropally.common.text import format_bytes

SelectionArgument = Annotated[
    str, typer.Argument(metavar="SELECTION", help="The selection's id (dropally selection create).")
]
TaskOption = Annotated[str, typer.Option("--task", help="Look for names in this task only.")]


def _changing(action: Literal["add", "remove"], summary: str) -> Callable[..., None]:
    """The command that does one thing with what addresses name."""

    def change(
        selection_id: SelectionArgument,
        addresses: AddressesArgument,
        task: TaskOption = "",
        url: UrlOption = "",
        token: TokenOption = "",
        trust: TrustOption = "",
        config: ConfigOption = None,
        as_json: JsonFlag = False,
    ) -> None:
        with asking(url, token, trust, config) as api:
            places = [find_place(api, one, task) for one in addresses]
            _show(Screen(as_json=as_json), change_selection(api, selection_id, action, places))

    change.__doc__ = summary
    return change


add = _changing("add", "Put files and folders into a selection.")
remove = _changing(
    "remove", "Leave files and folders out of a selection, also such within a folder that is in it."
)


def clear(
    selection_id: SelectionArgument,
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Take everything out of a selection."""
    with asking(url, token, trust, config) as api:
        path = f"/selections/{selection_id}/items"
        answer = api.ask("POST", path, body={"action": "clear", "items": []})
    _show(Screen(as_json=as_json), answer)


def _show(screen: Screen, selection: Any) -> None:
    screen.say(
        f"{selection['items']:,} items: {selection['files']:,} files,"
        f" {format_bytes(selection['size_bytes'])}"
    )
    screen.result(selection)


def fetch(
    download_id: Annotated[str, typer.Argument(metavar="DOWNLOAD", help="The download's id.")],
    to: Annotated[Path, typer.Option("--to", help="The folder to write to.")] = Path(),
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Fetch the files of a prepared download, each checked by its SHA-256.

    Run it again after an interruption: it goes on.
    """
    screen = Screen(as_json=as_json, quiet=quiet)
    with asking(url, token, trust, config) as api:
        screen.result({"files": fetch_download(api, screen, download_id, to)})


def fetch_download(api: ApiClient, screen: Screen, download_id: str, to: Path) -> list[str]:
    """Write the parts of a download into a folder. Raises DeniedError, DropallyError."""
    link = api.ask("POST", f"/exports/{download_id}/link")
    landing = api.ask("GET", f"/downloads/{link['token']}")
    written: list[str] = []
    try:
        to.mkdir(parents=True, exist_ok=True)
        for part in landing["parts"]:
            target = _free_name(to / Path(part["name"]).name, part["sha256"])
            _fetch_part(api, f"/downloads/{link['token']}/parts/{part['number']}", part, target)
            screen.say(f"{target}: {format_bytes(part['size_bytes'])}")
            written.append(str(target))
    except OSError as error:
        raise DeniedError(
            f"{error.filename or to} cannot be written: {error.strerror}",
            hint="check the folder and its free space",
        ) from error
    return written


def _free_name(wanted: Path, sha256: str) -> Path:
    """Nothing that exists is overwritten, unless it is the very same file."""
    target, number = wanted, 1
    while target.exists() and _sha256(target) != sha256:
        number += 1
        target = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
    return target


def _fetch_part(api: ApiClient, path: str, part: Any, target: Path) -> None:
    """Into `NAME.part`, from where that ends; it gets its name when it is complete and right."""
    if target.exists():
        return
    partial = target.with_name(f"{target.name}.part")
    have = partial.stat().st_size if partial.exists() else 0
    if have < part["size_bytes"]:
        headers = {"Range": f"bytes={have}-"} if have else {}
        with api.stream(path, headers=headers) as answer, partial.open("ab") as file:
            for piece in answer.iter_bytes():
                file.write(piece)
    elif have == 0:
        partial.touch()
    if _sha256(partial) != part["sha256"]:
        partial.unlink()
        raise DropallyError(
            f"{part['name']} did not come as it is on the server",
            hint="run the command again; it begins anew with this file",
        )
    partial.replace(target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
