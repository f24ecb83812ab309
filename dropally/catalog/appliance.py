"""`dropally.db`: what cannot be had again from a repository. People, tasks, jobs, audit.

Each table family has a module of its own, with its set of migrations and its SQL; the sets are
listed here in the order in which their tables may refer to each other.
"""

from pathlib import Path

from sqlite_utils.migrations import Migrations

from dropally.catalog import (
    activity,
    audit,
    connections,
    decommissions,
    downloads,
    entities,
    erasures,
    holds,
    idempotency,
    job_details,
    jobs,
    outbox,
    people,
    schedules,
    selections,
    sessions,
    settings,
    storages,
    tasks,
)
from dropally.catalog.database_file import DatabaseFile, Layout

FILE_NAME = "dropally.db"
_MIGRATIONS: tuple[Migrations, ...] = (
    people.MIGRATIONS,
    sessions.MIGRATIONS,
    audit.MIGRATIONS,
    outbox.MIGRATIONS,
    settings.MIGRATIONS,
    connections.MIGRATIONS,
    tasks.MIGRATIONS,
    entities.MIGRATIONS,
    jobs.MIGRATIONS,
    job_details.MIGRATIONS,
    activity.MIGRATIONS,
    schedules.MIGRATIONS,
    holds.MIGRATIONS,
    storages.MIGRATIONS,
    selections.MIGRATIONS,
    downloads.MIGRATIONS,
    idempotency.MIGRATIONS,
    erasures.MIGRATIONS,
    decommissions.MIGRATIONS,
)
_WHEN_DAMAGED = (
    "stop Dropally, move the file aside and put back the newest copy of it: one lies in every"
    " repository, and `dropally.before-*.db` beside it are from before upgrades"
)


def open_appliance_database(data_dir: Path) -> DatabaseFile:
    """Open or create `dropally.db` in the data folder. Raises DatabaseFaultError."""
    return DatabaseFile(data_dir / FILE_NAME, Layout(_MIGRATIONS, _WHEN_DAMAGED))
