"""Bringing the catalog up to date with a repository; with an empty catalog, that is a rebuild."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.faults import OutOfStepError
from dropally.catalog.items import ItemChange, ItemState
from dropally.catalog.points import recorded_points
from dropally.catalog.recording import (
    SmallSnapshots,
    SnapshotFacts,
    is_recorded,
    newest_recorded,
)
from dropally.catalog.roster_recording import (
    EntityFacts,
    MountFacts,
    PointFacts,
    newest_snapshots,
    record_point,
)
from dropally.jobs.context import JobContext
from dropally.jobs.team_view import TeamView
from dropally.store import (
    DamagedError,
    Entry,
    ObjectNotFoundError,
    Point,
    PointId,
    Reader,
    Repository,
    Snapshot,
    SnapshotId,
    TreeView,
)


@dataclass
class RecordReport:
    """What was recorded. `problems` name snapshots and points that could not be read."""

    points: int = 0
    snapshots: int = 0
    items: int = 0
    problems: list[str] = field(default_factory=list)


def record_repository(
    context: JobContext, repository: Repository, reader: Reader, group: str, catalog: DatabaseFile
) -> RecordReport:
    """Record every restore point of a team that the catalog lacks, oldest first.

    What cannot be read is reported and passed over: the namespace is then missing from that
    point, and so it is shown. May be stopped anywhere; the next call goes on. Raises
    OutOfStepError when only a rebuild helps, CancelledError.
    """
    report = RecordReport()
    with catalog.read() as connection:
        known = recorded_points(connection, group)
    newest = max(known.values(), default=None)
    before = _Before(_newest_known(repository, known), newest_snapshots(catalog, group))
    unknown = repository.points(
        group, damage=lambda error: _tell(context, report, error), skip=known
    )
    for point in unknown:
        context.check()
        if newest is not None and point.time < newest:
            hint = "only a rebuild of the catalog can take it in"
            _tell(context, report, f"restore point {point.id} was unreadable before: {hint}")
            continue
        try:
            before = _record_point(context, repository, reader, point, before, catalog, report)
        except (DamagedError, ObjectNotFoundError) as error:
            _tell(context, report, f"restore point {point.id}: {error}")
    return report


def _tell(context: JobContext, report: RecordReport, problem: object) -> None:
    report.problems.append(str(problem))
    context.warn(str(problem))


class _Before(NamedTuple):
    """The point that the catalog recorded last, and the snapshots that it knows it to have."""

    point: Point | None
    snapshots: Mapping[str, str]


def _newest_known(repository: Repository, known: Mapping[str, datetime]) -> Point | None:
    """The point recorded last, as long as it can be read."""
    newest = max(known, key=known.__getitem__, default=None)
    try:
        return repository.point(PointId(newest)) if newest is not None else None
    except (DamagedError, ObjectNotFoundError):
        return None


def _record_point(
    context: JobContext,
    repository: Repository,
    reader: Reader,
    point: Point,
    before: _Before,
    catalog: DatabaseFile,
    report: RecordReport,
) -> _Before:
    """Record what differs from the point before; most namespaces kept their snapshot."""
    snapshots: dict[str, str] = {}
    gathered = SmallSnapshots(catalog)
    for source, snapshot_id in repository.point_snapshots(point):
        try:
            if before.snapshots.get(source) != snapshot_id:
                _record_namespace(
                    context, repository, reader, snapshot_id, source, catalog, gathered
                )
        except (DamagedError, ObjectNotFoundError) as error:
            _tell(context, report, f"snapshot {snapshot_id} of {source}: {error}")
        else:
            snapshots[source] = snapshot_id
    gathered.flush()
    report.snapshots += gathered.snapshots
    report.items += gathered.items
    facts = PointFacts(
        team=point.group,
        id=point.id,
        time=point.time,
        snapshots=snapshots,
        labels=point.labels,
        is_same_roster=_has_same_roster(point, before.point),
    )
    if not facts.is_same_roster:
        facts = _with_roster(facts, TeamView(repository, reader, point))
    report.points += record_point(catalog, facts)
    return _Before(point, snapshots)


def _has_same_roster(point: Point, before: Point | None) -> bool:
    return before is not None and point.about is not None and point.about == before.about


def _with_roster(facts: PointFacts, view: TeamView) -> PointFacts:
    return replace(
        facts,
        entities=[
            EntityFacts(entity.namespace, entity.kind, entity.key, entity.member_id)
            for entity in view.entities
        ],
        mounts=[
            MountFacts(
                mount.member_id,
                mount.path_lower,
                mount.namespace,
                mount.path_display.rpartition("/")[2],
            )
            for mount in view.roster.mounts
        ],
    )


def _record_namespace(
    context: JobContext,
    repository: Repository,
    reader: Reader,
    snapshot_id: SnapshotId,
    source: str,
    catalog: DatabaseFile,
    gathered: SmallSnapshots,
) -> None:
    if is_recorded(catalog, snapshot_id):
        return
    snapshot = repository.snapshot(snapshot_id)
    before = _tree_recorded(repository, reader, newest_recorded(catalog, source))
    facts = SnapshotFacts(source, snapshot.id, snapshot.time, len(snapshot.failures))
    gathered.add(facts, _rows(context, before, reader.tree(snapshot.root)))


def _tree_recorded(repository: Repository, reader: Reader, snapshot_id: str | None) -> TreeView:
    """The tree that the catalog knows as a namespace's newest."""
    if snapshot_id is None:
        return reader.tree(None)
    try:
        known: Snapshot = repository.snapshot(SnapshotId(snapshot_id))
    except ObjectNotFoundError as error:
        raise OutOfStepError(
            f"the catalog knows snapshot {snapshot_id}, which the repository no longer has",
            hint="delete catalog.db and let it be rebuilt",
        ) from error
    return reader.tree(known.root)


def _rows(context: JobContext, before: TreeView, after: TreeView) -> Iterator[ItemChange]:
    progress = context.phase("record", "entries")
    for path, was, now in before.diff(after):
        context.check()
        progress.add()
        yield ItemChange(
            path, None if was is None else item_state(was), None if now is None else item_state(now)
        )


def item_state(entry: Entry) -> ItemState:
    """What the catalog keeps of a tree's entry."""
    if entry.kind == "folder":
        return ItemState("folder", entry.name, mount=entry.mount)
    modified = entry.client_modified
    return ItemState(
        entry.kind,
        entry.name,
        entry.size_bytes,
        entry.server_modified if modified is None else modified,
        entry.modified_by,
        _content_number(entry),
        entry.mount,
        entry.failure,
    )


def _content_number(entry: Entry) -> int | None:
    """64 bits that tell contents apart: of the content hash, or of the revision if there is none."""
    if entry.content_hash is not None:
        return int.from_bytes(entry.content_hash[:8], "big", signed=True)
    if not entry.rev:
        return None
    digest = hashlib.blake2b(entry.rev.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
