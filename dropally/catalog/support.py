"""What whoever helps from afar needs to know of a database: sizes, schema, the last jobs."""

import sqlite3
from collections.abc import Iterator

from dropally.catalog.jobs import JobRow, job_by_id


def row_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has."""
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " ORDER BY name"
    ).fetchall()
    counted = {}
    for (name,) in names:
        row = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608  the schema's own
        counted[str(name)] = int(row[0])
    return counted


def settings_of_file(connection: sqlite3.Connection) -> dict[str, object]:
    """What SQLite says about the file."""
    names = ("journal_mode", "page_size", "page_count", "freelist_count", "user_version")
    return {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names}


def latest_jobs(connection: sqlite3.Connection, limit: int) -> Iterator[JobRow]:
    """The jobs that were asked for last, the newest first."""
    rows = connection.execute("SELECT id FROM job ORDER BY number DESC LIMIT ?", (limit,))
    for (job_id,) in rows.fetchall():
        job = job_by_id(connection, job_id)
        if job is not None:
            yield job
