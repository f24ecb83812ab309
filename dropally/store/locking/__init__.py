"""Keep what restore points need locked in its bucket, say how it stands, and undo deletions."""

from dropally.store.locking.extending import LEAD, MARGIN, LockRun, extend_locks
from dropally.store.locking.ledger import Locked, LockLedger
from dropally.store.locking.putting_back import PutBack, put_back
from dropally.store.locking.removing import VersionsLeft, remove_for_good
from dropally.store.locking.reporting import LockReport, lock_report

__all__ = [
    "LEAD",
    "MARGIN",
    "LockLedger",
    "LockReport",
    "LockRun",
    "Locked",
    "PutBack",
    "VersionsLeft",
    "extend_locks",
    "lock_report",
    "put_back",
    "remove_for_good",
]
