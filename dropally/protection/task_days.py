"""How a task's last days went: one word a day, for the strip of days on Home."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from dropally.auth.actors import Actor, Place
from dropally.auth.errors import FieldsError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import job_lists, schedules
from dropally.protection.context import ProtectionContext
from dropally.protection.task_views import existing

MOST_DAYS = 90
_RUNS = 2_500  # an hourly plan of 90 days, and then some
DayState = Literal["good", "partly", "failed", "running", "canceled", "overdue", "none"]

_STATE_OF: dict[str, DayState] = {
    "in_progress": "running",
    "pending": "running",
    "failed": "failed",
    "partially_succeeded": "partly",
    "succeeded": "good",
    "canceled": "canceled",
}
# The first that a day has is what it is called: what runs may still mend it, and of what is over
# the worst counts, save that a canceled run does no harm beside one that succeeded.
_ORDER: tuple[DayState, ...] = (
    "running",
    "failed",
    "partly",
    "good",
    "canceled",
    "overdue",
)


class TaskDay(msgspec.Struct, frozen=True):
    """A day of a task. `overdue`: a run was due and never came; `none`: none was due."""

    date: date
    state: DayState
    runs: int


class TaskDays(msgspec.Struct, frozen=True):
    """Days, the oldest first; the last one is today."""

    task_id: str
    days: list[TaskDay]


def task_days(
    ctx: ProtectionContext, actor: Actor, task_id: str, *, days: int = 30, zone: str = "UTC"
) -> TaskDays:
    """How the last days went, as the calendar of a time zone has them.

    Raises FieldsError, ForbiddenError, NotFoundError.
    """
    require(ctx.auth, actor, Verb.TASK_READ, Place(task_id))
    there = _zone(zone)
    first = ctx.now().astimezone(there).date() - timedelta(days=days - 1)
    since = datetime.combine(first, time(), there)
    with ctx.read() as connection:
        existing(connection, task_id)
        jobs = job_lists.backups_since(connection, task_id, since)
        due = schedules.scheduled_runs(connection, task_id, _RUNS)
    states: dict[date, list[DayState]] = defaultdict(list)
    for created, status in jobs:
        states[created.astimezone(there).date()].append(_STATE_OF[status])
    missed = {
        run.due.astimezone(there).date() for run in due if run.outcome in {"refused", "failed"}
    }
    shown = (first + timedelta(days=number) for number in range(days))
    return TaskDays(task_id, [_day(one, states[one], missed) for one in shown])


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise FieldsError([("zone", f"there is no time zone {name!r}")]) from None


def _day(day: date, states: list[DayState], missed: Iterable[date]) -> TaskDay:
    found = {*states, *(["overdue"] if day in missed else [])}
    state: DayState = next((one for one in _ORDER if one in found), "none")
    return TaskDay(day, state, len(states))
