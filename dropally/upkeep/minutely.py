"""What this room looks after once a minute."""

from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.decommission import countdown
from dropally.upkeep.proving.moving import settle_moves
from dropally.upkeep.rebuild import request_missing
from dropally.upkeep.self_backup.requesting import request_if_changed


def tick(ctx: UpkeepContext) -> None:
    """Whatever is due by the clock.

    The countdown to the end of service; else self-backups after changes, moves of storages that
    wait for a file, catalogs that are missing, and whether storages are reachable.

    Raises DatabaseFaultError. A storage that does not answer delays it by two seconds at most.
    """
    if countdown.tick(ctx):
        return  # on its way out of service nothing else is kept up
    for storage_id in ctx.storages.ids():
        ctx.storages.check_within(storage_id)
    settle_moves(ctx)
    request_if_changed(ctx)
    request_missing(ctx)
