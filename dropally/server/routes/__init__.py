"""One module a resource of the API; each offers its handlers to `server.application`.

A handler parses, calls one function of a room, and shapes the answer. `appliance.py` is the pattern.
"""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from dropally.server.routes import (
    appliance,
    connections,
    downloads,
    entities,
    exports,
    health,
    items,
    points,
    restores,
    schedules,
    selections,
    tasks,
    trees,
)

ROOT_ROUTES: Sequence[HTTPRouteHandler] = (*health.handlers,)
"""At `/`."""

ALL_ROUTES: Sequence[HTTPRouteHandler] = (
    *appliance.handlers,
    *connections.handlers,
    *downloads.handlers,
    *entities.handlers,
    *exports.handlers,
    *items.handlers,
    *points.handlers,
    *restores.handlers,
    *schedules.handlers,
    *selections.handlers,
    *tasks.handlers,
    *trees.handlers,
)
"""Below `/api/v1`: one line a resource."""
