"""What a plan will do: its next runs, what they cost, and what became of the last ones."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from dropally.auth.actors import Actor, Place
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import schedules
from dropally.catalog.entity_lists import EntityFilter, count_entities
from dropally.common.errors import NotFoundError
from dropally.protection.context import ProtectionContext
from dropally.protection.due import task_plan
from dropally.protection.following.rota import FollowPace, Rota
from dropally.protection.plan_words import clock_change_note, estimate_calls, in_words
from dropally.protection.plans import SchedulePlan, check_plan, next_runs
from dropally.protection.runs import namespaces_of_task
from dropally.protection.task_views import existing

MOST_RUNS = 50


class PlannedRun(msgspec.Struct, frozen=True):
    """A run to come: in UTC, and as a clock in the plan's zone shows it (`2027-03-28 03:00`)."""

    time: datetime
    shown: str


class PlanPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan means.

    `clock_change`: what the next change of the clocks does to it; "" if nothing.
    `calls_per_day`: to Dropbox, while nothing changes there; null without a task to reckon with.
    """

    plan: SchedulePlan
    words: str
    runs: list[PlannedRun]
    runs_per_day: float
    calls_per_run: int | None
    calls_per_day: int | None
    clock_change: str


class PastRun(msgspec.Struct, frozen=True):
    """What became of a run that was due. `detail` says why it was not started."""

    due: datetime
    tried: datetime
    tries: int
    outcome: str
    detail: str
    job_id: str


class TaskSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """A task's plan, its next runs, and its last ones, the newest first."""

    task_id: str
    preview: PlanPreview
    is_paused: bool
    paused_until: datetime | None
    past: list[PastRun]


def preview_plan(
    ctx: ProtectionContext, actor: Actor, plan: SchedulePlan, *, task_id: str = "", count: int = 5
) -> PlanPreview:
    """What a plan would do, before it is saved; for a task, with its cost and its own jitter.

    Raises FieldsError for a plan that cannot be, ForbiddenError, NotFoundError.
    """
    if task_id:
        require(ctx.auth, actor, Verb.TASK_READ, Place(task_id))
        with ctx.read() as connection:
            kept, _ = task_plan(connection, task_id)
        plan = msgspec.structs.replace(plan, spread_key=task_id, anchor=plan.anchor or kept.anchor)
    else:
        require(ctx.auth, actor, Verb.STATUS_READ)
    check_plan(plan)
    return _preview(ctx, plan, task_id, count)


def task_schedule(
    ctx: ProtectionContext, actor: Actor, task_id: str, *, count: int = 5, past: int = 30
) -> TaskSchedule:
    """When a task will run, and how its plan fared. Raises ForbiddenError, NotFoundError."""
    require(ctx.auth, actor, Verb.TASK_READ, Place(task_id))
    with ctx.read() as connection:
        task = existing(connection, task_id)
        if task.deleted is not None:
            raise NotFoundError(f"the task {task.name} is in the trash")
        plan, _ = task_plan(connection, task_id)
        runs = schedules.scheduled_runs(connection, task_id, past)
    return TaskSchedule(
        task_id=task_id,
        preview=_preview(ctx, plan, task_id, count),
        is_paused=task.paused is not None,
        paused_until=task.paused_until,
        past=[
            PastRun(run.due, run.acted, run.tries, run.outcome, run.detail, run.job_id)
            for run in runs
        ],
    )


def _preview(ctx: ProtectionContext, plan: SchedulePlan, task_id: str, count: int) -> PlanPreview:
    now, zone = ctx.now(), ZoneInfo(plan.zone)
    members = 0
    namespaces: frozenset[str] = frozenset()
    if task_id:
        namespaces = namespaces_of_task(ctx, task_id)
        with ctx.read() as connection:
            members = count_entities(connection, EntityFilter(task_id, kinds=("member",)))
    follow = round(24 * _follow_calls_per_hour(len(namespaces)))
    calls = estimate_calls(
        plan, now, members=members, namespaces=len(namespaces), follow_calls_per_day=follow
    )
    return PlanPreview(
        plan=plan,
        words=in_words(plan),
        runs=[
            PlannedRun(run, f"{run.astimezone(zone):%Y-%m-%d %H:%M}")
            for run in next_runs(plan, now, min(count, MOST_RUNS))
        ],
        runs_per_day=round(calls.runs_per_day, 3),
        calls_per_run=calls.calls_per_run if task_id else None,
        calls_per_day=calls.calls_per_day if task_id else None,
        clock_change=clock_change_note(plan, now),
    )


def _follow_calls_per_hour(namespaces: int) -> float:
    rota = Rota(FollowPace())
    rota.watch_only(map(str, range(namespaces)), 0.0, asked=0.0)
    return rota.calls_per_hour()
