"""What was proved of each storage, kept in the data folder: `verified/<storage>.db`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import msgspec

from dropally.store import Repository
from dropally.store.verify import Finding, VerifyLedger, VerifyReport
from dropally.upkeep.context import UpkeepContext

FOLDER = "verified"
MOST_FILES = 1000
_VERIFIED = "last-verify"
_DRILLED = "last-drill"
_REPLICATED = "last-replication"
_COPIES = "replications"


class DamagedFile(msgspec.Struct, frozen=True):
    """A file that cannot be restored as it was. `path` "" with `snapshot`: the whole snapshot."""

    source: str
    snapshot: str
    path: str
    why: str
    is_current: bool


class Damage(msgspec.Struct, frozen=True):
    """An object of the repository that is damaged or missing."""

    key: str
    why: str


class LastVerify(msgspec.Struct, frozen=True, kw_only=True):
    """How the last look went. Of many damaged files the first thousand are named."""

    at: datetime
    level: str
    is_complete: bool
    checked_packs: int
    checked_bytes: int
    checked_snapshots: int
    objects: list[Damage] = []
    files: list[DamagedFile] = []
    file_count: int = 0


class LastDrill(msgspec.Struct, frozen=True, kw_only=True):
    """How the last drill went: files restored to nowhere and compared with Dropbox's hash."""

    at: datetime
    files: int
    size_bytes: int
    duration_s: float
    failed: list[DamagedFile] = []


class LastReplication(msgspec.Struct, frozen=True, kw_only=True):
    """When this storage was last copied, and where to."""

    at: datetime
    target: str
    objects: int
    size_bytes: int
    damaged: list[str] = []


class Results:
    """The opened results of one storage."""

    def __init__(self, ledger: VerifyLedger) -> None:
        self.ledger = ledger

    def note_verify(self, at: datetime, report: VerifyReport) -> None:
        """Remember a look."""
        kept = LastVerify(
            at=at,
            level=report.level.name.lower(),
            is_complete=report.is_complete,
            checked_packs=report.checked_packs,
            checked_bytes=report.checked_bytes,
            checked_snapshots=report.checked_snapshots,
            objects=[Damage(one.key, one.why) for one in report.findings[:MOST_FILES]],
            files=[
                DamagedFile(one.source, one.snapshot, one.path, one.why, one.is_current)
                for one in report.items[:MOST_FILES]
            ],
            file_count=report.item_count,
        )
        self.ledger.keep(_VERIFIED, msgspec.json.encode(kept))

    def note_drill(self, drill: LastDrill) -> None:
        """Remember a drill."""
        self.ledger.keep(_DRILLED, msgspec.json.encode(drill))

    def note_replication(self, done: LastReplication) -> None:
        """Remember a copy; of each storage that was copied to, the last one."""
        self.ledger.keep(_REPLICATED, msgspec.json.encode(done))
        copies = self._copies() | {done.target: done}
        self.ledger.keep(_COPIES, msgspec.json.encode(copies))

    def forget_verify(self) -> None:
        """What the last look found was dealt with; the next one says how it is."""
        last = self.last_verify
        if last is not None:
            settled = msgspec.structs.replace(last, objects=[], files=[], file_count=0)
            self.ledger.keep(_VERIFIED, msgspec.json.encode(settled))

    @property
    def last_verify(self) -> LastVerify | None:
        """None before the first."""
        kept = self.ledger.kept(_VERIFIED)
        return None if kept is None else msgspec.json.decode(kept, type=LastVerify)

    @property
    def last_drill(self) -> LastDrill | None:
        """None before the first."""
        kept = self.ledger.kept(_DRILLED)
        return None if kept is None else msgspec.json.decode(kept, type=LastDrill)

    @property
    def last_replication(self) -> LastReplication | None:
        """None before the first."""
        kept = self.ledger.kept(_REPLICATED)
        return None if kept is None else msgspec.json.decode(kept, type=LastReplication)

    @property
    def replications(self) -> list[LastReplication]:
        """The last copy to each storage, by the storage's id."""
        copies = self._copies()
        return [copies[target] for target in sorted(copies)]

    def _copies(self) -> dict[str, LastReplication]:
        kept = self.ledger.kept(_COPIES)
        if kept is not None:
            return msgspec.json.decode(kept, type=dict[str, LastReplication])
        last = self.last_replication  # noted before each storage had its own entry
        return {} if last is None else {last.target: last}

    def findings(self) -> list[Finding]:
        """The small objects that the last look found damaged; packs are in the ledger."""
        last = self.last_verify
        return [] if last is None else [Finding(one.key, one.why) for one in last.objects]


@contextmanager
def open_results(ctx: UpkeepContext, storage_id: str, repository: Repository) -> Iterator[Results]:
    """The results of a storage. Raises the store's errors when they cannot be kept."""
    path = ctx.data_folder / FOLDER / f"{storage_id}.db"
    ledger = VerifyLedger(path, repository.config.repository_id)
    try:
        yield Results(ledger)
    finally:
        ledger.close()
