"""Backups that an admin deleted for good: not to be shown any more, and free to be pruned."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from dropally.catalog.moments import from_micros, to_micros


def mark_purged(
    connection: sqlite3.Connection,
    team_id: str,
    storage_id: str,
    namespaces: Sequence[str],
    until: datetime,
) -> None:
    """Backups of these up to then are not to be shown any more, and may be pruned."""
    micros = to_micros(until)
    connection.executemany(
        "INSERT INTO purge_mark (team_id, storage, namespace, until_us) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (team_id, storage, namespace)"
        " DO UPDATE SET until_us = max(until_us, excluded.until_us)",
        [(team_id, storage_id, namespace, micros) for namespace in namespaces],
    )


def backed_up_by_others(
    connection: sqlite3.Connection, namespaces: Sequence[str], task_id: str, storage_id: str
) -> frozenset[str]:
    """Those of these namespaces that another task has backups of, in the same storage."""
    rows = connection.execute(
        "SELECT DISTINCT namespace FROM entity JOIN task ON task.id = entity.task"
        " WHERE namespace IN (SELECT value FROM json_each(?)) AND entity.task <> ?"
        " AND storage = ? AND first_backup_us IS NOT NULL",
        (json.dumps(list(namespaces)), task_id, storage_id),
    )
    return frozenset(row[0] for row in rows)


def purged_until(
    connection: sqlite3.Connection, team_id: str, storage_id: str
) -> dict[str, datetime]:
    """Namespace -> until when its backups were deleted by an admin."""
    rows = connection.execute(
        "SELECT namespace, until_us FROM purge_mark WHERE team_id = ? AND storage = ?",
        (team_id, storage_id),
    )
    return {namespace: from_micros(until) for namespace, until in rows}
