"""When a task runs: a plan as plain data, and its next runs.

    next run = the first time of the plan after a moment, plus the task's own share of the jitter

The share follows from the task's id, so that what a preview shows is what happens.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import msgspec

from dropally.auth.errors import FieldsError
from dropally.common.errors import UsageError
from dropally.protection.cron_lines import CronLine
from dropally.protection.wall_clock import WallTimes, first_after

Frequency = Literal[
    "daily", "every-3-days", "weekly", "hourly", "every-6-hours", "cron", "continuous"
]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
FREQUENCIES: tuple[Frequency, ...] = get_args(Frequency)
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_LONGEST_JITTER_S = 6 * 3600
_INTERVAL_S: dict[Frequency, float] = {
    "daily": 86400,
    "every-3-days": 3 * 86400,
    "weekly": 7 * 86400,
    "hourly": 3600,
    "every-6-hours": 6 * 3600,
    "continuous": 86400,
}
_ANY_MONDAY = datetime(2026, 1, 5)  # noqa: DTZ001  a wall clock has no zone


class SchedulePlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When to run.

    `hour` is the time of day in `zone`; of an hourly plan only its minute counts. `weekday` is for
    weekly plans, `cron` for cron plans; `anchor` is a day on which a plan of every third day runs.
    A continuous plan follows changes all day, and runs a whole backup at `hour`. Runs are spread
    over `jitter_s` seconds after their time: `spread_key` (the task's id) decides where.
    """

    frequency: Frequency = "daily"
    hour: str = "03:00"
    weekday: Weekday = "sun"
    zone: str = "UTC"
    jitter_s: int = 600
    cron: str = ""
    anchor: date | None = None
    spread_key: str = ""

    @property
    def delay(self) -> timedelta:
        """How long after the plan's time this task starts: below `jitter_s`, always the same."""
        if not self.jitter_s or not self.spread_key:
            return timedelta()
        digest = hashlib.sha256(self.spread_key.encode()).digest()
        return timedelta(seconds=int.from_bytes(digest[:8], "big") % self.jitter_s)


def check_plan(plan: SchedulePlan) -> None:
    """Raise FieldsError that names every field of the plan that cannot be used."""
    problems: list[tuple[str, str]] = []
    for name, check in _CHECKS.items():
        try:
            check(plan)
        except UsageError as error:
            problems.append((name, f"{error}; {error.hint}" if error.hint else str(error)))
    if problems:
        raise FieldsError(problems)


def next_run(plan: SchedulePlan, after: datetime) -> datetime:
    """The first run later than `after`, in UTC. The plan must be one that `check_plan` takes."""
    found = _next_time(plan, after - plan.delay)
    if found is None:
        raise UsageError(f"the plan {plan.cron!r} never comes up")
    return found + plan.delay


def next_runs(plan: SchedulePlan, after: datetime, count: int) -> list[datetime]:
    """The next `count` runs after a moment, in UTC."""
    runs: list[datetime] = []
    for _ in range(count):
        after = next_run(plan, after)
        runs.append(after)
    return runs


def _next_time(plan: SchedulePlan, after: datetime) -> datetime | None:
    zone = ZoneInfo(plan.zone)
    if plan.frequency == "cron":
        line = CronLine(plan.cron)
        return first_after(line.walls, after, zone, each_hour=line.follows_hours)
    return first_after(
        _WALLS[plan.frequency](plan), after, zone, each_hour=plan.frequency == "hourly"
    )


# -- the times on the wall ---------------------------------------------------------------------


