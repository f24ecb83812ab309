"""One backup run of a whole team: discover, back up every namespace, write the restore point."""

import fcntl
import os
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from dropally.common.errors import DropallyError, TryLaterError
from dropally.dropbox_api import Roster
from dropally.jobs.backup.unit import run
from dropally.jobs.backup.work import BackupWork, ItemProblem, NamespaceOutcome, NamespaceWork
from dropally.jobs.context import JobContext
from dropally.jobs.handles import RepositoryHandle, TeamHandle
from dropally.jobs.pool import run_units
from dropally.store import (
    DamagedError,
    ObjectNotFoundError,
    Point,
    PointDraft,
    Repository,
    SnapshotId,
)

_TOTALLED = ("files", "folders", "bytes")


@dataclass(frozen=True)
class TeamBackup:
    """What to back up, from where, into which repository.

    `work_dir`: for what must outlive an interruption; each team has a folder of its own in it.
    `namespaces`: only these (everything when empty); the others keep the snapshot they have.
    `processes`: how many processes share the work; 1 stays in this one.
    """

    repository: RepositoryHandle
    team: TeamHandle
    roster: Roster
    work_dir: Path
    namespaces: tuple[str, ...] = ()
    fetchers: int = 8
    listers: int = 4
    processes: int = 1
    memory_bytes: int = 128 << 20

    @property
    def team_dir(self) -> Path:
        """The team's own part of the work folder: several teams may share a repository."""
        return self.work_dir / team_folder(self.roster.profile.team_id)


def team_folder(team_id: str) -> str:
    """The name of a team's own folder among the stages."""
    return team_id.replace(":", "_")


@dataclass(frozen=True)
class TeamBackupReport:
    """How a run went. `point` is the new restore point's id."""

    point: str
    time: datetime
    outcomes: tuple[NamespaceOutcome, ...]
    fetched_files: int
    fetched_bytes: int

    @property
    def problems(self) -> list[ItemProblem]:
        """Every file that the restore point lists without its content."""
        return [problem for outcome in self.outcomes for problem in outcome.problems]

    @property
    def failed(self) -> list[NamespaceOutcome]:
        """Namespaces that could not be read; they keep their previous snapshot, if any."""
        return [outcome for outcome in self.outcomes if outcome.status == "failed"]

    @property
    def is_complete(self) -> bool:
        """True if nothing at all is missing."""
        return not self.failed and not self.problems

    def total(self, name: str) -> int:
        """A statistic summed over all namespaces: files, folders, bytes."""
        return sum(outcome.stats.get(name, 0) for outcome in self.outcomes)


def back_up_team(context: JobContext, backup: TeamBackup) -> TeamBackupReport:
    """Run a backup and write its restore point.

    A namespace that failed carries its previous snapshot over and is reported. Raises
    TryLaterError while another backup of this team runs here; DropallyError when nothing at all
    could be read.
    """
    works = _shards(backup)
    with _only_one(backup.team_dir), ExitStack() as sharing:
        if len(works) > 1:
            team = sharing.enter_context(backup.team.for_processes(context.clock))
            works = [replace(work, team=team) for work in works]
        outcomes: list[NamespaceOutcome] = []
        files = size_bytes = 0
        kind: Literal["threads", "processes"] = "processes" if len(works) > 1 else "threads"
        for result in run_units(context, run, works, kind=kind, workers=len(works)):
            outcomes.extend(result.outcomes)
            files += result.fetched_files
            size_bytes += result.fetched_bytes
        outcomes.sort(key=lambda outcome: outcome.name.casefold())
        with backup.repository.open(context.clock) as repository:
            _forget_stages(backup)
            point, time = _write_point(repository, backup, outcomes)
    return TeamBackupReport(point, time, tuple(outcomes), files, size_bytes)


