"""The link to Dropbox of an appliance that is down: a restore has to be possible without it."""

import sqlite3
from pathlib import Path

from dropally.auth.context import open_auth
from dropally.catalog import connections, tasks
from dropally.catalog.appliance import FILE_NAME, open_appliance_database
from dropally.catalog.connections import ConnectionRow
from dropally.cli.host import acting_as_owner
from dropally.common.clock import SystemClock
from dropally.common.errors import NotFoundError, UsageError
from dropally.common.text import search_key
from dropally.dropbox_api import Credentials
from dropally.jobs.address import nearest_names
from dropally.protection.connections import unsealed_credentials


def stored_link(data: Path, task: str) -> Credentials | None:
    """The credentials of the task's team, or of the only team; None where none is connected.

    Raises UsageError where several teams could be meant, NotFoundError for an unknown task,
    DeniedError where the database or its key cannot be read.
    """
    if not (data / FILE_NAME).exists():
        if task:
            raise NotFoundError(
                f"there is no appliance in {data}, and so no task",
                hint="leave --task out, or name the appliance's dropally.toml by --config",
            )
        return None
    with acting_as_owner(data / FILE_NAME), open_appliance_database(data) as database:
        auth = open_auth(database, data, SystemClock(), sends_mail=False)
        with auth.read() as connection:
            row = _of_task(connection, task) if task else _only(connection)
        return None if row is None else unsealed_credentials(auth.sealer, row)


def _of_task(connection: sqlite3.Connection, typed: str) -> ConnectionRow:
    found = tasks.task_by_id(connection, typed) or tasks.task_by_name(connection, search_key(typed))
    row = found and connections.connection_by_id(connection, found.connection_id)
    if not row:
        known = tasks.list_tasks(connection, tasks.TaskFilter(), limit=1000)
        raise NotFoundError(
            f"no task is called {typed!r}", hint=nearest_names(typed, [one.name for one in known])
        )
    return row


def _only(connection: sqlite3.Connection) -> ConnectionRow | None:
    rows = [row for row in connections.all_connections(connection) if row.credentials is not None]
    if len(rows) > 1:
        raise UsageError(
            f"{len(rows)} teams are connected: {', '.join(row.team_name for row in rows)}",
            hint="add --task with a task of the team that is meant",
        )
    return rows[0] if rows else None
