"""What `/readyz` looks at; each answer is quick, from what is known."""

import os
from collections.abc import Mapping

import structlog

from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.faults import is_read_only
from dropally.common.errors import DropallyError
from dropally.jobs.runner import JobRunner
from dropally.jobs.storages import Storages

_CHECK_EVERY_S = 60.0
_LEAST_FREE_BYTES = 4 << 20
_log = structlog.get_logger("dropally.storages")


def readiness(database: DatabaseFile, runner: JobRunner, storages: Storages) -> Mapping[str, str]:
    """What is wrong with the database, the jobs and each storage; "" where nothing is."""
    trouble = runner.trouble()
    found = {"database": _database(database), "jobs": trouble.message if trouble else ""}
    for storage_id in storages.ids():
        health = storages.check_within(storage_id)
        unknown = "was not looked at yet" if health.is_reachable is None else "is not reachable"
        found[f"storage:{storage_id}"] = (
            "" if health.is_reachable else health.trouble or f"storage {storage_id} {unknown}"
        )
    return found


def _database(database: DatabaseFile) -> str:
    if is_read_only(database.path.parent):
        return f"the disk of {database.path.parent} is read-only"
    folder = os.statvfs(database.path.parent)
    if folder.f_bavail * folder.f_frsize < _LEAST_FREE_BYTES:
        return f"no room is left on the disk of {database.path.parent}"
    try:
        with database.read() as connection:
            connection.execute("SELECT 1").fetchone()
    except DropallyError as error:
        return str(error)
    return ""
