"""No more than so many bytes a second, by the hour and the day of the week.

One `Throttle` may be shared by many backends, and by others who use the same line: what they send
together stays below the limit.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from dropally.store.backend.contract import Backend, BytesLike, Version
from dropally.store.backend.passing import PassingBackend

Wait = Callable[[float], bool]
"""Sleeps so many seconds, and says True to whoever is to wait no longer."""
EVERY_DAY = frozenset(range(7))
_LONGEST_WAIT_S = 1.0
"""Waits are cut into pieces of this length: limits change with the hour, and people stop jobs."""


@dataclass(frozen=True, slots=True)
class RateWindow:
    """A limit for some days (0 is Monday) between two times of day; equal times are all day.

    A window whose end comes before its begin reaches into the next day, which need not be named.
    `bytes_per_s` 0: no limit within it.
    """

    bytes_per_s: int
    days: frozenset[int] = EVERY_DAY
    begin: time_of_day = time_of_day(0, 0)
    end: time_of_day = time_of_day(0, 0)

    def covers(self, moment: datetime) -> bool:
        """Whether a local time lies in the window."""
        now, day = moment.time(), moment.weekday()
        if self.begin == self.end:
            return day in self.days
        if self.begin < self.end:
            return day in self.days and self.begin <= now < self.end
        late, early = now >= self.begin, now < self.end
        return (late and day in self.days) or (early and (day - 1) % 7 in self.days)


@dataclass(frozen=True, slots=True)
class Rates:
    """Limits for both ways; the first window that covers the moment counts, none is no limit."""

    up: tuple[RateWindow, ...] = ()
    down: tuple[RateWindow, ...] = ()
    zone: str = "UTC"

    def at(self, windows: Sequence[RateWindow], moment: datetime) -> int:
        """Bytes a second; 0 for no limit."""
        local = moment.astimezone(ZoneInfo(self.zone))
        return next((one.bytes_per_s for one in windows if one.covers(local)), 0)


class Throttle:
    """Makes those wait who come too early. Safe for threads.

    Carried to another process, it is one of its own with the same limits.
    """

    def __init__(
        self,
        rates: Rates,
        now: Callable[[], datetime],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Wait | None = None,
    ) -> None:
        """`now` is the time in UTC."""
        self._rates = rates
        self._now = now
        self._monotonic = monotonic
        self._wait = wait or threading.Event().wait
        self._lock = threading.Lock()
        self._free_at_s = {"up": 0.0, "down": 0.0}

    def __reduce__(self) -> tuple[type["Throttle"], tuple[Rates, Callable[[], datetime]]]:
        return Throttle, (self._rates, self._now)

    def send(self, size_bytes: int, wait: Wait | None = None) -> None:
        """Wait until so many bytes may go out; by `wait` instead of the throttle's own."""
        self._pass("up", self._rates.up, size_bytes, wait or self._wait)

    def receive(self, size_bytes: int, wait: Wait | None = None) -> None:
        """Wait until so many bytes may come in, or after they came."""
        self._pass("down", self._rates.down, size_bytes, wait or self._wait)

    def _pass(self, way: str, windows: Sequence[RateWindow], size_bytes: int, wait: Wait) -> None:
        """Book the bytes behind those booked before, and wait for the booking's begin."""
        if not windows:
            return
        with self._lock:
            rate = self._rates.at(windows, self._now())
            begin_s = max(self._free_at_s[way], self._monotonic())
            self._free_at_s[way] = begin_s + (size_bytes / rate if rate else 0.0)
        while (left_s := begin_s - self._monotonic()) > 0:
            if not self._rates.at(windows, self._now()):
                self._release(way)
                return
            if wait(min(left_s, _LONGEST_WAIT_S)):
                return

    def _release(self, way: str) -> None:
        """The limit ended while somebody waited: nobody waits for what was booked under it."""
        with self._lock:
            self._free_at_s[way] = min(self._free_at_s[way], self._monotonic())


class LimitedBackend(PassingBackend):
    """Passes calls to `inner` as fast as the throttle lets it."""

    def __init__(self, inner: Backend, throttle: Throttle) -> None:
        super().__init__(inner)
        self._throttle = throttle

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """As `Backend.put_new`."""
        self._throttle.send(sum(len(part) for part in parts))
        self._inner.put_new(key, parts)

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """As `Backend.get`; what comes after it waits for the bytes that came."""
        self._throttle.receive(0)
        data = self._inner.get(key, offset, length)
        self._throttle.receive(len(data))
        return data

    def swap(self, key: str, data: bytes, expected: Version | None) -> Version:
        """As `Backend.swap`."""
        self._throttle.send(len(data))
        return self._inner.swap(key, data, expected)
