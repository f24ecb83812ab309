"""Proofs of a storage as the API takes and shows them."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from dropally.upkeep.proving.params import (
    DrillParams,
    MigrateParams,
    RepairParams,
    ReplicateParams,
    VerifyParams,
)
from dropally.upkeep.proving.results import LastDrill, LastReplication, LastVerify
from dropally.upkeep.proving.viewing import Proof

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class VerifyRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How closely to look, and for how long. Budgets of 0 are none.

    `newer_than_days`: what was found good since then is passed over; 0 looks at everything.
    `repair`: heal what is damaged from the storages in `replicas`, from parity, or save the rest.
    """

    level: Literal["names", "hashes", "chunks"] = "chunks"
    time_s: Count = 0
    size_bytes: Count = 0
    newer_than_days: Annotated[int, msgspec.Meta(ge=0, le=36500)] = 0
    repair: bool = False
    replicas: list[str] = []

    def params(self, storage_id: str) -> VerifyParams:
        """As the job takes it."""
        return VerifyParams(
            storage_id=storage_id,
            level=self.level,
            time_s=self.time_s,
            size_bytes=self.size_bytes,
            newer_than_days=self.newer_than_days,
            repair=self.repair,
            replicas=tuple(self.replicas),
        )


class RepairRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`replicas`: storages that hold copies of this one. `dry_run`: only say what would be done."""

    replicas: list[str] = []
    dry_run: bool = False

    def params(self, storage_id: str) -> RepairParams:
        """As the job takes it."""
        return RepairParams(
            storage_id=storage_id, replicas=tuple(self.replicas), dry_run=self.dry_run
        )


class DrillRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many files to restore to nowhere, and how many bytes at most."""

    files: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 100
    size_bytes: Annotated[int, msgspec.Meta(ge=1, le=1 << 53)] = 1 << 30

    def params(self, storage_id: str) -> DrillParams:
        """As the job takes it."""
        return DrillParams(storage_id=storage_id, files=self.files, size_bytes=self.size_bytes)


class ReplicateRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`target`: the storage to copy to.

    `remove_vanished`: the copy loses what this storage lost. `check`: read the whole copy back.
    """

    target: str
    remove_vanished: bool = False
    check: bool = False
    dry_run: bool = False

    def params(self, storage_id: str) -> ReplicateParams:
        """As the job takes it."""
        return ReplicateParams(
            storage_id=storage_id,
            target=self.target,
            remove_vanished=self.remove_vanished,
            check=self.check,
            dry_run=self.dry_run,
        )


class MigrateRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`target`: the storage whose place this one is to take; it gets the place that is left."""

    target: str
    dry_run: bool = False

    def params(self, storage_id: str) -> MigrateParams:
        """As the job takes it."""
        return MigrateParams(storage_id=storage_id, target=self.target, dry_run=self.dry_run)


class DamagedObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object of the repository that is damaged or missing."""

    key: str
    why: str


class ProofAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a storage was found good in the last `within_days`, and what is damaged.

    `verified_share` (0 to 1) was decrypted and recomputed; `hashed_bytes` were at least compared with
    their hash. `oldest_at`: when the pack that waits longest was looked at; null while one never was.
    `replications`: the last copy to each storage.
    """

    within_days: int
    total_packs: int
    total_bytes: int
    hashed_bytes: int
    verified_bytes: int
    verified_share: float
    oldest_at: datetime | None
    damaged: list[DamagedObject]
    last_verify: LastVerify | None
    last_drill: LastDrill | None
    last_replication: LastReplication | None
    replications: list[LastReplication]


def proof_answer(proof: Proof) -> ProofAnswer:
    """The proof as the API shows it."""
    return ProofAnswer(
        within_days=proof.within_days,
        total_packs=proof.total_packs,
        total_bytes=proof.total_bytes,
        hashed_bytes=proof.hashed_bytes,
        verified_bytes=proof.verified_bytes,
        verified_share=round(proof.verified_share, 6),
        oldest_at=proof.oldest,
        damaged=[DamagedObject(key=one.key, why=one.why) for one in proof.damaged],
        last_verify=proof.last_verify,
        last_drill=proof.last_drill,
        last_replication=proof.last_replication,
        replications=list(proof.replications),
    )
