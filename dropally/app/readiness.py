"""What `/readyz` looks at; each answer is quick, from what is known."""

import threading
from collections.abc import Mapping

import structlog

from dropally.catalog.database_file import DatabaseFile
from dropally.common.clock import SystemClock
from dropally.common.errors import DropallyError
from dropally.jobs.runner import JobRunner
from dropally.jobs.storages import Storages
from dropally.store import StoreError

_CHECK_EVERY_S = 60.0
_log = structlog.get_logger("dropally.storages")


def readiness(database: DatabaseFile, runner: JobRunner, storages: Storages) -> Mapping[str, str]:
    """What is wrong with the database, the jobs and each storage; "" where nothing is."""
    trouble = runner.trouble()
    found = {"database": _database(database), "jobs": trouble.message if trouble else ""}
    for storage_id in storages.ids():
        health = storages.health(storage_id)
        unknown = "was not looked at yet" if health.is_reachable is None else "is not reachable"
        found[f"storage:{storage_id}"] = (
            "" if health.is_reachable else health.trouble or f"storage {storage_id} {unknown}"
        )
    return found


def _database(database: DatabaseFile) -> str:
    try:
        with database.read() as connection:
            connection.execute("SELECT 1").fetchone()
    except DropallyError as error:
        return str(error)
    return ""


class StorageWatch:
    """Looks at every storage now and then, in a thread: one may be away for long in between uses."""

    def __init__(self, storages: Storages) -> None:
        self._storages = storages
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="storage-watch", daemon=True)

    def start(self) -> None:
        """Look for the first time, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more. A look under way at a storage that hangs is left to itself."""
        self._ended.set()
        self._thread.join(timeout=1)

    def _run(self) -> None:
        pace = SystemClock()
        while True:
            for storage_id in self._storages.ids():
                self._look(storage_id)
            if pace.wait(self._ended, _CHECK_EVERY_S):
                return

    def _look(self, storage_id: str) -> None:
        before = self._storages.health(storage_id)
        try:
            health = self._storages.check(storage_id)
        except (DropallyError, StoreError) as error:
            _log.warning("storage cannot be checked", storage=storage_id, cause=str(error))
            return
        if health.is_reachable != before.is_reachable:
            tell = _log.info if health.is_reachable else _log.warning
            state = "reachable" if health.is_reachable else "not reachable"
            tell(f"storage is {state}", storage=storage_id, cause=health.trouble)
