"""Limits by the hour: `"mon-fri 08:00-18:00 4MiB"`, `"20MiB"`, `"22:00-06:00 off"`."""

from datetime import time

from dropally.common.errors import UsageError
from dropally.config.quantities import parse_size, show_size
from dropally.config.times import WEEKDAYS, parse_time
from dropally.store.backend import RateWindow

_MIDNIGHT = time(0, 0)
_LEAST_BYTES_PER_S = 1024


def parse_rate_window(value: object) -> RateWindow:
    """Days, hours and bytes a second; the first two may be left out."""
    words = value.lower().split() if isinstance(value, str) else []
    try:
        *when, rate = words
        days = _days(when.pop(0)) if when and when[0][0].isalpha() else frozenset(range(7))
        (hours,) = when or ("",)
        begin, end = _hours(hours)
    except ValueError:
        raise UsageError(
            'must be such as "4MiB" (a second), "08:00-18:00 4MiB" or "mon-fri 08:00-18:00 4MiB"'
        ) from None
    bytes_per_s = 0 if rate == "off" else parse_size(rate.removesuffix("/s"))
    if rate != "off" and bytes_per_s < _LEAST_BYTES_PER_S:
        raise UsageError('must be 1KiB a second at least, or "off" for no limit')
    return RateWindow(bytes_per_s, days, begin, end)


def show_rate_window(window: RateWindow) -> str:
    """The text that `parse_rate_window` reads back."""
    rate = show_size(window.bytes_per_s) if window.bytes_per_s else "off"
    hours = "" if window.begin == window.end else f"{window.begin:%H:%M}-{window.end:%H:%M}"
    days = "" if len(window.days) == len(WEEKDAYS) else _show_days(window.days)
    return " ".join(part for part in (days, hours, rate) if part)


def _days(word: str) -> frozenset[int]:
    """`mon`, `mon-fri`, `sat,sun`, `fri-mon`. Raises ValueError."""
    found: set[int] = set()
    for part in word.split(","):
        first, _, last = part.partition("-")
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        found.update(day % 7 for day in range(begin, end + 1 if end >= begin else end + 8))
    return frozenset(found)


def _hours(word: str) -> tuple[time, time]:
    """Two times of day; "" is all day. Raises ValueError."""
    if not word:
        return _MIDNIGHT, _MIDNIGHT
    begin, dash, end = word.partition("-")
    if not dash:
        raise ValueError(word)
    return _time(begin), _time(end)


def _time(word: str) -> time:
    try:
        hour, minute = parse_time(word).split(":")
    except UsageError as error:
        raise ValueError(word) from error
    return time(int(hour), int(minute))


def _show_days(days: frozenset[int]) -> str:
    return ",".join(WEEKDAYS[day] for day in sorted(days))
