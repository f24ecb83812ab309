"""Which restore points of a team stay: the retentions of its tasks, holds, and what must never go."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from dropally.catalog import connections as team_rows
from dropally.catalog import holds, purge_marks, retained, tasks
from dropally.catalog.retained import KnownPoint
from dropally.protection.settings import Retention, decode_settings
from dropally.store.retention import Decision, Hold, Policy, RetainedPoint, decide, parse_period

_RETENTION = msgspec.json.Decoder(Retention)


@dataclass(frozen=True)
class Rules:
    """What applies to the restore points of one team in one storage.

    Tasks of one team in one storage share their points: a point stays while any of the policies
    keeps it. `purged`: namespaces whose backups an admin deleted, and until when they go.
    """

    policies: tuple[Policy, ...]
    holds: tuple[Hold, ...]
    purged: dict[str, datetime]


def policy_of(retention: Retention) -> Policy:
    """A task's retention as the store understands it."""
    return Policy(
        mode=retention.mode,
        period=parse_period(retention.period) if retention.mode == "period" else None,
        last=retention.keep_last,
        daily=retention.keep_daily,
        weekly=retention.keep_weekly,
        monthly=retention.keep_monthly,
        yearly=retention.keep_yearly,
    )


def rules_at(
    connection: sqlite3.Connection,
    storage_id: str,
    team_id: str,
    now: datetime,
    *,
    without: str = "",
) -> Rules:
    """The rules as they are now, those of the task `without` left out.

    Tasks in the trash count until their grace ends. Without any task nothing is forgotten but what
    was purged.
    """
    policies: list[Policy] = []
    for team in team_rows.all_connections(connection):
        if team.team_id != team_id:
            continue
        for task in tasks.tasks_of_connection(connection, team.id):
            if task.storage_id == storage_id and task.id != without:
                policies.append(policy_of(decode_settings(task.settings).retention))
                policies.extend(_earlier(connection, task.id, now))
    in_force = tuple(
        Hold(row.reason, row.start, row.end, row.until)
        for row in holds.holds_at(connection, storage_id, team_id)
        if row.until is None or row.until > now
    )
    purged = purge_marks.purged_until(connection, team_id, storage_id)
    # A hold on any of the team's points keeps deleted members' backups too.
    if not policies and not without:
        policies.append(Policy())
    return Rules(tuple(policies), in_force, {} if in_force else purged)


def _earlier(connection: sqlite3.Connection, task_id: str, now: datetime) -> Iterable[Policy]:
    """Retentions that were shortened not long ago: they count until that can no longer be undone."""
    for stored, _until in holds.earlier_retentions(connection, task_id, now):
        yield policy_of(_RETENTION.decode(stored))


def decide_points(
    catalog: sqlite3.Connection, team_id: str, rules: Rules, now: datetime
) -> list[Decision]:
    """Keep or forget, for every recorded point of a team, newest first.

    Beside what the rules keep, the newest point stays, and of each namespace the newest point that
    has it: whoever left the team long ago keeps a backup until it is deleted.
    """
    known = retained.known_points(catalog, team_id)
    pinned = _pinned(catalog, team_id, known, rules)
    plain = [RetainedPoint(point.id, point.time, point.failed == 0) for point in known]
    reasons: dict[str, list[str]] = {point.id: [] for point in known}
    why_not: dict[str, tuple[str, ...]] = {}
    for policy in rules.policies:
        for decision in decide(plain, policy, now, rules.holds, UTC):
            if decision.keep:
                known_reasons = reasons[decision.point.id]
                known_reasons += [one for one in decision.reasons if one not in known_reasons]
            else:
                why_not[decision.point.id] = decision.reasons
    for point in known:
        if point.number in pinned:
            reasons[point.id].append(pinned[point.number])
    ordered = sorted(plain, key=lambda point: (point.time, point.id), reverse=True)
    return [
        Decision(
            point, bool(reasons[point.id]), tuple(reasons[point.id]) or why_not.get(point.id, ())
        )
        for point in ordered
    ]


def _pinned(
    catalog: sqlite3.Connection, team_id: str, known: Sequence[KnownPoint], rules: Rules
) -> dict[int, str]:
    last = retained.last_points(catalog, team_id)
    times = {point.number: point.time for point in known}
    pinned = {
        number: f"last backup of {namespace}"
        for namespace, number in last.items()
        if namespace not in rules.purged or times[number] > rules.purged[namespace]
    }
    if known:
        pinned[known[-1].number] = "newest"
    return pinned
