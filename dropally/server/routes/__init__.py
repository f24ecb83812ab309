"""One module a resource of the API; each offers its handlers to `server.application`.

A handler parses, calls one function of a room, and shapes the answer. `appliance.py` is the pattern.
"""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from dropally.server import metrics_door
from dropally.server.routes import (
    activity,
    address,
    appliance,
    appliance_safety,
    audit,
    connections,
    decommission,
    downloads,
    entities,
    erasures,
    events,
    exports,
    health,
    items,
    jobs,
    links,
    locks,
    mails,
    me,
    organisation,
    points,
    proofs,
    restores,
    retention,
    roles,
    schedules,
    security,
    selections,
    session,
    settings,
    setup,
    space,
    storage_keys,
    storages,
    tasks,
    tokens,
    trees,
    users,
)

ROOT_ROUTES: Sequence[HTTPRouteHandler] = (*health.handlers, *metrics_door.handlers)
"""At `/`."""

ALL_ROUTES: Sequence[HTTPRouteHandler] = (
    *activity.handlers,
    *address.handlers,
    *appliance.handlers,
    *appliance_safety.handlers,
    *audit.handlers,
    *connections.handlers,
    *decommission.handlers,
    *downloads.handlers,
    *entities.handlers,
    *erasures.handlers,
    *events.handlers,
    *exports.handlers,
    *items.handlers,
    *jobs.handlers,
    *links.handlers,
    *locks.handlers,
    *mails.handlers,
    *me.handlers,
    *organisation.handlers,
    *points.handlers,
    *proofs.handlers,
    *restores.handlers,
    *retention.handlers,
    *roles.handlers,
    *schedules.handlers,
    *security.handlers,
    *selections.handlers,
    *session.handlers,
    *settings.handlers,
    *setup.handlers,
    *space.handlers,
    *storage_keys.handlers,
    *storages.handlers,
    *tasks.handlers,
    *tokens.handlers,
    *trees.handlers,
    *users.handlers,
)
"""Below `/api/v1`: one line a resource."""
