"""Forgetting what is over. Run it once a day."""

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

from dropally.catalog import activity
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.job_forgetting import drop_jobs, drop_logs

LOGS_KEPT = timedelta(days=90)
JOBS_KEPT = timedelta(days=730)
_JOBS_AT_ONCE = 200


def tidy(database: DatabaseFile, now: datetime) -> None:
    """Drop logs after 90 days, jobs and activity after two years. Raises DatabaseFaultError.

    In many short transactions: whoever wants to write meanwhile hardly waits.
    """
    _in_batches(database, drop_logs, now - LOGS_KEPT)
    _in_batches(database, drop_jobs, now - JOBS_KEPT)
    with database.write() as tables:
        activity.give_up_before(tables.conn, now - JOBS_KEPT)


def _in_batches(
    database: DatabaseFile,
    drop: Callable[[sqlite3.Connection, datetime, int], int],
    before: datetime,
) -> None:
    while True:
        with database.write() as tables:
            if drop(tables.conn, before, _JOBS_AT_ONCE) < _JOBS_AT_ONCE:
                return
