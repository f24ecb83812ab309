"""`dropally storage seed`."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from dropally.cli.exits import PARTIAL
from dropally.cli.options import (
    ConfigOption,
    JsonFlag,
    QuietFlag,
    Session,
    StorageOption,
    open_session,
)
from dropally.common.errors import UsageError
from dropally.common.text import format_bytes
from dropally.jobs.seed import SeedReport, SeedWork, forget_seeds
from dropally.jobs.seed import seed as run_seed

_SHOWN = 10


def seed(
    folder: Annotated[
        Path | None, typer.Argument(help="Where the copy of the team's files lies.")
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="After the first backup: let go of what was seeded.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count; read and write nothing.")
    ] = False,
    config: ConfigOption = None,
    storage: StorageOption = "",
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Take contents from a copy of the team's files, so that the first backup downloads little.

    Names and folders do not matter, contents do. Run it again after an interruption, or when the
    copy changed: files that were read before are passed over. Exit code 3: some could not be read.
    """
    if (folder is None) != forget:
        raise UsageError("name the folder of the copy, or give --forget", hint="one of the two")
    session = open_session(config, storage, as_json=as_json, quiet=quiet)
    handle = session.app.repository_handle()
    if folder is None:
        with handle.open(session.app.clock) as repository:
            copies = forget_seeds(repository)
        session.screen.say(f"Forgotten: {copies}. What backups refer to stays.")
        session.screen.result({"forgotten": copies})
        return
    with session.job() as context, handle.open(session.app.clock) as repository:
        report = run_seed(context, repository, SeedWork(folder, dry_run=dry_run))
    _print_report(session, report, dry_run=dry_run)
    if report.skipped_count:
        raise typer.Exit(PARTIAL)


def _print_report(session: Session, report: SeedReport, *, dry_run: bool) -> None:
    screen = session.screen
    screen.say(f"Found {report.files:,} files, {format_bytes(report.size_bytes)}")
    screen.say(f"Read before: {report.known_files:,} files, {format_bytes(report.known_bytes)}")
    if dry_run:
        left = report.size_bytes - report.known_bytes
        screen.say(f"To be read: {report.files - report.known_files:,} files, {format_bytes(left)}")
    else:
        screen.say(
            f"Read now: {report.read_files:,} files, {format_bytes(report.read_bytes)};"
            f" the repository grew by {format_bytes(report.stored_bytes)}"
        )
    for one in report.skipped[:_SHOWN]:
        screen.problem(f"Not read: {one.path}: {one.reason}")
    if report.skipped_count > _SHOWN:
        screen.problem(f"... and {report.skipped_count - _SHOWN:,} more (see --json)")
    screen.result({**msgspec.to_builtins(report), "dry_run": dry_run})
