"""What a job tells beside its row: log lines, and the items that went wrong, grouped by cause."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, to_micros

MIGRATIONS = Migrations("job_details")
KEPT_LINES = 10_000
KEPT_ITEMS = 1_000

_CREATE = (
    """
    CREATE TABLE job_line (
      job INTEGER NOT NULL REFERENCES job (number) ON DELETE CASCADE,
      line INTEGER NOT NULL,
      at_us INTEGER NOT NULL,
      level TEXT NOT NULL CHECK (level IN ('note', 'warning')),
      message TEXT NOT NULL,
      PRIMARY KEY (job, line)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE job_cause (
      job INTEGER NOT NULL REFERENCES job (number) ON DELETE CASCADE,
      cause TEXT NOT NULL,
      hint TEXT NOT NULL,
      items INTEGER NOT NULL,        -- all of them, kept or not
      PRIMARY KEY (job, cause)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE job_problem (
      job INTEGER NOT NULL REFERENCES job (number) ON DELETE CASCADE,
      place INTEGER NOT NULL,        -- the order in which they were met
      cause TEXT NOT NULL,
      item TEXT NOT NULL,
      message TEXT NOT NULL,
      PRIMARY KEY (job, place)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX job_problem_by_cause ON job_problem (job, cause, place)",
)


@MIGRATIONS()
def create_job_details(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


class LineRow(msgspec.Struct, frozen=True):
    """One line of a job's log."""

    line: int
    time: datetime
    level: str
    message: str


class CauseRow(msgspec.Struct, frozen=True):
    """Why items went wrong, and how many."""

    cause: str
    hint: str
    items: int


class ProblemRow(msgspec.Struct, frozen=True):
    """One item that went wrong."""

    place: int
    cause: str
    item: str
    message: str


def append_lines(connection: sqlite3.Connection, job: int, lines: Sequence[LineRow]) -> None:
    """Add lines; the oldest beyond `KEPT_LINES` are dropped."""
    connection.executemany(
        "INSERT OR IGNORE INTO job_line (job, line, at_us, level, message) VALUES (?, ?, ?, ?, ?)",
        ((job, row.line, to_micros(row.time), row.level, row.message) for row in lines),
    )
    if lines and lines[-1].line > KEPT_LINES:
        connection.execute(
            "DELETE FROM job_line WHERE job = ? AND line <= ?", (job, lines[-1].line - KEPT_LINES)
        )


def last_line(connection: sqlite3.Connection, job: int) -> int:
    """The number of the newest line; 0 if there is none."""
    row = connection.execute("SELECT max(line) FROM job_line WHERE job = ?", (job,)).fetchone()
    return int(row[0] or 0)


def lines_after(
    connection: sqlite3.Connection, job: int, line: int, limit: int, level: str = ""
) -> list[LineRow]:
    """Lines after this one, in order. `level` narrows to it."""
    rows = connection.execute(
        "SELECT line, at_us, level, message FROM job_line WHERE job = ? AND line > ?"
        " AND (?3 = '' OR level = ?3) ORDER BY line LIMIT ?4",
        (job, line, level, limit),
    )
    return [LineRow(row[0], from_micros(row[1]), row[2], row[3]) for row in rows]


def save_causes(connection: sqlite3.Connection, job: int, causes: Iterable[CauseRow]) -> None:
    """Note how many items went wrong for each cause; replaces the counts known so far."""
    connection.executemany(
        "INSERT INTO job_cause (job, cause, hint, items) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (job, cause) DO UPDATE SET hint = excluded.hint, items = excluded.items",
        ((job, row.cause, row.hint, row.items) for row in causes),
    )


def append_problems(connection: sqlite3.Connection, job: int, rows: Iterable[ProblemRow]) -> None:
    """Add items that went wrong."""
    connection.executemany(
        "INSERT OR IGNORE INTO job_problem (job, place, cause, item, message)"
        " VALUES (?, ?, ?, ?, ?)",
        ((job, row.place, row.cause, row.item, row.message) for row in rows),
    )


def clear_problems(connection: sqlite3.Connection, job: int) -> None:
    """Forget what went wrong: the job begins anew."""
    connection.execute("DELETE FROM job_problem WHERE job = ?", (job,))
    connection.execute("DELETE FROM job_cause WHERE job = ?", (job,))


def causes_of(connection: sqlite3.Connection, job: int) -> list[CauseRow]:
    """Why items went wrong, the most frequent cause first."""
    rows = connection.execute(
        "SELECT cause, hint, items FROM job_cause WHERE job = ? ORDER BY items DESC, cause", (job,)
    )
    return [CauseRow(*row) for row in rows]


def partly_kept(connection: sqlite3.Connection, job: int) -> list[str]:
    """Causes of which more items went wrong than are kept by name, in the order of their words."""
    rows = connection.execute(
        "SELECT cause FROM job_cause AS why WHERE job = ? AND items > (SELECT count(*)"
        " FROM job_problem AS one WHERE one.job = why.job AND one.cause = why.cause) ORDER BY cause",
        (job,),
    )
    return [str(row[0]) for row in rows]


def problems_after(
    connection: sqlite3.Connection, job: int, place: int, limit: int, cause: str = ""
) -> list[ProblemRow]:
    """Items that went wrong after this place, in order. `cause` narrows to it."""
    if cause:
        rows = connection.execute(
            "SELECT place, cause, item, message FROM job_problem"
            " WHERE job = ? AND cause = ? AND place > ? ORDER BY place LIMIT ?",
            (job, cause, place, limit),
        )
    else:
        rows = connection.execute(
            "SELECT place, cause, item, message FROM job_problem"
            " WHERE job = ? AND place > ? ORDER BY place LIMIT ?",
            (job, place, limit),
        )
    return [ProblemRow(*row) for row in rows]
