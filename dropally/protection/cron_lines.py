"""Cron lines as `crontab(5)` means them: minute, hour, day of month, month, day of week.

APScheduler does the calendar, but reads two things differently: it counts weekdays from Monday,
and it wants the day of the month *and* of the week to match where cron is content with one.
"""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from apscheduler.triggers.cron import CronTrigger

from dropally.common.errors import UsageError

_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = 5
_MINUTE = timedelta(minutes=1)


class CronLine:
    """A checked line. Raises UsageError that names the wrong field."""

    def __init__(self, text: str) -> None:
        fields = text.split()
        if len(fields) != _FIELDS:
            raise UsageError(
                f"a cron line has 5 fields, not {len(fields)}",
                hint="minute, hour, day of month, month, day of week: 0 3 * * 1-5",
            )
        self.text = " ".join(fields)
        minute, hour, day, month, weekday = fields
        self.follows_hours = hour.startswith("*")
        """True if it runs in each hour (or every few): then real hours count, not the wall's."""
        days = [(day, "*")] if weekday == "*" else [("*", _weekdays(weekday))]
        if day != "*" and weekday != "*":
            days = [(day, "*"), ("*", _weekdays(weekday))]
        self._triggers = [
            _trigger(minute, hour, of_month, month, of_week) for of_month, of_week in days
        ]

    def walls(self, begin: datetime) -> Iterator[datetime]:
        """The wall times from `begin` on; ends if the line never comes up again (31 February)."""
        merged = heapq.merge(*(_walls(trigger, begin) for trigger in self._triggers))
        previous: datetime | None = None
        for wall in merged:
            if wall != previous:
                yield wall
            previous = wall

    def shortest_gap_s(self, begin: datetime) -> float:
        """The least time between two of the next few dozen runs; infinite if there is only one."""
        walls = [wall for wall, _ in zip(self.walls(begin), range(64), strict=False)]
        gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(walls)]
        return min(gaps, default=float("inf"))


def _trigger(minute: str, hour: str, day: str, month: str, weekday: str) -> CronTrigger:
    try:
        # The zone of a wall clock that is never moved: what it means is `wall_clock`'s business.
        return CronTrigger(
            month=month, day=day, day_of_week=weekday, hour=hour, minute=minute, timezone=UTC
        )
    except ValueError as error:
        raise UsageError(f"the cron line cannot be read: {error}") from error


def _walls(trigger: CronTrigger, begin: datetime) -> Iterator[datetime]:
    at: datetime | None = begin.replace(tzinfo=UTC)
    while at is not None:
        at = trigger.get_next_fire_time(None, at)
        if at is not None:
            yield at.replace(tzinfo=None)
            at += _MINUTE


def _weekdays(field: str) -> str:
    """`5-7,1` -> `fri,sat,sun,mon` (0 and 7 are Sunday), in names, which both sides read alike."""
    chosen: list[str] = []
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        if step and not (step.isdecimal() and int(step) > 0):
            raise UsageError(f"the cron line's day of week {part!r} has no step that is a number")
        first, last = _span(span, part, has_step=bool(step))
        chosen += [_NAMES[number % 7] for number in range(first, last + 1, int(step or 1))]
    return ",".join(dict.fromkeys(chosen))


def _span(span: str, part: str, *, has_step: bool) -> tuple[int, int]:
    if span == "*":
        return 0, 6
    begin, dash, end = span.partition("-")
    first = _number(begin, part)
    last = _number(end, part) if dash else (6 if has_step else first)
    if last == 0 < first:
        last = 7  # fri-sun: as the end of a range, Sunday is the day after Saturday
    if last < first:
        raise UsageError(f"the cron line's day of week {part!r} ends before it begins")
    return first, last


def _number(word: str, part: str) -> int:
    if word in _NAMES:
        return _NAMES.index(word)
    if word.isascii() and word.isdecimal() and int(word) <= 7:
        return int(word)
    raise UsageError(
        f"the cron line's day of week {part!r} is none",
        hint="0 to 7 (0 and 7 are Sunday), or sun to sat",
    )
