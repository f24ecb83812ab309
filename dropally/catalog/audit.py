"""The security audit: rows that only ever follow one another, in `dropally.db`.

Each row holds the hash of the row before it. The database itself refuses to change a row, and to
delete one that is not older than what was given up on purpose; both only against accidents:
what proves that nobody tampered is the chain, which `dropally.auth.audit` computes.
"""

import sqlite3
from collections.abc import Iterator, Sequence

import msgspec
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

MIGRATIONS = Migrations("audit")

_CREATE = (
    """
    CREATE TABLE audit (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      at_us INTEGER NOT NULL,
      activity TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('succeeded', 'failed', 'denied')),
      service TEXT NOT NULL,
      task TEXT NOT NULL,           -- its name then; names change, this row does not
      actor_kind TEXT NOT NULL,
      actor_id TEXT NOT NULL,
      actor_name TEXT NOT NULL,
      target TEXT NOT NULL,         -- id of what it was done to
      description TEXT NOT NULL,
      details TEXT NOT NULL,        -- JSON: before and after, and the like
      address TEXT NOT NULL,
      user_agent TEXT NOT NULL,
      request_id TEXT NOT NULL,
      hash BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX audit_at ON audit (at_us)",
    """
    CREATE TABLE audit_start (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      seq INTEGER NOT NULL,         -- the last row that was given up
      hash BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER audit_row_is_final BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'rows of the audit are never changed'); END
    """,
    """
    CREATE TRIGGER audit_row_stays BEFORE DELETE ON audit
    WHEN OLD.seq > coalesce((SELECT seq FROM audit_start), 0)
    BEGIN SELECT RAISE(ABORT, 'rows of the audit are deleted from its start only'); END
    """,
)


@MIGRATIONS()
def create_audit(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


class AuditRow(msgspec.Struct, frozen=True):
    """One row as stored."""

    seq: int
    at_us: int
    activity: str
    status: str
    service: str
    task: str
    actor_kind: str
    actor_id: str
    actor_name: str
    target: str
    description: str
    details: str
    address: str
    user_agent: str
    request_id: str
    hash: bytes


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows are wanted; an empty value does not narrow. Times in microseconds; the end itself is left out."""

    start_us: int | None = None
    end_us: int | None = None
    activity: str = ""
    status: str = ""
    actor_id: str = ""
    text: str = ""


_COLUMNS = (
    "seq, at_us, activity, status, service, task, actor_kind, actor_id, actor_name, target,"
    " description, details, address, user_agent, request_id, hash"
)
_MATCHING = (
    f"SELECT {_COLUMNS} FROM audit WHERE"  # noqa: S608  constants only
    " (:start_us IS NULL OR at_us >= :start_us) AND (:end_us IS NULL OR at_us < :end_us)"
    " AND (:activity = '' OR activity = :activity) AND (:status = '' OR status = :status)"
    " AND (:actor = '' OR actor_id = :actor)"
    " AND (:text = '' OR instr(lower(description), lower(:text)) > 0)"
)
_NEWEST_FIRST = _MATCHING + " AND seq < :edge ORDER BY seq DESC LIMIT :limit"
_OLDEST_FIRST = _MATCHING + " AND seq > :edge ORDER BY seq LIMIT :limit"
_INSERT = f"INSERT INTO audit ({_COLUMNS}) VALUES ({', '.join('?' * 16)})"  # noqa: S608  constants only
_ALL = f"SELECT {_COLUMNS} FROM audit WHERE seq > ? ORDER BY seq"  # noqa: S608  constants only
_LARGEST_SEQ = (1 << 63) - 1


def insert_row(connection: sqlite3.Connection, row: AuditRow) -> None:
    """Append a row; its seq and hash are the caller's to compute, in this transaction."""
    connection.execute(_INSERT, msgspec.structs.astuple(row))


def head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """The last row's seq and hash; of the start if there is no row; (0, b"") if nothing ever was."""
    row = connection.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return (int(row[0]), bytes(row[1])) if row else start(connection)


def start(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """Where the kept rows begin: seq and hash of the last row given up; (0, b"") if none was."""
    row = connection.execute("SELECT seq, hash FROM audit_start").fetchone()
    return (int(row[0]), bytes(row[1])) if row else (0, b"")


def largest_seq(connection: sqlite3.Connection) -> int:
    """The largest seq ever given, even if its row is gone."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    return int(row[0]) if row else 0


def rows_after(connection: sqlite3.Connection, seq: int) -> Iterator[AuditRow]:
    """All rows after a seq, in order, streamed."""
    for row in connection.execute(_ALL, (seq,)):
        yield AuditRow(*row)


def span_after(
    connection: sqlite3.Connection, seq: int, activities: Sequence[str]
) -> tuple[int, int] | None:
    """When the first and the last of such rows after `seq` were written; None for none."""
    marks = ", ".join("?" * len(activities))
    row = connection.execute(
        f"SELECT min(at_us), max(at_us) FROM audit WHERE seq > ? AND activity IN ({marks})",  # noqa: S608  question marks
        (seq, *activities),
    ).fetchone()
    return None if row[0] is None else (int(row[0]), int(row[1]))


def select_rows(
    connection: sqlite3.Connection,
    wanted: AuditFilter,
    *,
    limit: int,
    before_seq: int | None = None,
    after_seq: int | None = None,
) -> list[AuditRow]:
    """A page: newest first below `before_seq`, or oldest first above `after_seq`."""
    edge = after_seq if after_seq is not None else before_seq
    values = {
        "start_us": wanted.start_us,
        "end_us": wanted.end_us,
        "activity": wanted.activity,
        "status": wanted.status,
        "actor": wanted.actor_id,
        "text": wanted.text,
        "edge": _LARGEST_SEQ if edge is None else edge,
        "limit": limit,
    }
    query = _NEWEST_FIRST if after_seq is None else _OLDEST_FIRST
    return [AuditRow(*row) for row in connection.execute(query, values)]


def give_up_before(connection: sqlite3.Connection, at_us: int) -> int:
    """Delete the oldest rows, up to the first that is not older than `at_us`; how many.

    What stays still begins with a known hash, so that the chain can be checked from there.
    """
    kept = connection.execute("SELECT min(seq) FROM audit WHERE at_us >= ?", (at_us,)).fetchone()[0]
    last = connection.execute(
        "SELECT seq, hash FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT 1",
        (_LARGEST_SEQ if kept is None else kept,),
    ).fetchone()
    if last is None:
        return 0
    connection.execute(
        "INSERT INTO audit_start (only, seq, hash) VALUES (1, ?, ?)"
        " ON CONFLICT (only) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
        (last[0], last[1]),
    )
    return connection.execute("DELETE FROM audit WHERE seq <= ?", (last[0],)).rowcount
