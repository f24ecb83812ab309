"""Asks Dropbox who and what the team is now."""

from collections.abc import Callable

from dropally.dropbox_api import Credentials, Roster
from dropally.jobs.context import JobContext
from dropally.jobs.handles import TeamHandle


def run(
    context: JobContext,
    team: TeamHandle,
    on_credentials: Callable[[Credentials], None] | None = None,
) -> Roster:
    """The team's members, folders, namespaces and mounts at this moment.

    `on_credentials` hears of a renewed access token.
    """
    context.check()
    with team.open(context.clock, context.cancelled, on_credentials, watch=context) as connection:
        return connection.discover()
