"""Mails about what went wrong by itself (F187): jobs that failed, storages that are full or away.

A team that is disconnected, and what discovery finds, is told by the room that notices it.
"""

from collections.abc import Callable
from datetime import timedelta

from dropally.auth.context import AuthContext
from dropally.catalog.jobs import JobRow
from dropally.common.errors import DropallyError
from dropally.jobs.storages import Storages
from dropally.notify.mails import job_failed, storage_trouble
from dropally.notify.telling import tell_administrators

# Whoever asked for these gets a mail at their end, however it went.
_TOLD_TO_INITIATOR = ("restore", "export")
# Shorter absences mend themselves: jobs try again for as long.
_AWAY_AFTER = timedelta(minutes=10)


def tell_failed_job(auth: AuthContext, row: JobRow) -> None:
    """Tell the administrators of a job that has failed; to be called at the end of each job."""
    if row.status != "failed" or row.kind in _TOLD_TO_INITIATOR:
        return
    letter = job_failed(
        title=row.title, cause=row.error, hint=row.hint, link=f"{auth.base_url}/jobs/{row.id}"
    )
    with auth.write() as connection:
        tell_administrators(connection, auth, letter)


class StorageLookout:
    """Tells the administrators when a storage that is used gets into trouble, once each time."""

    def __init__(
        self, auth: AuthContext, storages: Storages, count_tasks: Callable[[str], int]
    ) -> None:
        self._auth = auth
        self._count_tasks = count_tasks
        self._storages = storages
        self._told: dict[str, str] = {}

    def look(self) -> None:
        """Compare with what was last told. To be called every few minutes."""
        for storage_id in filter(self._count_tasks, self._storages.ids()):
            state, error = self._state(storage_id)
            if state == self._told.get(storage_id, ""):
                continue
            if error is not None:
                self._tell(storage_id, error)
            self._told[storage_id] = state

    def _state(self, storage_id: str) -> tuple[str, DropallyError | None]:
        health = self._storages.health(storage_id)
        if health.is_reachable is False and health.since is not None:
            if self._auth.now() - health.since < _AWAY_AFTER:
                return self._told.get(storage_id, ""), None
            hint = "look at its disk, its network and its keys"
            return "away", DropallyError(health.trouble, hint=hint)
        try:
            self._storages.check_room(storage_id)
        except DropallyError as error:
            return "full", error
        return "", None

    def _tell(self, storage_id: str, error: DropallyError) -> None:
        letter = storage_trouble(
            storage=self._storages.label(storage_id) or storage_id,
            cause=str(error),
            hint=error.hint,
            link=f"{self._auth.base_url}/storage",
        )
        with self._auth.write() as connection:
            tell_administrators(connection, self._auth, letter)
