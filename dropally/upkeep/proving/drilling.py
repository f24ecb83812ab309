"""The drill: files drawn at random are read whole, and compared with the hash Dropbox gave."""

import random
from collections.abc import Iterator

from dropally.auth.verbs import Verb
from dropally.dropbox_api import ContentHasher
from dropally.jobs.runner import JobOutcome, RunningJob
from dropally.store import (
    Entry,
    ObjectNotFoundError,
    Reader,
    Repository,
    Snapshot,
    SnapshotId,
    StoreError,
)
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.proving.params import DrillParams
from dropally.upkeep.proving.results import DamagedFile, LastDrill, open_results
from dropally.upkeep.self_backup.package import GROUP

_READER_BYTES = 64 << 20
_CAUSE = "The drill could not restore it"
_MOST_NAMED = 1000


class DrillKind:
    """Reads only; run again, it draws other files."""

    name = "drill"
    is_resumable = True

    def __init__(self, ctx: UpkeepContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Draw, read, compare; remember how it went."""
        params = job.params(DrillParams)
        job.clear_problems()
        begun_s = job.context.clock.monotonic()
        with (
            self._ctx.storages.repository(params.storage_id) as repository,
            repository.reader(memory_limit=_READER_BYTES) as reader,
            open_results(self._ctx, params.storage_id, repository) as results,
        ):
            drill = _Drill(job, repository, reader, params)
            drill.run()
            results.note_drill(
                LastDrill(
                    at=self._ctx.now(),
                    files=drill.files,
                    size_bytes=drill.size_bytes,
                    duration_s=round(job.context.clock.monotonic() - begun_s, 3),
                    failed=drill.failed[:_MOST_NAMED],
                )
            )
        self._ctx.events.publish(
            "storage_changed", {"storage_id": params.storage_id}, needs=Verb.STORAGE_READ
        )
        return drill.outcome()


class _Drill:
    def __init__(
        self, job: RunningJob, repository: Repository, reader: Reader, params: DrillParams
    ) -> None:
        self.files = 0
        self.size_bytes = 0
        self.failed: list[DamagedFile] = []
        self._job = job
        self._repository = repository
        self._reader = reader
        self._params = params
        self._rng = random.SystemRandom()

    def run(self) -> None:
        """Read drawn files until there are enough, or all were read."""
        phase = self._job.context.phase("drill", "files")
        phase.expect(self._params.files)
        phase.settle()
        drawn = self._draw()
        for (snapshot, path, entry), pieces in self._reader.read_many(
            (one, one[2].content) for one in drawn if one[2].content is not None
        ):
            self._job.context.check()
            self._try(snapshot, path, entry, pieces)
            phase.add()

    def outcome(self) -> JobOutcome:
        """How it went, with the files that failed."""
        for one in self.failed:
            self._job.problem(_CAUSE, f"{one.source}:{one.path}", one.why)
        summary = {"files": self.files, "bytes": self.size_bytes, "failed": len(self.failed)}
        if not self.failed:
            return JobOutcome("succeeded", summary)
        return JobOutcome(
            "failed",
            summary,
            error=f"{len(self.failed)} of {self.files} files could not be restored as they were",
            hint="run `dropally storage verify`, then `dropally storage repair`",
        )

    def _try(self, snapshot: Snapshot, path: str, entry: Entry, pieces: Iterator[bytes]) -> None:
        hasher = ContentHasher()
        why = ""
        try:
            for piece in pieces:
                hasher.update(piece)
        except StoreError as error:
            why = str(error)
        else:
            if entry.content_hash is not None and hasher.hexdigest() != entry.content_hash.hex():
                why = "its content hash is not the one that Dropbox gave"
            elif hasher.size_bytes != entry.size_bytes:
                why = f"it has {hasher.size_bytes} bytes instead of {entry.size_bytes}"
        self.files += 1
        self.size_bytes += hasher.size_bytes
        if why:
            self.failed.append(DamagedFile(snapshot.source, snapshot.id, path, why, True))

    def _draw(self) -> "list[tuple[Snapshot, str, Entry]]":
        """Every file of the newest restore points has the same chance (reservoir sampling)."""
        chosen: list[tuple[Snapshot, str, Entry]] = []
        for seen, item in enumerate(self._all_files()):
            if seen % 1000 == 0:
                self._job.context.check()
            if len(chosen) < self._params.files:
                chosen.append(item)
            elif (place := self._rng.randrange(seen + 1)) < self._params.files:
                chosen[place] = item
        self._rng.shuffle(chosen)
        return list(_within(chosen, self._params.size_bytes))

    def _all_files(self) -> "Iterator[tuple[Snapshot, str, Entry]]":
        for snapshot_id in self._newest_snapshots():
            try:
                snapshot = self._repository.snapshot(snapshot_id)
            except ObjectNotFoundError:
                continue  # forgotten on purpose: points name more than there is
            for path, entry in self._reader.tree(snapshot.root).scan():
                if entry.kind == "file" and entry.content is not None:
                    yield snapshot, path, entry

    def _newest_snapshots(self) -> Iterator[SnapshotId]:
        for group in self._repository.point_chain.owners():
            point = None if group == GROUP else self._repository.latest_point(group)
            if point is not None:
                yield from (found for _, found in self._repository.point_snapshots(point))


def _within(
    chosen: "list[tuple[Snapshot, str, Entry]]", limit_bytes: int
) -> "Iterator[tuple[Snapshot, str, Entry]]":
    """As many as fit the budget; one at least."""
    taken = 0
    for item in chosen:
        if taken and taken + item[2].size_bytes > limit_bytes:
            continue
        taken += item[2].size_bytes
        yield item
