"""One module a resource of the API; each offers its handlers to `server.application`.

A handler parses, calls one function of a room, and shapes the answer. `appliance.py` is the pattern.
"""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from dropally.server.routes import (
    appliance,
    audit,
    connections,
    entities,
    health,
    links,
    mails,
    me,
    organisation,
    roles,
    schedules,
    security,
    session,
    settings,
    setup,
    tasks,
    tokens,
    users,
)

ROOT_ROUTES: Sequence[HTTPRouteHandler] = (*health.handlers,)
"""At `/`."""

ALL_ROUTES: Sequence[HTTPRouteHandler] = (
    *appliance.handlers,
    *connections.handlers,
    *entities.handlers,
    *mails.handlers,
    *schedules.handlers,
    *settings.handlers,
    *tasks.handlers,
    *audit.handlers,
    *links.handlers,
    *me.handlers,
    *organisation.handlers,
    *roles.handlers,
    *security.handlers,
    *session.handlers,
    *setup.handlers,
    *tokens.handlers,
    *users.handlers,
)
"""Below `/api/v1`: one line a resource."""
