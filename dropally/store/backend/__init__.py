"""Where objects are kept: one small interface, and everything that offers it."""

from dropally.store.backend.buckets import ObstoreBackend
from dropally.store.backend.contract import (
    Backend,
    BytesLike,
    ObjectStat,
    Version,
    check_key,
)
from dropally.store.backend.faulty import Call, Fault, FaultyBackend, SimulatedCrash
from dropally.store.backend.floor import Floor, FlooredBackend
from dropally.store.backend.limiting import LimitedBackend, Rates, RateWindow, Throttle
from dropally.store.backend.local import LocalBackend
from dropally.store.backend.lock_opening import open_object_lock
from dropally.store.backend.memory import MemoryBackend
from dropally.store.backend.object_lock import (
    Lock,
    LockMode,
    LockRule,
    LockWish,
    ObjectLock,
    ObjectVersion,
    parse_lock_wish,
)
from dropally.store.backend.opening import open_backend
from dropally.store.backend.probing import Capabilities, probe_backend
from dropally.store.backend.retrying import RetryingBackend, RetryPolicy

__all__ = [
    "Backend",
    "BytesLike",
    "Call",
    "Capabilities",
    "Fault",
    "FaultyBackend",
    "Floor",
    "FlooredBackend",
    "LimitedBackend",
    "LocalBackend",
    "Lock",
    "LockMode",
    "LockRule",
    "LockWish",
    "MemoryBackend",
    "ObjectLock",
    "ObjectStat",
    "ObjectVersion",
    "ObstoreBackend",
    "RateWindow",
    "Rates",
    "RetryPolicy",
    "RetryingBackend",
    "SimulatedCrash",
    "Throttle",
    "Version",
    "check_key",
    "open_backend",
    "open_object_lock",
    "parse_lock_wish",
    "probe_backend",
]