def _shards(backup: TeamBackup) -> list[BackupWork]:
    wanted = frozenset(backup.namespaces)
    chosen = [
        NamespaceWork(namespace.id, namespace.name)
        for namespace in backup.roster.namespaces
        if not wanted or namespace.id in wanted
    ]
    count = max(1, min(backup.processes, len(chosen)))
    return [
        BackupWork(
            repository=backup.repository,
            team=backup.team,
            roster=backup.roster,
            namespaces=tuple(chosen[number::count]),
            stage_dir=backup.team_dir,
            fetchers=max(1, backup.fetchers // count),
            listers=max(1, backup.listers // count),
            memory_bytes=backup.memory_bytes // count,
        )
        for number in range(count)
    ]


def _write_point(
    repository: Repository, backup: TeamBackup, outcomes: Sequence[NamespaceOutcome]
) -> tuple[str, datetime]:
    """One small object: what changed against the point before, and who the team was."""
    group = backup.roster.profile.team_id
    parent = repository.latest_point(group)
    changes: dict[str, SnapshotId | None] = {
        outcome.namespace: SnapshotId(outcome.snapshot) for outcome in outcomes if outcome.snapshot
    }
    before: dict[str, SnapshotId] = {}
    if parent is not None:
        present = {namespace.id for namespace in backup.roster.namespaces}
        before = dict(repository.point_snapshots(parent))
        changes = {
            source: snapshot
            for source, snapshot in changes.items()
            if before.get(source) != snapshot
        }
        changes.update({source: None for source in before if source not in present})
    elif not changes:
        first = outcomes[0] if outcomes else None
        raise DropallyError(
            f"nothing could be backed up: {first.error if first else 'the team has no namespaces'}",
            hint=first.hint if first else "check the team in Dropbox's admin console",
        )
    totals = _totals(repository, parent, before, changes)
    for outcome in outcomes:
        if outcome.namespace in changes:
            totals.update({name: outcome.stats.get(name, 0) for name in _TOTALLED})
    with repository.writer(note="restore point") as writer:
        about = writer.add([msgspec.msgpack.encode(backup.roster)])
        point = writer.commit_point(
            PointDraft(
                group=group,
                snapshots=changes,
                parent=parent.id if parent else None,
                about=about,
                labels=_labels(backup, totals, outcomes),
            )
        )
    return point.id, point.time


def _totals(
    repository: Repository,
    parent: Point | None,
    before: Mapping[str, SnapshotId],
    changes: Container[str],
) -> Counter[str]:
    """What the point before holds, without what changes: only that has to be read."""
    totals = Counter[str]()
    if parent is None:
        return totals
    totals.update({name: int(parent.labels.get(name, 0)) for name in _TOTALLED})
    try:
        for source, snapshot_id in before.items():
            if source in changes:
                totals.subtract(_counted(repository, snapshot_id))
    except (ObjectNotFoundError, DamagedError):
        return _totals_anew(
            repository, [before[source] for source in before if source not in changes]
        )
    return totals


def _totals_anew(repository: Repository, kept: Sequence[SnapshotId]) -> Counter[str]:
    """The same where a snapshot that changes cannot be read any more."""
    totals = Counter[str]()
    for snapshot_id in kept:
        with suppress(ObjectNotFoundError, DamagedError):
            totals.update(_counted(repository, snapshot_id))
    return totals


def _counted(repository: Repository, snapshot_id: SnapshotId) -> dict[str, int]:
    stats = repository.snapshot(snapshot_id).stats
    return {name: stats.get(name, 0) for name in _TOTALLED}


def _labels(
    backup: TeamBackup, totals: Counter[str], outcomes: Sequence[NamespaceOutcome]
) -> dict[str, str]:
    """What a list of restore points shows of each, without opening it."""
    return {
        "team": backup.roster.profile.name,
        **{name: str(totals[name]) for name in _TOTALLED},
        "failed": str(sum(outcome.status == "failed" for outcome in outcomes)),
        "problems": str(sum(len(outcome.problems) for outcome in outcomes)),
    }


def _forget_stages(backup: TeamBackup) -> None:
    """Stages of namespaces that left the team are of no more use."""
    present = {namespace.id for namespace in backup.roster.namespaces}
    for path in backup.team_dir.glob("*.db*"):
        if path.name.partition(".")[0] not in present:
            path.unlink(missing_ok=True)


@contextmanager
def _only_one(work_dir: Path) -> Iterator[None]:
    """Two backups of one namespace never run at once. The lock ends with the process."""
    work_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(work_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TryLaterError(
                "another backup of this team is running", hint="wait for its end", retryable=True
            ) from error
        yield
    finally:
        os.close(descriptor)
