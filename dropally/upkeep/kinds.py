"""The kinds of jobs that this room does."""

from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.decommission.kind import DecommissionKind
from dropally.upkeep.erasing.kind import EraseKind
from dropally.upkeep.locking import LockKind
from dropally.upkeep.proving.drilling import DrillKind
from dropally.upkeep.proving.migrating import MigrateKind, SwitchKind
from dropally.upkeep.proving.replicating import ReplicateKind
from dropally.upkeep.proving.verifying import RepairKind, VerifyKind
from dropally.upkeep.pruning import PruneKind
from dropally.upkeep.rebuild import RebuildKind
from dropally.upkeep.self_backup.kind import SelfBackupKind


def register_kinds(ctx: UpkeepContext) -> None:
    """Make them known to the runner; before it is started."""
    ctx.runner.register(SelfBackupKind(ctx))
    ctx.runner.register(RebuildKind(ctx))
    ctx.runner.register(VerifyKind(ctx))
    ctx.runner.register(RepairKind(ctx))
    ctx.runner.register(DrillKind(ctx))
    ctx.runner.register(ReplicateKind(ctx))
    ctx.runner.register(MigrateKind(ctx))
    ctx.runner.register(SwitchKind(ctx))
    ctx.runner.register(PruneKind(ctx))
    ctx.runner.register(EraseKind(ctx))
    ctx.runner.register(DecommissionKind(ctx))
    ctx.runner.register(LockKind(ctx))
