"""What becomes of jobs that were running when the process ended."""

import sqlite3
from collections.abc import Callable
from datetime import datetime

from dropally.catalog import job_changes, jobs
from dropally.catalog.job_changes import JobEnd
from dropally.catalog.jobs import JobRow
from dropally.jobs.runner.closing import close_job

CRASHES_IN_A_ROW = 5
_HEALTHY_AFTER_US = 15 * 60 * 1_000_000
_FIRST_TRIAL_S = 60.0


def trial_s(crashes: int) -> float:
    """How long a suspect has to run alone: the longer, the more often the process ended with it."""
    return min(_HEALTHY_AFTER_US / 1e6, _FIRST_TRIAL_S * 2.0 ** (crashes - 1))


def take_back(
    connection: sqlite3.Connection, is_resumable: Callable[[str], bool], now: datetime
) -> None:
    """Let them wait again; those that cannot go on, or end the process again and again, fail.

    An attempt that ran well for a quarter of an hour is taken to have been ended from outside (a
    power cut), and begins the counting anew. Where several ran at once, nobody knows which was to
    blame: none of them fails, and the queue tries them one by one.
    """
    rows = jobs.in_progress(connection)
    for row in rows:
        was_healthy = job_changes.ran_for_us(connection, row.id) >= _HEALTHY_AFTER_US
        crashes = 1 if was_healthy else row.crashes + 1
        if len(rows) > 1:
            crashes = min(crashes, CRASHES_IN_A_ROW - 1)
        end = _end(row, crashes, is_resumable)
        if end is None:
            job_changes.put_back(
                connection, row.id, "crashed", crashes=crashes, api_calls=row.api_calls
            )
        else:
            close_job(connection, row, end, now)


def _end(row: JobRow, crashes: int, is_resumable: Callable[[str], bool]) -> JobEnd | None:
    if row.cancel_requested is not None:
        return _as_it_was(row, "canceled")
    if not is_resumable(row.kind):
        return _as_it_was(row, "failed", "the appliance ended while it ran", "start it again")
    if crashes >= CRASHES_IN_A_ROW:
        return _as_it_was(
            row,
            "failed",
            f"the appliance ended {crashes} times in a row while it ran",
            "look into the system's journal for the reason (often: not enough memory), then retry it",
        )
    return None


def _as_it_was(row: JobRow, status: str, error: str = "", hint: str = "") -> JobEnd:
    return JobEnd(
        status, row.summary, row.result, row.phases, error, hint, row.problems, row.api_calls
    )
