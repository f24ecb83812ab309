"""What is told of jobs does not grow for ever: logs are dropped first, whole jobs much later."""

import sqlite3
from datetime import datetime

from dropally.catalog.moments import to_micros

_LOGGED = """
    SELECT number FROM job WHERE created_us < :before AND ended_us < :before
      AND (EXISTS (SELECT 1 FROM job_line WHERE job = number)
        OR EXISTS (SELECT 1 FROM job_problem WHERE job = number))
    ORDER BY created_us LIMIT :limit
"""
_OLD = """
    SELECT number FROM job WHERE created_us < :before AND ended_us < :before
    ORDER BY created_us LIMIT :limit
"""


def drop_logs(connection: sqlite3.Connection, before: datetime, limit: int) -> int:
    """Drop log lines and single items of jobs that ended before; the counts by cause stay.

    How many jobs it were; call again while it is `limit`.
    """
    numbers = _numbers(connection, _LOGGED, before, limit)
    connection.executemany("DELETE FROM job_line WHERE job = ?", numbers)
    connection.executemany("DELETE FROM job_problem WHERE job = ?", numbers)
    return len(numbers)


def drop_jobs(connection: sqlite3.Connection, before: datetime, limit: int) -> int:
    """Drop jobs that ended before, with all that is told of them; how many."""
    numbers = _numbers(connection, _OLD, before, limit)
    connection.executemany("DELETE FROM job WHERE number = ?", numbers)
    return len(numbers)


def _numbers(
    connection: sqlite3.Connection, query: str, before: datetime, limit: int
) -> list[tuple[int]]:
    values = {"before": to_micros(before), "limit": limit}
    return [(row[0],) for row in connection.execute(query, values)]
