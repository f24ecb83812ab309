"""The simulated team's clock: real time plus what tests have added."""

import functools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from dropally.common.clock import Clock, SystemClock

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class SimClock:
    """Token expiry, longpolls, session ages and penalties all ask here."""

    def __init__(self, source: Clock | None = None) -> None:
        self._source = source or SystemClock()
        self._ahead = timedelta()
        self.moved: list[Callable[[], None]] = []
        """Called after every jump, so that whoever waits looks again."""

    def now(self) -> datetime:
        """The team's time, in UTC."""
        return self._source.now() + self._ahead

    @property
    def ahead_s(self) -> float:
        """How far it is ahead of real time."""
        return self._ahead.total_seconds()

    def epoch_s(self) -> float:
        """The team's time in seconds since 1970."""
        return self.now().timestamp()

    def advance(self, seconds: float) -> None:
        """Jump ahead."""
        self._ahead += timedelta(seconds=seconds)
        self._tell()

    def set(self, moment: datetime) -> None:
        """Make it `moment` now; time runs on from there."""
        self._ahead = moment - self._source.now()
        self._tell()

    def _tell(self) -> None:
        for wake in self.moved:
            wake()


def format_epoch(seconds: float) -> str:
    """A moment as Dropbox writes it: UTC, whole seconds."""
    # Two of these for every listed file: strftime alone would take a fifth of a listing's time.
    day, second = divmod(int(seconds), 86_400)
    return f"{_format_day(day)}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


@functools.lru_cache(maxsize=4096)
def _format_day(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def parse_epoch(text: str) -> int:
    """The reverse of `format_epoch`. Raises ValueError."""
    return int(datetime.strptime(text, _FORMAT).replace(tzinfo=UTC).timestamp())
