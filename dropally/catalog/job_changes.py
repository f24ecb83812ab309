"""What happens to a job's row: it starts, is seen alive, is interrupted, ends, is told about."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from dropally.catalog.moments import to_micros


@dataclass(frozen=True)
class JobEnd:
    """How a job ended. `phases`, `summary` and `result` are JSON."""

    status: str
    summary: str = "{}"
    result: str = "{}"
    phases: str = "[]"
    error: str = ""
    hint: str = ""
    problems: int = 0
    api_calls: int = 0


def claim(connection: sqlite3.Connection, job_id: str, now: datetime) -> bool:
    """Start a pending job; False if it is not pending any more."""
    micros = to_micros(now)
    return (
        connection.execute(
            "UPDATE job SET status = 'in_progress', note = '', attempt = attempt + 1,"
            " started_us = coalesce(started_us, ?1), attempt_us = ?1, seen_us = ?1"
            " WHERE id = ?2 AND status = 'pending'",
            (micros, job_id),
        ).rowcount
        == 1
    )


def save_state(connection: sqlite3.Connection, job_id: str, state: bytes, now: datetime) -> None:
    """Note what the job needs to go on after a stop."""
    connection.execute(
        "UPDATE job SET state = ?, seen_us = ? WHERE id = ? AND status = 'in_progress'",
        (state, to_micros(now), job_id),
    )


def note_steps(connection: sqlite3.Connection, job_id: str, steps: int) -> None:
    """Note how much is done for good; if it is more than what was noted, the job gets on."""
    connection.execute(
        "UPDATE job SET steps = ?1,"
        " crashes = CASE WHEN ?1 > steps THEN min(crashes, 1) ELSE crashes END"
        " WHERE id = ?2 AND status = 'in_progress'",
        (steps, job_id),
    )


def mark_seen(
    connection: sqlite3.Connection, job_id: str, summary: str, problems: int, now: datetime
) -> None:
    """Note when the job was last seen alive, and its counts so far."""
    connection.execute(
        "UPDATE job SET seen_us = ?, summary = ?, problems = ?"
        " WHERE id = ? AND status = 'in_progress'",
        (to_micros(now), summary, problems, job_id),
    )


def finish(connection: sqlite3.Connection, job_id: str, end: JobEnd, now: datetime) -> bool:
    """End a job that waits or runs; False if it has ended already. Its state is dropped."""
    return (
        connection.execute(
            "UPDATE job SET status = ?, note = '', ended_us = ?, summary = ?, result = ?,"
            " phases = ?, error = ?, hint = ?, problems = ?, api_calls = ?"
            " WHERE id = ? AND status IN ('pending', 'in_progress')",
            (
                end.status,
                to_micros(now),
                end.summary,
                end.result,
                end.phases,
                end.error,
                end.hint,
                end.problems,
                end.api_calls,
                job_id,
            ),
        ).rowcount
        == 1
    )


def put_back(
    connection: sqlite3.Connection, job_id: str, note: str, *, crashes: int, api_calls: int
) -> None:
    """Let a running job wait again: it goes on at the next start."""
    connection.execute(
        "UPDATE job SET status = 'pending', note = ?, crashes = ?, api_calls = ?"
        " WHERE id = ? AND status = 'in_progress'",
        (note, crashes, api_calls, job_id),
    )


def request_cancel(connection: sqlite3.Connection, job_id: str, by: str, now: datetime) -> None:
    """Note that somebody wants the end of a job that waits or runs; the first who asks is named."""
    connection.execute(
        "UPDATE job SET cancel_us = ?, cancelled_by = ? WHERE id = ? AND cancel_us IS NULL",
        (to_micros(now), by, job_id),
    )


def end_unfinished(connection: sqlite3.Connection, *, error: str, hint: str, now: datetime) -> int:
    """Give up every job that waits or was running, nobody being told; how many."""
    return connection.execute(
        "UPDATE job SET status = 'failed', note = '', error = ?, hint = ?, ended_us = ?,"
        " is_announced = 1 WHERE status IN ('pending', 'in_progress')",
        (error, hint, to_micros(now)),
    ).rowcount


def cancel_requests(connection: sqlite3.Connection) -> list[str]:
    """Running jobs of which somebody wants the end."""
    rows = connection.execute(
        "SELECT id FROM job WHERE status = 'in_progress' AND cancel_us IS NOT NULL"
    )
    return [row[0] for row in rows]


def mark_announced(connection: sqlite3.Connection, job_ids: list[str]) -> None:
    """Whoever listens was told of their end."""
    connection.executemany(
        "UPDATE job SET is_announced = 1 WHERE id = ?", ((job_id,) for job_id in job_ids)
    )


def ran_for_us(connection: sqlite3.Connection, job_id: str) -> int:
    """How long the last attempt was seen alive, in microseconds."""
    row = connection.execute(
        "SELECT coalesce(seen_us - attempt_us, 0) FROM job WHERE id = ?", (job_id,)
    ).fetchone()
    return int(row[0]) if row else 0
