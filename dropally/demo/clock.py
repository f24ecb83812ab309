"""A clock that begins in the past and is moved to the present, for making history in fast time."""

import threading
from datetime import datetime, timedelta

from dropally.common.clock import SystemClock


class PastClock:
    """Runs like the machine's clock, but behind it; `travel_to` shortens the way to the present.

    Only the wall clock is behind: waits take as long as ever.
    """

    def __init__(self, start: datetime) -> None:
        self._real = SystemClock()
        self._behind = max(self._real.now() - start, timedelta())
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The time in the story."""
        with self._lock:
            return self._real.now() - self._behind

    def monotonic(self) -> float:
        """Seconds of the machine."""
        return self._real.monotonic()

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Sleep for real."""
        return self._real.wait(event, timeout_s)

    def travel_to(self, moment: datetime) -> None:
        """Make it `moment` now, but never earlier than it is, nor later than it really is."""
        with self._lock:
            behind = self._real.now() - moment
            self._behind = max(timedelta(), min(self._behind, behind))
