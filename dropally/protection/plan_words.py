"""Plans as people write and read them, and what a plan costs in calls to Dropbox."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dropally.common.errors import UsageError
from dropally.protection.plans import (
    WEEKDAYS,
    SchedulePlan,
    check_plan,
    next_run,
    parse_hour,
    runs_per_day,
)
from dropally.protection.wall_clock import next_clock_change, shown_at

_DAY_NAMES = dict(
    zip(
        WEEKDAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
_YEAR = timedelta(days=366)
_MINUTE = timedelta(minutes=1)
# describe, list members, folders, namespaces, groups; a page each for every thousand.
_CALLS_OF_A_LOOK = 6


def in_words(plan: SchedulePlan) -> str:
    """`daily at 03:00 Europe/Berlin`."""
    at = f"at {plan.hour} {plan.zone}"
    match plan.frequency:
        case "daily":
            return f"daily {at}"
        case "every-3-days":
            return f"every 3 days {at}"
        case "weekly":
            return f"every {_DAY_NAMES[plan.weekday]} {at}"
        case "hourly":
            return f"every hour at minute {parse_hour(plan.hour).minute}"
        case "every-6-hours":
            first = parse_hour(plan.hour)
            hours = ", ".join(f"{first.hour % 6 + 6 * n:02}:{first.minute:02}" for n in range(4))
            return f"every 6 hours at {hours} {plan.zone}"
        case "cron":
            return f"by the cron line {plan.cron}, {plan.zone}"
        case "continuous":
            return f"continuously, and everything daily {at}"


def parse_plan(text: str, zone: str) -> SchedulePlan:
    """The short form of `dropally.toml`: `daily 02:00`, `weekly sun 06:00`, `hourly`, `cron 0 3 * * 1`.

    Raises UsageError.
    """
    frequency, _, rest = text.strip().partition(" ")
    words = rest.split()
    match frequency, words:
        case "cron", _:
            plan = SchedulePlan(frequency="cron", cron=rest, zone=zone, jitter_s=0)
        case "weekly", [str(weekday), hour] if weekday in WEEKDAYS:
            plan = SchedulePlan(
                frequency="weekly",
                weekday=WEEKDAYS[WEEKDAYS.index(weekday)],
                hour=hour,
                zone=zone,
                jitter_s=0,
            )
        case ("daily" | "every-3-days" | "every-6-hours") as known, [hour]:
            plan = SchedulePlan(frequency=known, hour=hour, zone=zone, jitter_s=0)
        case "hourly", []:
            plan = SchedulePlan(frequency="hourly", hour="00:00", zone=zone, jitter_s=0)
        case _:
            raise UsageError(
                f"{text!r} is no plan",
                hint='write it as "daily 02:00", "weekly sun 06:00", "hourly" or "cron 0 3 * * 1-5"',
            )
    check_plan(plan)
    return plan


def clock_change_note(plan: SchedulePlan, now: datetime) -> str:
    """What the next change of the clocks does to the plan; "" if nothing or none is near.

    Looks a year ahead.
    """
    if plan.frequency in {"hourly", "every-6-hours", "cron"}:
        return ""
    zone = ZoneInfo(plan.zone)
    change = next_clock_change(now, zone, _YEAR)
    if change is None:
        return ""
    day = shown_at(change, zone).date().isoformat()
    before, after = (shown_at(moment, zone) for moment in (change - _MINUTE, change))
    if after > before + _MINUTE:
        run = shown_at(next_run(plan, change - timedelta(hours=12)) - plan.delay, zone)
        moved = f"; the run of that day is at {run:%H:%M}" if f"{run:%H:%M}" != plan.hour else ""
        return f"On {day} clocks go forward in {plan.zone}: in UTC, runs are earlier from then on{moved}."
    return f"On {day} clocks go back in {plan.zone}: in UTC, runs are later from then on."


@dataclass(frozen=True)
class CallsEstimate:
    """How many calls to Dropbox a plan makes a day while nothing changes, and how it was reckoned."""

    runs_per_day: float
    calls_per_run: int
    calls_per_day: int


def estimate_calls(
    plan: SchedulePlan,
    now: datetime,
    *,
    members: int,
    namespaces: int,
    follow_calls_per_day: int = 0,
) -> CallsEstimate:
    """The calls of a day without changes; each changed file adds one download.

    A run asks for the team (one call for each member: what is shared with them) and for each
    namespace whether something changed. `follow_calls_per_day` is what following changes adds.
    """
    runs = runs_per_day(plan, now)
    calls = _CALLS_OF_A_LOOK + (members + namespaces) // 1000 + members + namespaces
    follow = follow_calls_per_day if plan.frequency == "continuous" else 0
    return CallsEstimate(runs, calls, round(runs * calls) + follow)
