"""`dropally job watch` and `dropally events watch`."""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer

from dropally.cli.api.arguments import JobArgument
from dropally.cli.api.client import ApiClient
from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption, asking
from dropally.cli.api.watching import watch_job
from dropally.cli.options import ConfigOption, JsonFlag, QuietFlag
from dropally.cli.screen import Screen
from dropally.common.errors import TryLaterError, UsageError
from dropally.common.text import format_time


def watch(
    job_id: JobArgument,
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Show a job until it has ended; the exit code says how.

    Ctrl-C only stops the showing.
    """
    with asking(url, token, trust, config) as api:
        if not api.starts_jobs:
            raise TryLaterError(
                "no server runs here, so no job does", hint="start it: dropally serve"
            )
        watch_job(api, Screen(as_json=as_json, quiet=quiet), job_id)


def watch_events(
    after: Annotated[
        int, typer.Option("--after", help="Begin after the event with this id.", show_default=False)
    ] = 0,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="Only these: job_changed, job_finished, task_changed, …"),
    ] = None,
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Print what happens as it happens, a line each, until Ctrl-C.

    With --json each line is one event.
    """
    with asking(url, token, trust, config) as api:
        if not api.starts_jobs:
            raise UsageError("no server runs here, so nothing happens", hint="dropally serve")
        for kind, event in _events(api, after):
            if not name or kind in name:
                _print_event(kind, event, as_json=as_json)


def _events(api: ApiClient, after: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and contents of the messages of the stream."""
    kind = ""
    with api.stream("/events", query={"after": after or ""}) as answer:
        for line in answer.iter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                kind = value
            elif field == "data":
                yield kind, msgspec.json.decode(value)


def _print_event(kind: str, event: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode({"name": kind, **event}).decode() + "\n")
    else:
        shown = format_time(datetime.fromisoformat(event["time"])) if "time" in event else ""
        data = ", ".join(f"{key} {value}" for key, value in event.get("data", event).items())
        sys.stdout.write(f"{shown}  {kind}  {data}\n")
    sys.stdout.flush()
