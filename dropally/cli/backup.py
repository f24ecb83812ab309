"""`dropally backup`."""

from collections import Counter
from typing import Annotated

import typer

from dropally.app.direct import Application
from dropally.cli.exits import FAILED, OK, PARTIAL
from dropally.cli.options import (
    ConfigOption,
    JsonFlag,
    QuietFlag,
    Session,
    StorageOption,
    open_session,
)
from dropally.common.text import format_bytes, format_duration
from dropally.dropbox_api import Roster, explain_failure
from dropally.jobs import discover
from dropally.jobs.address import short_id
from dropally.jobs.backup import ItemProblem, TeamBackup, TeamBackupReport, back_up_team
from dropally.jobs.context import JobContext
from dropally.jobs.team_view import find_entity

_SHOWN_OF_EACH = 3


def backup(
    entities: Annotated[
        list[str] | None,
        typer.Argument(
            help="Only these members, team folders or shared folders.", show_default=False
        ),
    ] = None,
    processes: Annotated[
        int, typer.Option(min=1, help="Share the work among so many processes.")
    ] = 1,
    config: ConfigOption = None,
    storage: StorageOption = "",
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Back up the linked team and write a restore point.

    An interrupted backup goes on where it was. Exit code 3: done, but some files or folders could
    not be read; they are listed and tried again next time.
    """
    session = open_session(config, storage, as_json=as_json, quiet=quiet)
    started = session.app.clock.monotonic()
    with session.job() as context:
        report = run_backup(session.app, context, entities or [], processes)
    seconds = session.app.clock.monotonic() - started
    _print_report(session, report, seconds)
    raise typer.Exit(_exit_code(report))


def run_backup(
    app: Application, context: JobContext, entities: list[str], processes: int = 1
) -> TeamBackupReport:
    """Discover the team, then back it up (or only the entities named)."""
    team = app.team_handle()
    handle = app.repository_handle()
    with handle.open(app.clock) as repository:
        repository_id = repository.config.repository_id
    roster: Roster = discover.run(context, team, app.save_credentials)
    chosen = tuple(find_entity(roster, name).namespace for name in entities)
    return back_up_team(
        context,
        TeamBackup(
            repository=handle,
            team=team,
            roster=roster,
            work_dir=app.work_folder("stage", repository_id),
            namespaces=chosen,
            fetchers=app.workers,
            listers=max(2, app.workers // 2),
            processes=processes,
            memory_bytes=app.config.limits.memory // 2,
        ),
    )


def _exit_code(report: TeamBackupReport) -> int:
    if report.is_complete:
        return OK
    return FAILED if len(report.failed) == len(report.outcomes) else PARTIAL


def _print_report(session: Session, report: TeamBackupReport, seconds: float) -> None:
    screen = session.screen
    changed = sum(outcome.status == "new" for outcome in report.outcomes)
    screen.say(
        f"Restore point {short_id(report.point)}: {report.total('files'):,} files,"
        f" {format_bytes(report.total('bytes'))} in {len(report.outcomes)} folders of the team"
        f" ({changed} changed)"
    )
    screen.say(
        f"Downloaded {report.fetched_files:,} files, {format_bytes(report.fetched_bytes)}"
        f" in {format_duration(seconds)}"
    )
    for outcome in report.failed:
        screen.problem(f"Not backed up: {outcome.name}: {outcome.error}")
    names = {outcome.namespace: outcome.name for outcome in report.outcomes}
    for line in _problem_lines(report.problems, names):
        screen.problem(line)
    screen.result(report_as_json(report, seconds))


def _problem_lines(problems: list[ItemProblem], names: dict[str, str]) -> list[str]:
    """A few lines, grouped by cause, each cause explained; `--json` has them all."""
    lines: list[str] = []
    for reason, count in Counter(problem.reason for problem in problems).most_common():
        files = "1 file" if count == 1 else f"{count:,} files"
        lines.append(f"Without content ({reason}), {files}. {explain_failure(reason)}".rstrip())
        found = [problem for problem in problems if problem.reason == reason]
        lines.extend(
            f"  {names.get(problem.namespace, problem.namespace)}:{problem.path}"
            for problem in found[:_SHOWN_OF_EACH]
        )
        if count > _SHOWN_OF_EACH:
            lines.append(f"  ... and {count - _SHOWN_OF_EACH:,} more (see --json)")
    return lines


def report_as_json(report: TeamBackupReport, seconds: float) -> dict[str, object]:
    """The report as `--json` prints it."""
    return {
        "point": short_id(report.point),
        "time": report.time,
        "files": report.total("files"),
        "folders": report.total("folders"),
        "bytes": report.total("bytes"),
        "downloaded_files": report.fetched_files,
        "downloaded_bytes": report.fetched_bytes,
        "seconds": round(seconds, 3),
        "new_snapshots": sum(outcome.status == "new" for outcome in report.outcomes),
        "unchanged": sum(outcome.status == "unchanged" for outcome in report.outcomes),
        "failed": [
            {"name": outcome.name, "namespace": outcome.namespace, "error": outcome.error}
            for outcome in report.failed
        ],
        "problems": [
            {
                "namespace": problem.namespace,
                "path": problem.path,
                "reason": problem.reason,
                "detail": problem.detail,
            }
            for problem in report.problems
        ],
    }
