"""What the hand-written commands take in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from msgspec import DecodeError, json

from dropally.cli.api.client import ApiClient
from dropally.common.errors import UsageError

JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.")]
StorageArgument = Annotated[str, typer.Argument(metavar="STORAGE", help="The storage's id.")]
AddressArgument = Annotated[
    str, typer.Argument(metavar="ENTITY[@DATE]:/PATH", help="Who, when and where.")
]
AddressesArgument = Annotated[
    list[str], typer.Argument(metavar="ENTITY[@DATE]:/PATH...", help="Who, when and where.")
]
ChangesArgument = Annotated[
    list[str],
    typer.Argument(metavar="KEY=VALUE...", help="Values as in dropally.toml; `null` takes back."),
]


def changes_of(typed: list[str]) -> dict[str, Any]:
    """`KEY=VALUE` pairs; a value that is no JSON is a text. Raises UsageError."""
    found: dict[str, Any] = {}
    for one in typed:
        key, sign, text = one.partition("=")
        if not sign or not key.strip():
            raise UsageError(f"{one!r} changes nothing", hint="write KEY=VALUE")
        found[key.strip()] = value_of(text)
    return found


def value_of(text: str) -> Any:
    """A number, true, false, null, a list or an object as JSON writes them; else the text itself."""
    try:
        return json.decode(text.strip())
    except DecodeError:
        return text.strip()


@contextmanager
def selected(api: ApiClient) -> Iterator[str]:
    """A selection for one command; it is forgotten at the end, and work begun with it goes on."""
    selection_id: str = api.ask("POST", "/selections")["id"]
    try:
        yield selection_id
    finally:
        api.ask("DELETE", f"/selections/{selection_id}")
