"""The kinds of jobs that this room does."""

from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.pruning import PruneKind
from dropally.upkeep.rebuild import RebuildKind
from dropally.upkeep.self_backup.kind import SelfBackupKind


def register_kinds(ctx: UpkeepContext) -> None:
    """Make them known to the runner; before it is started."""
    ctx.runner.register(SelfBackupKind(ctx))
    ctx.runner.register(RebuildKind(ctx))
    ctx.runner.register(PruneKind(ctx))
