"""What the jobs that prove are given: plain data."""

import msgspec


class VerifyParams(msgspec.Struct, frozen=True, kw_only=True):
    """`level`: names, hashes, chunks. Budgets of 0 are none.

    `newer_than_days`: what was found good since then is passed over; 0 looks at everything.
    `repair`: heal what is found damaged, from the storages in `replicas` and from parity.
    """

    storage_id: str
    level: str = "chunks"
    time_s: int = 0
    size_bytes: int = 0
    newer_than_days: int = 0
    repair: bool = False
    replicas: tuple[str, ...] = ()


class RepairParams(msgspec.Struct, frozen=True, kw_only=True):
    """`replicas`: storages that hold copies of this one."""

    storage_id: str
    replicas: tuple[str, ...] = ()
    dry_run: bool = False


class DrillParams(msgspec.Struct, frozen=True, kw_only=True):
    """How many files to restore to nowhere, and how many bytes at most."""

    storage_id: str
    files: int = 100
    size_bytes: int = 1 << 30


class ReplicateParams(msgspec.Struct, frozen=True, kw_only=True):
    """`target`: the storage to copy to. `remove_vanished`: it loses what the source lost.

    `check`: read the whole copy back and compare it, and mend what differs.
    """

    storage_id: str
    target: str
    remove_vanished: bool = False
    check: bool = False
    dry_run: bool = False


class MigrateParams(msgspec.Struct, frozen=True, kw_only=True):
    """`target`: the storage whose place this one takes over."""

    storage_id: str
    target: str
    dry_run: bool = False
