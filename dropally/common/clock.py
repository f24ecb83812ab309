"""Time, in one place, so that tests can set it."""

import threading
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import available_timezones


@cache
def time_zone_names() -> frozenset[str]:
    """The time zones that this machine knows; looking for them reads a whole folder."""
    return frozenset(available_timezones())


class Clock(Protocol):
    """Where every room asks for the time. All datetimes are aware and in UTC."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go backwards; only differences mean anything."""
        ...

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Sleep until `event` is set or `timeout_s` has passed; True when the event was set."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Sleep, but wake at once when `event` is set."""
        return event.wait(timeout_s)


class ManualClock:
    """A clock that only tests move: waiting advances it at once."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._monotonic = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The set time."""
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        """Seconds advanced since the start."""
        with self._lock:
            return self._monotonic

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Advance by `timeout_s` without sleeping, unless `event` is already set."""
        if event.is_set():
            return True
        self.advance(timeout_s)
        return event.is_set()

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
            self._monotonic += seconds
