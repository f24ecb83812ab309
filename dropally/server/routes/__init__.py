"""One module a resource of the API; each offers its handlers to `server.application`.

A handler parses, calls one function of a room, and shapes the answer. `appliance.py` is the pattern.
"""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from dropally.server.routes import (
    activity,
    appliance,
    appliance_safety,
    audit,
    connections,
    entities,
    events,
    health,
    jobs,
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
    storages,
    tasks,
    tokens,
    users,
)

ROOT_ROUTES: Sequence[HTTPRouteHandler] = (*health.handlers,)
"""At `/`."""

ALL_ROUTES: Sequence[HTTPRouteHandler] = (
    *activity.handlers,
    *appliance.handlers,
    *events.handlers,
    *appliance_safety.handlers,
    *storages.handlers,
    *connections.handlers,
    *entities.handlers,
    *jobs.handlers,
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
