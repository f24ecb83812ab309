"""Options that many commands share, and what they open."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from dropally.app.direct import Application
from dropally.cli.screen import Screen
from dropally.common.errors import DeniedError
from dropally.config import find_config_file, load_config
from dropally.dropbox_api import Credentials
from dropally.jobs.context import JobContext

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", help="dropally.toml to read (or DROPALLY_CONFIG).", show_default=False
    ),
]
StorageOption = Annotated[
    str, typer.Option("--storage", help="Which [[storage]]; the first one if left out.")
]
TaskOption = Annotated[
    str,
    typer.Option("--task", help="The task whose team is meant, where several are connected."),
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
QuietFlag = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only problems.")]
YesFlag = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@dataclass(frozen=True)
class Session:
    """One run of one command: what it works with and where it speaks."""

    app: Application
    screen: Screen

    @contextmanager
    def job(self) -> Iterator[JobContext]:
        """A job's context with progress shown; Ctrl-C and SIGTERM stop it cleanly."""
        context = JobContext(clock=self.app.clock, log=self.screen.log)

        def stop(_number: int, _frame: FrameType | None) -> None:
            if context.cancelled.is_set():
                raise KeyboardInterrupt  # asked a second time: do not wait for anything
            context.cancelled.set()

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with self.screen.watching(context):
                yield context
        finally:
            for number, action in before.items():
                signal.signal(number, action)


def open_session(
    config: Path | None, storage: str, *, task: str = "", as_json: bool, quiet: bool = False
) -> Session:
    """Read the configuration. Raises UsageError, NotFoundError."""
    settings = load_config(find_config_file(config, os.environ), os.environ).config
    app = Application(
        settings,
        os.environ,
        storage_id=storage,
        ask_secret=_ask_secret,
        stored_link=partial(_stored_link, settings.paths.data, task),
    )
    return Session(app, Screen(as_json=as_json, quiet=quiet))


def _stored_link(data: Path, task: str) -> Credentials | None:
    # Only now: it brings half the appliance, which most commands do without.
    from dropally.cli.stored_link import stored_link  # noqa: PLC0415

    return stored_link(data, task)


def _ask_secret(question: str) -> str:
    if not sys.stdin.isatty():
        raise DeniedError(
            "nothing here opens the repository, and nobody can be asked",
            hint="set DROPALLY_PASSPHRASE_FILE, or [encryption] key_file",
        )
    return str(typer.prompt(question, hide_input=True, err=True))
