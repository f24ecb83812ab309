"""`dropally key add` and `dropally key rotate`: secrets are read from the standard input."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from dropally.app.direct import write_private_file
from dropally.cli.api.arguments import StorageArgument
from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption, asking
from dropally.cli.options import ConfigOption, JsonFlag
from dropally.cli.screen import Screen
from dropally.common.errors import UsageError

LabelOption = Annotated[str, typer.Option("--label", help="Whose it is, or where it lies.")]


def add_key(
    storage_id: StorageArgument,
    key_file: Annotated[
        Path | None,
        typer.Option("--key-file", help="Write a new key file here; else a passphrase is read."),
    ] = None,
    label: LabelOption = "",
    replaces: Annotated[
        str, typer.Option("--replaces", help="The id of a slot that it takes the place of.")
    ] = "",
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Let a further secret open the repository: a passphrase from the standard input, or a file."""
    if key_file is not None and key_file.exists():
        raise UsageError(f"{key_file} exists already", hint="a key file is never replaced")
    body = {"kind": "key-file" if key_file else "passphrase", "label": label, "replaces": replaces}
    if key_file is None:
        body["passphrase"] = _new_passphrase()
    screen = Screen(as_json=as_json)
    with asking(url, token, trust, config) as api:
        made = api.ask("POST", f"/storages/{storage_id}/keys", body=body)
    content = made.pop("key_file")
    if key_file is not None:
        write_private_file(key_file, content.encode())
        screen.say(f"{key_file} opens the repository. Keep it where the appliance is not.")
    else:
        screen.say("The passphrase opens the repository.")
    screen.result(made)


def rotate(
    storage_id: StorageArgument,
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Begin new keys. The recovery code is read from the standard input, then passphrases to keep.

    One secret a line. Whatever is not given opens nothing that is written from now on.
    """
    lines = _typed_lines()
    body = {"recovery_code": lines[0], "passphrases": lines[1:]}
    screen = Screen(as_json=as_json)
    with asking(url, token, trust, config) as api:
        made = api.ask("POST", f"/storages/{storage_id}/keys/rotate", body=body)
    screen.say(f"New keys, number {made['epoch']}: {made['slots']} secrets open them.")
    if made["staying"]:
        screen.problem(
            f"Warning: {made['staying']} old slots stay, because the storage denies deletion."
            " They open what was written before, and nothing newer."
        )
    screen.result(made)


def _new_passphrase() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    text = getpass.getpass("New passphrase: ")
    if getpass.getpass("Once more: ") != text:
        raise UsageError("the two passphrases differ", hint="nothing was changed")
    return text


def _typed_lines() -> list[str]:
    if sys.stdin.isatty():
        lines = [getpass.getpass("Recovery code: ")]
        while text := getpass.getpass("A passphrase to keep (empty: no more): "):
            lines.append(text)
    else:
        lines = [line.rstrip("\n") for line in sys.stdin if line.strip()]
    if not lines or not lines[0].strip():
        raise UsageError("no recovery code was given", hint="type or pipe it, on the first line")
    return lines
