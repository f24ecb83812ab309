"""Tells whoever listens how jobs stand and how they ended."""

import logging
from collections.abc import Callable

import msgspec

from dropally.catalog import job_changes, jobs
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.jobs import JobRow
from dropally.jobs.events import EventBus
from dropally.jobs.runner.closing import only_entity
from dropally.jobs.runner.live import LiveProgress

FinishedCallback = Callable[[JobRow], None]
_LOG = logging.getLogger(__name__)
_ROWS_AT_ONCE = 500


class Teller:
    """Publishes `job_changed` and `job_finished`, and calls back at the end of each job."""

    def __init__(self, database: DatabaseFile, events: EventBus) -> None:
        self._database = database
        self._events = events
        self._callbacks: list[FinishedCallback] = []

    def on_finished(self, callback: FinishedCallback) -> None:
        """Call this at each job's end."""
        self._callbacks.append(callback)

    def job_changed(self, row: JobRow, live: LiveProgress | None = None) -> None:
        """A job waits, has started, or has got on."""
        more = {} if live is None else {"live": msgspec.to_builtins(live)}
        self._publish("job_changed", row, more)

    def announce_ends(self) -> None:
        """Tell of every end that was not told of yet, the oldest first. Raises DatabaseFaultError.

        An end is marked as told afterwards: when the process ends in between, it is told again.
        """
        while True:
            with self._database.read() as connection:
                rows = jobs.unannounced(connection, _ROWS_AT_ONCE)
            if not rows:
                return
            for row in rows:
                self._publish("job_finished", row, {"summary": msgspec.json.decode(row.summary)})
                for callback in self._callbacks:
                    _call(callback, row)
            with self._database.write() as database:
                job_changes.mark_announced(database.conn, [row.id for row in rows])

    def _publish(self, name: str, row: JobRow, more: dict[str, object]) -> None:
        with self._database.read() as connection:
            entity_id = only_entity(connection, row)
        data: dict[str, object] = {
            "job_id": row.id,
            "kind": row.kind,
            "title": row.title,
            "status": row.status,
            "storage_id": row.storage_id,
        }
        self._events.publish(name, data | more, task_id=row.task_id, entity_id=entity_id)


def _call(callback: FinishedCallback, row: JobRow) -> None:
    try:
        callback(row)
    except Exception:  # noqa: BLE001  one listener's failure must not keep the others from hearing
        _LOG.exception("a listener failed when it was told of the end of %s", row.id)
