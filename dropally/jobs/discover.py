"""Asks Dropbox who and what the team is now."""

from dropally.dropbox_api import Roster
from dropally.jobs.context import JobContext
from dropally.jobs.handles import TeamHandle


def run(context: JobContext, team: TeamHandle) -> Roster:
    """The team's members, folders, namespaces and mounts at this moment."""
    context.check()
    with team.open(context.clock, context.cancelled) as connection:
        return connection.discover()
