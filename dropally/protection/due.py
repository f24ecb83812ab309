"""What is due is started, once; what is not started is told why."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from dropally.auth.context import AuthContext
from dropally.auth.errors import StateError
from dropally.catalog import schedules
from dropally.catalog.jobs import JobRow
from dropally.catalog.schedules import RunOutcome, ScheduleRow
from dropally.common.errors import DropallyError, NotFoundError
from dropally.protection.plans import SchedulePlan, check_plan, next_run
from dropally.protection.wall_clock import shown_at

Start = Callable[[ScheduleRow], JobRow | None]
"""Starts what a schedule is for; the job, if it made one."""

_AT_ONCE = 200
_RETRY_AFTER = timedelta(minutes=5)
_KEPT = timedelta(days=400)
_SYSTEM = "system:"
PREVIOUS_ACTIVE = "previous run active"
# The next try may succeed: somebody reconnects the team, and nothing tells the schedule.
_PASSING_STATES = frozenset({"disconnected"})
_NO_FAULT_STATES = frozenset({"task_paused", "task_deleted", "nothing_active", "decommissioning"})


@dataclass(frozen=True)
class Acted:
    """What became of one due run."""

    schedule_id: str
    due: datetime
    outcome: RunOutcome
    detail: str = ""
    job_id: str = ""
    error: Exception | None = None
    """Set if it failed in a way that nobody foresaw, or that the appliance must mend."""


# -- plans ---------------------------------------------------------------------------------------


def set_task_plan(
    connection: sqlite3.Connection, task_id: str, plan: SchedulePlan, now: datetime
) -> SchedulePlan:
    """Give a task its plan, in the caller's transaction; the plan as it is kept.

    Raises FieldsError for a plan that cannot be.
    """
    check_plan(plan)
    plan = msgspec.structs.replace(plan, spread_key=task_id)
    if plan.frequency == "every-3-days" and plan.anchor is None:
        plan = msgspec.structs.replace(plan, anchor=_first_day(plan, now))
    schedules.put_schedule(connection, task_id, _encode(plan), next_run(plan, now), task_id=task_id)
    return plan


def task_plan(connection: sqlite3.Connection, task_id: str) -> tuple[SchedulePlan, ScheduleRow]:
    """A task's plan, and how it stands. Raises NotFoundError."""
    row = schedules.schedule_by_id(connection, task_id)
    if row is None:
        raise NotFoundError(f"the task {task_id} has no schedule")
    return _decode(row), row


def set_system_plan(
    connection: sqlite3.Connection, name: str, plan: SchedulePlan, now: datetime
) -> None:
    """Set one of the appliance's own plans; one that is set already stays, with what it owes."""
    known = schedules.schedule_by_id(connection, _SYSTEM + name)
    if known is None or known.plan != _encode(plan):
        check_plan(plan)
        schedules.put_schedule(connection, _SYSTEM + name, _encode(plan), next_run(plan, now))


def keep_system_plans(connection: sqlite3.Connection, names: set[str]) -> None:
    """Forget the appliance's plans that are not among these: this version has no use for them."""
    for row in schedules.system_schedules(connection):
        if row.id.removeprefix(_SYSTEM) not in names:
            schedules.remove_schedule(connection, row.id)


def system_name(schedule: ScheduleRow) -> str:
    """What an appliance's own schedule is for: `self-backup`."""
    return schedule.id.removeprefix(_SYSTEM)


# -- runs ----------------------------------------------------------------------------------------


def act_on_due(auth: AuthContext, start: Start, *, of_tasks: bool) -> Iterator[Acted]:
    """Start everything that is due now, one after the other, and note what became of it.

    A run missed while the appliance was down is made up for once. Whatever goes wrong with one
    schedule does not keep the others from running.
    """
    now = auth.now()
    with auth.read() as connection:
        due = schedules.due_schedules(connection, now, _AT_ONCE, of_tasks=of_tasks)
    for schedule in due:
        acted = _act(schedule, start, now)
        with auth.write() as connection:
            _note(connection, schedule, acted, now)
        yield acted


def drop_old_runs(auth: AuthContext) -> int:
    """Forget what became of runs longer than a year ago; how many."""
    with auth.write() as connection:
        return schedules.drop_old_runs(connection, auth.now() - _KEPT)


def _act(schedule: ScheduleRow, start: Start, now: datetime) -> Acted:
    try:
        job = start(schedule)
    except StateError as error:
        is_fault = error.code not in _NO_FAULT_STATES
        outcome: RunOutcome = "refused" if is_fault else "skipped"
        return Acted(schedule.id, schedule.next_due, outcome, str(error), error=error)
    except DropallyError as error:
        return Acted(schedule.id, schedule.next_due, "failed", str(error), error=error)
    except Exception as error:  # noqa: BLE001  one schedule's fault must not stop the others
        detail = f"unexpected: {type(error).__name__}"
        return Acted(schedule.id, schedule.next_due, "failed", detail, error=error)
    if job is not None and job.created < now:
        return Acted(schedule.id, schedule.next_due, "skipped", PREVIOUS_ACTIVE, job.id)
    return Acted(schedule.id, schedule.next_due, "started", job_id=job.id if job else "")


def _note(
    connection: sqlite3.Connection, schedule: ScheduleRow, acted: Acted, now: datetime
) -> None:
    if acted.outcome == "started":
        schedules.note_start(connection, schedule, now, acted.job_id)
    if schedule.task_id or acted.job_id or acted.outcome != "started":
        # What the appliance does for itself every minute is of no interest once it is done.
        schedules.record_run(
            connection, schedule, now, acted.outcome, detail=acted.detail, job_id=acted.job_id
        )
    later, again = next_run(_decode(schedule), now), now + _RETRY_AFTER
    if _is_passing(acted.error) and again < later:
        schedules.owe_next(connection, schedule, schedule.next_due, again)
    else:
        schedules.owe_next(connection, schedule, later, later)


def _is_passing(error: Exception | None) -> bool:
    if isinstance(error, StateError):
        return error.code in _PASSING_STATES
    return isinstance(error, DropallyError) and error.retryable


def _first_day(plan: SchedulePlan, now: datetime) -> date:
    """The day of the first run, counted as for a daily plan."""
    daily = msgspec.structs.replace(plan, frequency="daily")
    return shown_at(next_run(daily, now) - plan.delay, ZoneInfo(plan.zone)).date()


def _encode(plan: SchedulePlan) -> str:
    return msgspec.json.encode(plan).decode()


def _decode(schedule: ScheduleRow) -> SchedulePlan:
    return msgspec.json.decode(schedule.plan, type=SchedulePlan)
