"""The job of kind `retain`: forget the restore points that no rule keeps, and what only they had."""

from collections.abc import Mapping, Sequence

import msgspec

from dropally.auth.actors import Actor, Place
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import connections as team_rows
from dropally.catalog import forgetting, jobs, retained, tasks
from dropally.catalog.cursors import drop_cursors
from dropally.catalog.jobs import JobRow
from dropally.jobs.backup import team_folder
from dropally.jobs.runner import UPKEEP, Initiator, JobOutcome, JobRequest, RunningJob, initiator_of
from dropally.protection.context import ProtectionContext
from dropally.protection.retention import decide_points, rules_at
from dropally.protection.task_views import living
from dropally.store import PointId, Repository, SnapshotId

RETAIN = "retain"


class RetainParams(msgspec.Struct, frozen=True):
    """Whose restore points, and where."""

    storage_id: str
    team_id: str


class RetainKind:
    """Forgets points, then snapshots, then their rows. Run again, it goes on where it was."""

    name = RETAIN
    is_resumable = True

    def __init__(self, ctx: ProtectionContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Decide by the catalog; the repository forgets first. Raises DropallyError, StoreError.

        Points that the catalog does not know yet are left alone.
        """
        params = job.params(RetainParams)
        job.clear_problems()
        now = self._ctx.now()
        if reader := self._reader(params.storage_id):
            job.context.note(f"Nothing is forgotten while somebody reads: {reader}.")
            return JobOutcome("succeeded", {"points": 0, "snapshots": 0})
        with self._ctx.read() as connection:
            rules = rules_at(connection, params.storage_id, params.team_id, now)
        storages = self._ctx.storages
        with storages.recording(params.storage_id) as catalog:
            with catalog.read() as connection:
                decisions = decide_points(connection, params.team_id, rules, now)
                numbers = {
                    one.id: one.number for one in retained.known_points(connection, params.team_id)
                }
                kept = sorted(numbers[one.point.id] for one in decisions if one.keep)
                snapshots = retained.forgettable(connection, params.team_id, kept, rules.purged)
            gone = [one.point.id for one in decisions if not one.keep]
            with storages.repository(params.storage_id) as repository:
                self._forget(job, repository, gone, snapshots)
                self._drop_cursors(repository, params.team_id, rules.purged)
            keep = {one.point.id for one in decisions if one.keep}
            forgetting.forget_points(catalog, params.team_id, keep)
            for namespace, ids in snapshots.items():
                job.context.check()
                with catalog.read() as connection:
                    stay = set(retained.snapshots_of(connection, namespace)) - set(ids)
                forgetting.forget_snapshots(catalog, namespace, stay)
            forgetting.drop_forgotten(catalog)
        summary = {
            "points": len(gone),
            "snapshots": sum(map(len, snapshots.values())),
            "kept_points": len(keep),
        }
        self._ctx.events.publish(
            "storage_changed", {"storage_id": params.storage_id}, needs=Verb.STORAGE_READ
        )
        return JobOutcome("succeeded", summary)

    def _reader(self, storage_id: str) -> str:
        """The title of a restore or export under way; "" if there is none."""
        with self._ctx.read() as connection:
            titles = (
                job.title
                for job in jobs.in_progress(connection)
                if job.kind in {"restore", "export"} and job.storage_id == storage_id
            )
            return next(titles, "")

    def _forget(
        self,
        job: RunningJob,
        repository: Repository,
        points: Sequence[str],
        snapshots: Mapping[str, Sequence[str]],
    ) -> None:
        """Points before the snapshots that they name."""
        phase = job.context.phase("forget", "entries")
        ids = [one for some in snapshots.values() for one in some]
        phase.expect(len(points) + len(ids))
        for point in points:
            job.context.check()
            repository.forget_point(PointId(point))
            phase.add()
        for snapshot in ids:
            job.context.check()
            repository.forget_snapshot(SnapshotId(snapshot))
            phase.add()

    def _drop_cursors(
        self, repository: Repository, team_id: str, purged: Mapping[str, object]
    ) -> None:
        """A namespace whose snapshots are gone is listed from its beginning if it comes back."""
        if purged:
            stages = self._ctx.auth.data_folder / "stage" / repository.config.repository_id
            drop_cursors(stages / team_folder(team_id), purged)


def request_retention(ctx: ProtectionContext, actor: Actor, task_id: str) -> JobRow:
    """Forget what the rules for a task's team and storage no longer keep.

    Raises ForbiddenError, NotFoundError.
    """
    require(ctx.auth, actor, Verb.SNAPSHOT_DELETE, Place(task_id))
    with ctx.read() as connection:
        task = living(connection, task_id)
        team = team_rows.connection_by_id(connection, task.connection_id)
        assert team is not None  # noqa: S101  a task has a connection
    return ctx.runner.submit(
        _request(task.storage_id, team.team_id, team.team_name, initiator_of(actor))
    )


def request_all(ctx: ProtectionContext, actor: Actor) -> list[JobRow]:
    """The daily round: one job for each team in each storage."""
    places: dict[tuple[str, str], str] = {}
    with ctx.read() as connection:
        for team in team_rows.all_connections(connection):
            for task in tasks.tasks_of_connection(connection, team.id):
                places[task.storage_id, team.team_id] = team.team_name
    return [
        ctx.runner.submit(_request(storage_id, team_id, name, initiator_of(actor)))
        for (storage_id, team_id), name in places.items()
    ]


def _request(storage_id: str, team_id: str, team_name: str, initiator: Initiator) -> JobRequest:
    """No backup of the team runs meanwhile: it would build on what is being forgotten."""
    return JobRequest(
        kind=RETAIN,
        title=f"Forget old restore points of {team_name}",
        params=RetainParams(storage_id, team_id),
        initiator=initiator,
        item=team_name,
        storage_id=storage_id,
        team_id=team_id,
        locks=(f"team-backup:{storage_id}/{team_id}", f"catalog:{storage_id}"),
        priority=UPKEEP,
        dedupe=f"{RETAIN}:{storage_id}/{team_id}",
        service="appliance",
    )
