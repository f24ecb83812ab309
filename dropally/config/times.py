"""Times of day, plans and windows: `"03:00"`, `"weekly sun 06:00"`, `"mon..fri 08:00-18:00"`."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Literal
from zoneinfo import available_timezones

from dropally.common.errors import UsageError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_WINDOW = re.compile(r"(?:(\S+)\s+)?(\d\d?:\d\d)-(\d\d?:\d\d)")


@dataclass(frozen=True)
class UpkeepPlan:
    """When something of the appliance's own runs, in UTC. `weekday` is "" unless weekly."""

    frequency: Literal["off", "daily", "weekly"]
    hour: str = ""
    weekday: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.frequency, self.weekday, self.hour) if part)


@dataclass(frozen=True)
class WeekWindow:
    """A time of the week: on these days (0 = Monday), from one minute of the day to another.

    One that ends before it begins goes on into the next day.
    """

    days: frozenset[int]
    begin_minute: int
    end_minute: int
    text: str

    def holds(self, local: datetime) -> bool:
        """True if this local time lies within."""
        minute = local.hour * 60 + local.minute
        if self.begin_minute < self.end_minute:
            return local.weekday() in self.days and self.begin_minute <= minute < self.end_minute
        began_today = local.weekday() in self.days and minute >= self.begin_minute
        return began_today or ((local.weekday() - 1) % 7 in self.days and minute < self.end_minute)

    def __str__(self) -> str:
        return self.text


def parse_time(value: object) -> str:
    """A time of day as `HH:MM`."""
    matched = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if matched is None:
        raise UsageError('must be a time of day such as "03:00"')
    return f"{int(matched[1]):02}:{matched[2]}"


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def parse_zone(value: object) -> str:
    """The name of a time zone."""
    if not isinstance(value, str) or value not in _zones():
        raise UsageError('must be a time zone such as "UTC" or "Europe/Berlin"')
    return value


def parse_upkeep_plan(value: object) -> UpkeepPlan:
    """`"daily 02:00"`, `"weekly sun 06:00"` or `"off"`."""
    words = value.lower().split() if isinstance(value, str) else []
    match words:
        case ["off"]:
            return UpkeepPlan("off")
        case ["daily", hour]:
            return UpkeepPlan("daily", parse_time(hour))
        case ["weekly", day, hour] if day in WEEKDAYS:
            return UpkeepPlan("weekly", parse_time(hour), day)
    raise UsageError('must be "off", "daily 02:00" or "weekly sun 06:00"')


def parse_window(value: object) -> WeekWindow:
    """`"mon..fri 08:00-18:00"`, `"sat,sun 00:00-24:00"`, or without days: every day."""
    matched = _WINDOW.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if matched is None:
        raise UsageError('must be days and times such as "mon..fri 08:00-18:00"')
    begin = _minute(matched[2])
    end = 24 * 60 if matched[3] == "24:00" else _minute(matched[3])
    if begin == end:
        raise UsageError("must not end when it begins; a whole day is 00:00-24:00")
    return WeekWindow(_days(matched[1] or "mon..sun"), begin, end, matched[0])


def _minute(text: str) -> int:
    hours, minutes = parse_time(text).split(":")
    return int(hours) * 60 + int(minutes)


def _days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("..")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise UsageError(f"{part!r} is no day; days are {', '.join(WEEKDAYS)}")
        begin = WEEKDAYS.index(first)
        count = (WEEKDAYS.index(last or first) - begin) % 7 + 1
        days.update((begin + step) % 7 for step in range(count))
    return frozenset(days)
