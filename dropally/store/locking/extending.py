"""Extend the locks of everything that restore points need.

What is needed is taken from the index and from listings, without a walk through the trees: every
pack that no prune has condemned, and all small objects but those of writers at work. That is at
least what snapshots refer to, and what nothing refers to any more stops being extended with the
next prune. So a pack stored years ago is locked as long ahead as one of today.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dropally.store.backend import Lock, LockMode, LockWish, ObjectLock, ObjectVersion
from dropally.store.errors import ObjectNotFoundError, ReadOnlyError, StoreError
from dropally.store.index import read_generation
from dropally.store.locking.ledger import Locked, LockLedger, SeenObject
from dropally.store.pack import pack_key
from dropally.store.repository import RepositoryCore

MARGIN = timedelta(days=2)
"""Locks are extended this long before they would fall short: a run may fail."""
LEAD = timedelta(days=7)
"""And so much further: hence each object takes one call a week at most."""

PACKS = "packs/"
_KEPT = ("config", "epochs/", "index/", "keys/", "lost/", PACKS, "parity/", "points/", "snapshots/")
_THREADS = 8
_MOST_NAMED = 100
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class LockRun:
    """What one run found and did. Sizes in bytes."""

    dry_run: bool = False
    objects: int = 0
    size_bytes: int = 0
    extended: int = 0
    """Objects whose lock was extended, or with `dry_run` would be, as far as known."""
    extended_bytes: int = 0
    looked_at: int = 0
    """Objects whose lock had to be asked for."""
    calls: int = 0
    """Requests to the bucket in all."""
    until: datetime | None = None
    """What was extended is locked until then."""
    refused: int = 0
    why_refused: str = ""
    hidden: list[str] = field(default_factory=list)
    """Packs that backups need and that somebody deleted: their versions are there still."""
    hidden_count: int = 0
    problems: list[str] = field(default_factory=list)


def extend_locks(
    repository: RepositoryCore,
    locks: ObjectLock,
    ledger: LockLedger,
    *,
    dry_run: bool = False,
    look_again: bool = False,
    check: Callable[[], None] = lambda: None,
    progress: Progress = lambda _done, _total: None,
) -> LockRun:
    """Bring all needed objects to `locks.wish`; say what it took.

    `look_again`: ask the bucket for every lock, whatever the ledger knows. `check` may raise to
    stop. May be stopped at any moment. Raises `StoreError` where nothing is to be locked, or the
    bucket has no object lock, and what the bucket raises.
    """
    wish = locks.wish
    if wish is None:
        raise StoreError(
            f"nothing says how objects in {locks.location} are to be locked",
            hint='Set object_lock for the storage, such as "governance 30d".',
        )
    run = LockRun(dry_run=dry_run)
    calls_before = locks.calls
    _check_rule(locks, wish, run)
    if look_again:
        ledger.forget_locks()
    repository.index.refresh()
    ledger.take_stock(_seen(repository, locks, ledger, run, check))
    _Extension(locks, wish, ledger, run, repository.clock()).extend(check, progress)
    run.calls = locks.calls - calls_before
    return run


def _check_rule(locks: ObjectLock, wish: LockWish, run: LockRun) -> None:
    try:
        rule = locks.rule()
    except ReadOnlyError as error:
        run.problems.append(f"whether the bucket locks new objects by itself is unknown: {error}")
        return
    if not rule.is_enabled:
        raise StoreError(
            f"the bucket of {locks.location} has no object lock",
            hint="Object lock is switched on when a bucket is made; move to one that has it.",
        )
    if not rule.days:
        run.problems.append(
            "the bucket has no default retention, so what a backup writes can be deleted until the"
            " next run has locked it"
        )
    elif rule.days < wish.period.days:
        run.problems.append(
            f"the bucket's default retention is {rule.days} days, less than the {wish.period.days}"
            " wished for"
        )


def _seen(
    repository: RepositoryCore,
    locks: ObjectLock,
    ledger: LockLedger,
    run: LockRun,
    check: Callable[[], None],
) -> Iterator[SeenObject]:
    """The newest versions; deleted ones are noted in the run."""
    condemned = {
        pack_key(name) for name in read_generation(repository.backend, repository.keyring).names()
    }
    for prefix in _KEPT:
        hidden: list[str] = []
        for number, version in enumerate(locks.versions(prefix)):
            if number % 1000 == 0:
                check()
            if not version.is_latest:
                continue
            if version.is_marker:
                hidden.append(version.key)
                continue
            yield _count(version, run, is_needed=version.key not in condemned)
        if prefix == PACKS:
            _note_hidden(repository, ledger, run, [key for key in hidden if key not in condemned])


def _count(version: ObjectVersion, run: LockRun, *, is_needed: bool) -> SeenObject:
    if is_needed:
        run.objects += 1
        run.size_bytes += version.size_bytes
    return SeenObject(version.key, version.version, version.size_bytes, is_needed)


def _note_hidden(
    repository: RepositoryCore, ledger: LockLedger, run: LockRun, keys: list[str]
) -> None:
    """Of deleted packs those that the index names, or that were needed a run ago: no prune did that."""
    by_name = {bytes.fromhex(key.rpartition("/")[2]): key for key in keys if _is_pack(key)}
    known = {by_name[name] for name in repository.index.pack_numbers(by_name)}
    known |= ledger.needed_among(by_name.values())
    run.hidden_count = len(known)
    run.hidden = sorted(known)[:_MOST_NAMED]


def _is_pack(key: str) -> bool:
    name = key.rpartition("/")[2]
    return len(name) == 64 and all(letter in "0123456789abcdef" for letter in name)


class _Extension:
    def __init__(
        self, locks: ObjectLock, wish: LockWish, ledger: LockLedger, run: LockRun, now: datetime
    ) -> None:
        self._locks = locks
        self._wish = wish
        self._ledger = ledger
        self._run = run
        self._least = now + wish.period + MARGIN
        run.until = (now + wish.period + MARGIN + LEAD).replace(microsecond=0)
        self._until = run.until

    def extend(self, check: Callable[[], None], progress: Progress) -> None:
        """All that is due, batch after batch."""
        total = self._ledger.totals(until_before=self._least).objects
        done = 0
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="lock") as pool:
            for batch in self._ledger.due(self._least):
                check()
                self._note(batch, list(pool.map(self._one, batch)))
                done += len(batch)
                progress(done, total)

    def _note(self, batch: list[Locked], results: list["_Result"]) -> None:
        run = self._run
        for known, result in zip(batch, results, strict=True):
            run.looked_at += result.was_asked
            if result.is_extended:
                run.extended += 1
                run.extended_bytes += known.size_bytes
            if result.refusal:
                run.refused += 1
                run.why_refused = result.refusal
        self._ledger.note(
            [(known.key, result.lock) for known, result in zip(batch, results, strict=True)]
        )

    def _one(self, known: Locked) -> "_Result":
        """Look where nobody looked yet, then extend what is too short."""
        lock = known.lock
        try:
            if not known.is_known:
                lock = self._locks.lock_of(known.key, known.version)
            if lock is not None and lock.until >= self._least:
                return _Result(lock, was_asked=not known.is_known)
            # What a bucket locked for good cannot be made weaker, only longer.
            mode: LockMode = "compliance" if lock and lock.mode == "compliance" else self._wish.mode
            wanted = Lock(mode, self._until)
            if not self._run.dry_run:
                self._locks.extend(known.key, known.version, wanted)
        except ObjectNotFoundError:
            return _Result(lock, was_asked=not known.is_known)  # deleted since it was listed
        except ReadOnlyError as error:
            return _Result(lock, was_asked=not known.is_known, refusal=str(error))
        held = lock if self._run.dry_run else wanted
        return _Result(held, was_asked=not known.is_known, is_extended=True)


@dataclass(frozen=True, slots=True)
class _Result:
    lock: Lock | None
    was_asked: bool
    is_extended: bool = False
    refusal: str = ""
