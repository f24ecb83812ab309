"""Which entities a run is about, and what it leaves in their rows."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from dropally.catalog.moments import to_micros

_IS_RUN = (
    "deleted_us IS NULL AND archived_us IS NULL AND elsewhere = ''"
    " AND (coverage = 2 OR (is_activated AND paused_us IS NULL))"
)
_OF_MEMBERS = "kind IN ('shared folder', 'app folder')"


class RunTarget(NamedTuple):
    """An entity that a run backs up, with its own namespace."""

    id: str
    kind: str
    identity: str
    namespace: str
    name: str


_SELECT = "SELECT id, kind, identity, namespace, name FROM entity"


def run_targets(connection: sqlite3.Connection, task_id: str) -> list[RunTarget]:
    """Everything that a whole run of a task backs up: activated, not paused, still in the team."""
    rows = connection.execute(f"{_SELECT} WHERE task = ? AND {_IS_RUN}", (task_id,))
    return [RunTarget(*row) for row in rows]


def run_targets_of(
    connection: sqlite3.Connection, task_id: str, entity_ids: Sequence[str]
) -> list[RunTarget]:
    """The same for some entities only; a member brings along the folders mounted in the home."""
    rows = connection.execute(
        f"{_SELECT} WHERE task = :task AND {_IS_RUN} AND (id IN (SELECT value FROM json_each(:ids))"  # noqa: S608  constants
        f" OR ({_OF_MEMBERS} AND namespace IN ("
        "  SELECT team_mount.namespace FROM entity AS member"
        "  JOIN task ON task.id = member.task"
        "  JOIN team_mount ON team_mount.connection = task.connection"
        "   AND team_mount.member = member.identity"
        "  WHERE member.id IN (SELECT value FROM json_each(:ids)))))",
        {"task": task_id, "ids": json.dumps(list(entity_ids))},
    )
    return [RunTarget(*row) for row in rows]


def run_targets_in(
    connection: sqlite3.Connection, task_id: str, namespaces: Sequence[str]
) -> list[RunTarget]:
    """The same for some namespaces only."""
    rows = connection.execute(
        f"{_SELECT} WHERE task = ? AND {_IS_RUN}"  # noqa: S608  constants
        " AND namespace IN (SELECT value FROM json_each(?))",
        (task_id, json.dumps(list(namespaces))),
    )
    return [RunTarget(*row) for row in rows]


def troubled(connection: sqlite3.Connection, task_id: str) -> frozenset[str]:
    """The entities whose last run left something out."""
    rows = connection.execute(
        "SELECT id FROM entity WHERE task = ? AND (last_error <> '' OR problems > 0)", (task_id,)
    )
    return frozenset(row[0] for row in rows)


def put_to_work(connection: sqlite3.Connection, job_id: str, entity_ids: Iterable[str]) -> None:
    """A run has begun with these."""
    connection.executemany(
        "UPDATE entity SET job = ? WHERE id = ?", ((job_id, one) for one in entity_ids)
    )


def release(connection: sqlite3.Connection, job_id: str) -> int:
    """A run has ended, whichever way; how many entities it had."""
    return connection.execute("UPDATE entity SET job = '' WHERE job = ?", (job_id,)).rowcount


def jobs_at_work(connection: sqlite3.Connection, task_id: str = "") -> list[str]:
    """The jobs that entities say are at work on them; of one task, or of all."""
    rows = connection.execute(
        "SELECT DISTINCT job FROM entity WHERE job <> '' AND (? = '' OR task = ?)",
        (task_id, task_id),
    )
    return [row[0] for row in rows]


class RunResult(NamedTuple):
    """How an entity fared. The counts are those of its own namespace.

    `is_backed_up`: the restore point has a state of the own namespace from this run.
    """

    id: str
    is_backed_up: bool
    files: int
    folders: int
    bytes: int
    problems: int
    error: str
    hint: str


def record_results(
    connection: sqlite3.Connection,
    results: Iterable[RunResult],
    *,
    point: str,
    now: datetime,
) -> None:
    """Write what a run did into the rows."""
    micros = to_micros(now)
    done: list[tuple[Any, ...]] = []
    failed: list[tuple[Any, ...]] = []
    for result in results:
        if result.is_backed_up:
            counts = result.files, result.folders, result.bytes
            trouble = result.problems, result.error, result.hint
            done.append((micros, micros, micros, point, *counts, *trouble, result.id))
        else:
            failed.append((micros, result.problems, result.error, result.hint, result.id))
    connection.executemany(
        "UPDATE entity SET first_backup_us = coalesce(first_backup_us, ?), last_backup_us = ?,"
        " last_try_us = ?, last_point = ?, own_files = ?, own_folders = ?, own_bytes = ?,"
        " problems = ?, last_error = ?, last_hint = ? WHERE id = ?",
        done,
    )
    connection.executemany(
        "UPDATE entity SET last_try_us = ?, problems = ?, last_error = ?, last_hint = ?"
        " WHERE id = ?",
        failed,
    )


class FormerBackups(NamedTuple):
    """Backups of a namespace from before there was a task, as the storage's catalog has them."""

    namespace: str
    first: datetime
    last: datetime
    files: int
    folders: int
    bytes: int


def adopt_backups(
    connection: sqlite3.Connection, task_id: str, former: Iterable[FormerBackups]
) -> int:
    """Note former backups at entities that have none yet; at how many."""
    return connection.executemany(
        "UPDATE entity SET first_backup_us = ?, last_backup_us = ?, own_files = ?,"
        " own_folders = ?, own_bytes = ? WHERE task = ? AND namespace = ?"
        " AND first_backup_us IS NULL",
        [
            (to_micros(one.first), to_micros(one.last), *one[3:], task_id, one.namespace)
            for one in former
        ],
    ).rowcount


_TOTALS = f"""
SELECT id, all_files, all_folders, all_bytes FROM (
  SELECT entity.id, entity.files, entity.folders, entity.bytes,
    entity.own_files + coalesce(sum(folder.own_files), 0) AS all_files,
    entity.own_folders + coalesce(sum(folder.own_folders), 0) AS all_folders,
    entity.own_bytes + coalesce(sum(folder.own_bytes), 0) AS all_bytes
  FROM entity INDEXED BY entity_by_name
  LEFT JOIN team_mount INDEXED BY team_mount_of ON entity.kind = 'member'
    AND team_mount.connection = :connection AND team_mount.member = entity.identity
  LEFT JOIN entity AS folder ON folder.task = entity.task
    AND folder.identity = team_mount.namespace AND folder.{_OF_MEMBERS}
  WHERE entity.task = :task GROUP BY entity.id
)
WHERE all_files <> files OR all_folders <> folders OR all_bytes <> bytes
"""  # noqa: S608  constants


def refresh_totals(connection: sqlite3.Connection, connection_id: str, task_id: str) -> None:
    """A member's size is that of the home and of the folders mounted in it."""
    rows = connection.execute(_TOTALS, {"connection": connection_id, "task": task_id}).fetchall()
    connection.executemany(
        "UPDATE entity SET files = ?, folders = ?, bytes = ? WHERE id = ?",
        [(*row[1:], row[0]) for row in rows],
    )
