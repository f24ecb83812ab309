"""What a retention would forget now, and keep over the next year, before it is saved (F60)."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import msgspec

from dropally.auth.actors import Actor, Place
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import connections as team_rows
from dropally.catalog import retained
from dropally.catalog.holds import earlier_retentions
from dropally.catalog.retained import FileVersions, KnownPoint
from dropally.protection.context import ProtectionContext
from dropally.protection.due import task_plan
from dropally.protection.plans import next_runs
from dropally.protection.retention import Rules, decide_points, policy_of, rules_at
from dropally.protection.settings import Retention, TaskSettings, check_task_settings
from dropally.protection.task_views import living
from dropally.store.retention import Decision, ForecastStep, RetainedPoint, forecast

_YEAR_DAYS = 365
_MOST_RUNS = 9000
_MOST_SHOWN = 60
_MOST_DRAWN = 1000
_RETENTION = msgspec.json.Decoder(Retention)


class KeptPoint(msgspec.Struct, frozen=True):
    """A restore point and why it stays."""

    time: datetime
    reasons: tuple[str, ...]


class RetentionStep(msgspec.Struct, frozen=True):
    """How it will be at a moment to come, if backups run as planned."""

    at: datetime
    kept: int
    oldest: datetime | None
    forgotten: int


class EarlierRetention(msgspec.Struct, frozen=True):
    """What the task kept before it was set to keep less; it counts beside that until then."""

    retention: Retention
    until: datetime


class RetentionPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a retention means for the restore points there are, and for those to come.

    `forgotten` of `points` restore points would go, and with them `versions` versions of files that no
    other point has, of `version_bytes` (what the storage frees is less where other files or versions
    have the same pieces); a shorter retention than before counts from `effective` on, and can be
    taken back until then. `kept`
    lists the newest of those that stay, with reasons; `year_end` the times of those that there
    will be after a year, the newest thousand. Other tasks of the same team in the same storage,
    and holds, are reckoned in. `earlier`: retentions that still count, because the task was set to
    keep less not long ago.
    """

    points: int
    forgotten: int
    versions: int
    version_bytes: int
    oldest_kept: datetime | None
    oldest_forgotten: datetime | None
    newest_forgotten: datetime | None
    effective: datetime
    kept: list[KeptPoint]
    year: list[RetentionStep]
    year_end: list[datetime]
    earlier: list[EarlierRetention]


def preview_retention(
    ctx: ProtectionContext, actor: Actor, task_id: str, retention: Retention
) -> RetentionPreview:
    """Raises FieldsError for a retention that cannot be, ForbiddenError, NotFoundError."""
    require(ctx.auth, actor, Verb.TASK_READ, Place(task_id))
    check_task_settings(TaskSettings(retention=retention))
    now = ctx.now()
    with ctx.read() as connection:
        task = living(connection, task_id)
        team = team_rows.connection_by_id(connection, task.connection_id)
        team_id = team.team_id if team else ""
        plan, _ = task_plan(connection, task_id)
        others = rules_at(connection, task.storage_id, team_id, now, without=task_id)
        earlier = earlier_retentions(connection, task_id, now)
    policy = policy_of(retention)
    rules = Rules((policy, *others.policies), others.holds, others.purged)
    with ctx.storages.catalog(task.storage_id).read() as catalog:
        decisions = decide_points(catalog, team_id, rules, now)
        known = retained.known_points(catalog, team_id)
        going = _versions_that_go(catalog, team_id, decisions, known, rules)
    kept = [one for one in decisions if one.keep]
    gone = [one.point.time for one in decisions if not one.keep]
    end = now + timedelta(days=_YEAR_DAYS)
    runs = takewhile(lambda run: run <= end, next_runs(plan, now, _MOST_RUNS))
    steps = forecast(
        [RetainedPoint(point.id, point.time, point.failed == 0) for point in known],
        runs,
        policy,
        now,
        rules.holds,
        zone=UTC,
        days=_YEAR_DAYS,
    )
    return RetentionPreview(
        points=len(decisions),
        forgotten=len(gone),
        versions=going.versions,
        version_bytes=going.size_bytes,
        oldest_kept=kept[-1].point.time if kept else None,
        oldest_forgotten=gone[-1] if gone else None,
        newest_forgotten=gone[0] if gone else None,
        effective=now + ctx.policy().shrink_grace,
        kept=[KeptPoint(one.point.time, one.reasons) for one in kept[:_MOST_SHOWN]],
        year=_steps(steps),
        year_end=[one.point.time for one in steps[-1].kept[:_MOST_DRAWN]],
        earlier=[EarlierRetention(_RETENTION.decode(kept), until) for kept, until in earlier],
    )


def _versions_that_go(
    catalog: sqlite3.Connection,
    team_id: str,
    decisions: Sequence[Decision],
    known: Sequence[KnownPoint],
    rules: Rules,
) -> FileVersions:
    stay = {one.point.id for one in decisions if one.keep}
    numbers = sorted(point.number for point in known if point.id in stay)
    snapshots = retained.forgettable(catalog, team_id, numbers, rules.purged)
    return retained.versions_only_in(catalog, snapshots)


def _steps(steps: Sequence[ForecastStep]) -> list[RetentionStep]:
    return [
        RetentionStep(
            step.at,
            len(step.kept),
            step.kept[-1].point.time if step.kept else None,
            step.forgotten,
        )
        for step in steps
    ]