def _every_days(plan: SchedulePlan, days: int, anchor: date) -> WallTimes:
    at = parse_hour(plan.hour)

    def walls(begin: datetime) -> Iterator[datetime]:
        passed = (begin.date() - anchor).days
        day = datetime.combine(anchor + timedelta(days=passed // days * days), at)
        while True:
            if day >= begin:
                yield day
            day += timedelta(days=days)

    return walls


def _every_hours(plan: SchedulePlan, hours: int) -> WallTimes:
    """From midnight on in steps of `hours`, shifted so that the plan's hour is one of them."""
    at = parse_hour(plan.hour)
    first = timedelta(hours=at.hour % hours, minutes=at.minute)

    def walls(begin: datetime) -> Iterator[datetime]:
        moment = datetime.combine(begin.date(), time()) + first - hours * _HOUR
        while True:
            if moment >= begin:
                yield moment
            moment += hours * _HOUR

    return walls


def _weekly(plan: SchedulePlan) -> WallTimes:
    monday = _ANY_MONDAY.date()
    return _every_days(plan, 7, monday + WEEKDAYS.index(plan.weekday) * _DAY)


_WALLS: dict[Frequency, Callable[[SchedulePlan], WallTimes]] = {
    "daily": lambda plan: _every_days(plan, 1, _ANY_MONDAY.date()),
    "continuous": lambda plan: _every_days(plan, 1, _ANY_MONDAY.date()),
    "every-3-days": lambda plan: _every_days(plan, 3, plan.anchor or _ANY_MONDAY.date()),
    "weekly": _weekly,
    "hourly": lambda plan: _every_hours(plan, 1),
    "every-6-hours": lambda plan: _every_hours(plan, 6),
}


# -- checks ------------------------------------------------------------------------------------


def parse_hour(text: str) -> time:
    """`03:00` as a time of day. Raises UsageError."""
    hour, colon, minute = text.partition(":")
    digits = hour + minute
    is_clock = colon and len(minute) == 2 and len(hour) in {1, 2}
    if is_clock and digits.isascii() and digits.isdecimal() and int(hour) < 24 and int(minute) < 60:
        return time(int(hour), int(minute))
    raise UsageError(f"{text!r} is no time of day", hint="write it as 03:00, from 00:00 to 23:59")


def _check_frequency(plan: SchedulePlan) -> None:
    if plan.frequency not in FREQUENCIES:
        raise UsageError(f"{plan.frequency!r} is none", hint=f"one of {', '.join(FREQUENCIES)}")


def _check_weekday(plan: SchedulePlan) -> None:
    if plan.weekday not in WEEKDAYS:
        raise UsageError(f"{plan.weekday!r} is no day of the week", hint=", ".join(WEEKDAYS))


def _check_zone(plan: SchedulePlan) -> None:
    try:
        ZoneInfo(plan.zone)
    except (KeyError, ValueError, OSError) as error:  # missing, malformed, a folder
        raise UsageError(
            f"there is no time zone {plan.zone!r}", hint="names such as UTC, Europe/Berlin"
        ) from error


def _check_cron(plan: SchedulePlan) -> None:
    if plan.frequency != "cron":
        return
    line = CronLine(plan.cron)
    if next(line.walls(_ANY_MONDAY), None) is None:
        raise UsageError(f"{plan.cron!r} names a day that never comes")


def _check_jitter(plan: SchedulePlan) -> None:
    longest = min(_LONGEST_JITTER_S, _shortest_interval_s(plan) / 2)
    if not 0 <= plan.jitter_s <= longest:
        raise UsageError(
            f"{plan.jitter_s} s is not between 0 and {longest:.0f} s",
            hint="at most half the time between two runs, and 6 hours",
        )


def _shortest_interval_s(plan: SchedulePlan) -> float:
    if plan.frequency != "cron":
        return _INTERVAL_S.get(plan.frequency, 86400)
    try:
        return CronLine(plan.cron).shortest_gap_s(_ANY_MONDAY)
    except UsageError:
        return 86400  # the line's own field tells what is wrong


_CHECKS: dict[str, Callable[[SchedulePlan], object]] = {
    "frequency": _check_frequency,
    "hour": lambda plan: parse_hour(plan.hour),
    "weekday": _check_weekday,
    "zone": _check_zone,
    "jitter_s": _check_jitter,
    "cron": _check_cron,
}


def runs_per_day(plan: SchedulePlan, after: datetime) -> float:
    """How many runs a day the plan makes, on average over the next four weeks."""
    if plan.frequency != "cron":
        return 86400 / _INTERVAL_S[plan.frequency]
    end, count = after + 28 * _DAY, 0
    walls = CronLine(plan.cron).walls(after.astimezone(UTC).replace(tzinfo=None))
    for wall in walls:
        if wall >= end.astimezone(UTC).replace(tzinfo=None):
            break
        count += 1
    return count / 28
