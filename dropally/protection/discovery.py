"""Looking at a team: the job of kind `discover`, and asking for it."""

import threading
from collections.abc import Iterator

from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import connections as catalog
from dropally.catalog.jobs import JobRow
from dropally.common.errors import DropallyError
from dropally.dropbox_api import Roster
from dropally.jobs import discover
from dropally.jobs.context import JobContext
from dropally.jobs.runner import ItemOutcome, JobOutcome, RunningJob, initiator_of
from dropally.protection import connections
from dropally.protection.context import ProtectionContext
from dropally.protection.history import adopt_history
from dropally.protection.job_requests import DISCOVER, DiscoverParams, discovery_request
from dropally.protection.probing import check_after
from dropally.protection.roster_sync import SyncReport, sync_team
from dropally.protection.rosters import keep_roster
from dropally.store import StoreError

_MOST_NAMES = 100


def request_discovery(ctx: ProtectionContext, actor: Actor, connection_id: str) -> JobRow:
    """Look at a team now; one look at a time. Raises ForbiddenError, NotFoundError, StateError."""
    require(ctx.auth, actor, Verb.TASK_CREATE)
    with ctx.write() as connection:
        team = connections.existing(connection, connection_id)
        job = ctx.runner.submit(discovery_request(team, initiator_of(actor)), connection)
    ctx.runner.wake()
    return job


def discover_all(ctx: ProtectionContext, actor: Actor) -> list[JobRow]:
    """Look at every connected team: the daily round."""
    with ctx.read() as connection:
        teams = [row.id for row in catalog.all_connections(connection) if row.state == "connected"]
    return [request_discovery(ctx, actor, one) for one in teams]


class DiscoverKind:
    """Jobs that look at a team."""

    name = DISCOVER
    is_resumable = True

    def __init__(self, ctx: ProtectionContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Look, and bring the tasks' entities up to date. Raises DropallyError."""
        params = job.params(DiscoverParams)
        roster = look_at_team(self._ctx, params.connection_id, job.context)
        reports = sync_team(self._ctx, params.connection_id, roster)
        for report in reports:
            if report.is_first:
                self._take_history_over(job, report)
        return JobOutcome("succeeded", summary_of(roster, reports), items=tuple(_items(reports)))

    def _take_history_over(self, job: RunningJob, report: SyncReport) -> None:
        """A storage that cannot be read now keeps nobody from seeing the team."""
        try:
            count = adopt_history(self._ctx, report.task)
        except (DropallyError, StoreError) as error:
            job.context.warn(f"earlier backups in {report.task.storage_id}: {error}")
            return
        if count:
            job.context.note(f"{report.task.name}: {count:,} have earlier backups in the storage")


def _items(reports: list[SyncReport]) -> Iterator[ItemOutcome]:
    """What the activity shows: who came and went, the first hundred of each, for each task."""
    for report in reports:
        if report.is_first:
            continue
        told = {
            "new in the team": report.added,
            "has left the team": report.archived,
            "is back in the team": report.returned,
        }
        for message, names in told.items():
            for name in names[:_MOST_NAMES]:
                yield ItemOutcome(name, "succeeded", message=f"{message} ({report.task.name})")


def look_at_team(ctx: ProtectionContext, connection_id: str, context: JobContext) -> Roster:
    """Ask Dropbox for the whole team, and keep the answer. Raises DropallyError.

    Where Dropbox refuses, the connection is checked, so that it shows as disconnected if it is.
    """
    team = connections.team_handle(ctx, connection_id)
    try:
        roster = discover.run(context, team, connections.keeper_of(ctx, connection_id))
    except DropallyError as error:
        _note_failure(ctx, connection_id, error, context.cancelled)
        raise
    keep_roster(ctx, connection_id, roster)
    return roster


def _note_failure(
    ctx: ProtectionContext, connection_id: str, error: DropallyError, cancelled: threading.Event
) -> None:
    if cancelled.is_set():
        return
    with ctx.write() as connection:
        catalog.update_connection(connection, connection_id, {"discovery_error": str(error)})
    check_after(ctx, connection_id, error)


def summary_of(roster: Roster, reports: list[SyncReport]) -> dict[str, object]:
    """What a look at the team found, in counts."""
    return {
        "members": sum(member.status != "removed" for member in roster.members),
        "folders": sum(namespace.kind != "member" for namespace in roster.namespaces),
        "added": sum(len(report.added) for report in reports),
        "activated": sum(len(report.activated) for report in reports),
        "archived": sum(len(report.archived) for report in reports),
        "returned": sum(len(report.returned) for report in reports),
        "renamed": sum(report.renamed for report in reports),
    }
