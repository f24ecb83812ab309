"""Bringing a database file to the schema this version knows: forwards only, a copy first."""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import sqlite_utils
from sqlite_utils.migrations import Migrations

from dropally.catalog.faults import NewerSchemaError

_KEPT_COPIES = 3


def migrate(
    connection: sqlite3.Connection,
    path: Path,
    sets: Sequence[Migrations],
    *,
    copy_first: bool,
) -> None:
    """Apply what is missing of each set, in order; each migration whole or not at all.

    A set's tables may refer to tables of the sets before it. Raises NewerSchemaError.
    """
    database = wrap(connection)
    refuse_newer(database, path, sets)
    pending = [migration.name for one in sets for migration in one.pending(database)]
    if not pending:
        return
    if copy_first and database.table_names():
        copy_database(connection, path, f"before-{pending[0]}")
    for one in sets:
        one.apply(database)


def wrap(connection: sqlite3.Connection) -> sqlite_utils.Database:
    """The connection with sqlite-utils' comforts; new tables are STRICT, no plug-ins run."""
    return sqlite_utils.Database(connection, execute_plugins=False, strict=True)


def refuse_newer(database: sqlite_utils.Database, path: Path, sets: Sequence[Migrations]) -> None:
    """Raise NewerSchemaError if anything was applied that this version does not know."""
    if not database[Migrations.migrations_table].exists():
        return
    known = {(one.name, name) for one in sets for name in _names(one)}
    rows = database.execute(
        f"SELECT migration_set, name FROM {Migrations.migrations_table} ORDER BY id"  # noqa: S608  a constant
    )
    unknown = [f"{row[0]}/{row[1]}" for row in rows.fetchall() if (row[0], row[1]) not in known]
    if unknown:
        raise NewerSchemaError(
            f"{path} was used by a newer Dropally (it has {', '.join(unknown)})",
            hint="install that version again, or put back the copy of the file made before it",
        )


def applied_migrations(connection: sqlite3.Connection) -> list[str]:
    """What was applied so far, as `set/name`, in order."""
    table = Migrations.migrations_table
    rows = connection.execute(f"SELECT migration_set, name FROM {table} ORDER BY id")  # noqa: S608  a constant
    return [f"{row[0]}/{row[1]}" for row in rows]


def copy_database(connection: sqlite3.Connection, path: Path, label: str) -> Path:
    """Write a whole copy of the open database beside it; the newest few such copies are kept.

    The copy has its name only when it is complete and on the disk.
    """
    target = path.with_name(f"{path.stem}.{label}{path.suffix}")
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    copy = sqlite3.connect(unfinished)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    _make_durable(unfinished)
    unfinished.replace(target)
    _make_durable(path.parent)
    _drop_old_copies(path)
    return target


def _drop_old_copies(path: Path) -> None:
    copies = sorted(
        path.parent.glob(f"{path.stem}.before-*{path.suffix}"),
        key=lambda copy: copy.stat().st_mtime_ns,
    )
    for old in copies[:-_KEPT_COPIES]:
        old.unlink(missing_ok=True)


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _names(migrations: Migrations) -> list[str]:
    """Every migration of a set: on an empty database all of them are pending."""
    empty = sqlite3.connect(":memory:")
    try:
        return [migration.name for migration in migrations.pending(wrap(empty))]
    finally:
        empty.close()
