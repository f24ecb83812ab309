"""Why the runner cannot write just now."""

import threading
from dataclasses import dataclass
from datetime import datetime

from dropally.common.clock import Clock
from dropally.jobs.runner.ending import words_for


@dataclass(frozen=True)
class Trouble:
    """What the disk or the database says, and since when. The runner goes on trying by itself."""

    message: str
    hint: str
    since: datetime


class Troubles:
    """One for each thing that fails, until it succeeds again. Safe for threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[str, Trouble] = {}

    def note(self, what: str, error: Exception) -> None:
        """It failed."""
        message, hint = words_for(error)
        with self._lock:
            before = self._open.get(what)
            since = before.since if before else self._clock.now()
            self._open[what] = Trouble(message, hint, since)

    def clear(self, what: str) -> None:
        """It succeeded."""
        with self._lock:
            self._open.pop(what, None)

    def oldest(self) -> Trouble | None:
        """What has failed for the longest time; None while all is well."""
        with self._lock:
            return min(self._open.values(), key=lambda trouble: trouble.since, default=None)
