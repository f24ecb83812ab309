"""How long what is needed is locked, and what cannot be freed yet: from the ledger, asking nobody."""

from dataclasses import dataclass
from datetime import datetime

from dropally.store.backend import LockWish
from dropally.store.index import read_generation
from dropally.store.locking.ledger import LockLedger
from dropally.store.pack import pack_key
from dropally.store.repository import RepositoryCore

MOST_NAMED = 100


@dataclass(frozen=True, slots=True)
class LockReport:
    """As of the last run.

    `oldest`, `newest`: the first and last end of a lock among what is needed; the first is None as
    long as something has no lock. `short`: needed objects that are locked for less than the wish from now on, or not at
    all. `waiting`: packs that nothing needs and that are locked still, with the ends of those locks.
    """

    objects: int
    size_bytes: int
    oldest: datetime | None
    newest: datetime | None
    short_objects: int
    short_bytes: int
    short: tuple[str, ...]
    waiting_packs: int
    waiting_bytes: int
    waiting_until_first: datetime | None
    waiting_until_last: datetime | None


def lock_report(
    repository: RepositoryCore, ledger: LockLedger, wish: LockWish, now: datetime
) -> LockReport:
    """Raises what reading the list of condemned packs raises."""
    everything = ledger.totals()
    needed_until = now + wish.period
    short = ledger.totals(until_before=needed_until)
    condemned = read_generation(repository.backend, repository.keyring)
    keys = [pack_key(pack.name) for pack in condemned.packs if not pack.gone_at]
    waiting = [
        (one, one.lock) for one in ledger.locks_of(keys) if one.lock and one.lock.until > now
    ]
    ends = [lock.until for _, lock in waiting]
    return LockReport(
        objects=everything.objects,
        size_bytes=everything.size_bytes,
        oldest=everything.oldest,
        newest=everything.newest,
        short_objects=short.objects,
        short_bytes=short.size_bytes,
        short=tuple(ledger.first_keys(needed_until, MOST_NAMED)),
        waiting_packs=len(waiting),
        waiting_bytes=sum(one.size_bytes for one, _ in waiting),
        waiting_until_first=min(ends, default=None),
        waiting_until_last=max(ends, default=None),
    )
