"""What is proved of a storage, for people."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.store import StoreError
from dropally.store.verify import Finding, VerifyLedger
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.proving.results import (
    FOLDER,
    LastDrill,
    LastReplication,
    LastVerify,
    Results,
    open_results,
)


@dataclass(frozen=True)
class Proof:
    """How much of a storage was found good within `within_days`, and what is damaged.

    `verified_*`: decrypted and recomputed; `hashed_*`: at least compared with its hash. `oldest`:
    when the pack that waits longest was looked at; None while one never was. `replications`: the
    last copy to each storage.
    """

    within_days: int
    total_packs: int
    total_bytes: int
    hashed_bytes: int
    verified_bytes: int
    oldest: datetime | None
    damaged: tuple[Finding, ...]
    last_verify: LastVerify | None
    last_drill: LastDrill | None
    last_replication: LastReplication | None
    replications: tuple[LastReplication, ...]

    @property
    def verified_share(self) -> float:
        """From 0 to 1; 1 for an empty repository."""
        return self.verified_bytes / self.total_bytes if self.total_bytes else 1.0


def get_proof(ctx: UpkeepContext, actor: Actor, storage_id: str) -> Proof:
    """What was proved. Raises ForbiddenError, NotFoundError, the store's errors."""
    require(ctx.auth, actor, Verb.STORAGE_READ)
    ctx.storages.definition(storage_id)
    with (
        ctx.storages.repository(storage_id) as repository,
        open_results(ctx, storage_id, repository) as results,
    ):
        return _proof(ctx, results, *repository.index.totals())


@dataclass(frozen=True)
class ProofFigures:
    """What monitoring wants to know. Times are None before the first success."""

    damaged: int
    verified_share: float
    last_good_verify: datetime | None
    last_good_drill: datetime | None


def proof_figures(ctx: UpkeepContext, storage_id: str) -> ProofFigures | None:
    """The figures of a storage that is open and was proved before; the storage is not asked."""
    path = ctx.data_folder / FOLDER / f"{storage_id}.db"
    with ctx.storages.opened(storage_id) as repository:
        if repository is None or not path.exists():
            return None
        try:
            with open_results(ctx, storage_id, repository) as results:
                proof = _proof(ctx, results, *repository.index.totals())
        except StoreError:
            return None
    verify, drill = proof.last_verify, proof.last_drill
    is_good = verify is not None and not (verify.objects or verify.file_count)
    return ProofFigures(
        damaged=len(proof.damaged),
        verified_share=proof.verified_share,
        last_good_verify=verify.at if verify is not None and is_good else None,
        last_good_drill=drill.at if drill is not None and not drill.failed else None,
    )


def warning_of(ctx: UpkeepContext, storage_id: str, repository_id: str) -> str:
    """What somebody should do about damage that is known; "" for nothing."""
    path = ctx.data_folder / FOLDER / f"{storage_id}.db"
    if not path.exists():
        return ""
    try:
        ledger = VerifyLedger(path, repository_id)
    except StoreError as error:
        return str(error)
    try:
        results = Results(ledger)
        last = results.last_verify
        damaged = len(ledger.damaged())
        files = last.file_count if last else 0
        drill = results.last_drill
    finally:
        ledger.close()
    if damaged or files:
        return f"{damaged} packs are damaged, {files} files are concerned: repair the storage."
    if drill is not None and drill.failed:
        return f"The last drill could not restore {len(drill.failed)} of {drill.files} files."
    return ""


def _proof(ctx: UpkeepContext, results: Results, packs: int, size_bytes: int) -> Proof:
    days = ctx.settings().verify_all_days
    share = results.ledger.share(ctx.now() - timedelta(days=days))
    return Proof(
        within_days=days,
        total_packs=packs,
        total_bytes=size_bytes,
        hashed_bytes=min(share.hashed_bytes, size_bytes),
        verified_bytes=min(share.opened_bytes, size_bytes),
        oldest=share.oldest,
        damaged=share.damaged,
        last_verify=results.last_verify,
        last_drill=results.last_drill,
        last_replication=results.last_replication,
        replications=tuple(results.replications),
    )
