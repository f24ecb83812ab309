"""Schemas go forwards only, whole, with a copy of the file from before."""

import sqlite3
from pathlib import Path

import pytest
import sqlite_utils
from dropally.catalog.database_file import DatabaseFile, Layout
from dropally.catalog.faults import NewerSchemaError
from sqlite_utils.migrations import Migrations


def migrations(steps: int, *, failing: bool = False) -> Migrations:
    """A set that creates a table in each of its steps."""
    created = Migrations("notes")

    def step(database: sqlite_utils.Database, number: int) -> None:
        database.executescript(
            f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, v TEXT NOT NULL) STRICT;"
            f"CREATE INDEX t{number}_v ON t{number} (v);"
        )
        if failing and number == steps:
            raise sqlite3.IntegrityError("the last step fails")

    for number in range(1, steps + 1):
        created(name=f"m{number:03d}")(lambda database, number=number: step(database, number))
    return created


def open_at(path: Path, steps: int, **options: bool) -> DatabaseFile:
    failing = options.pop("failing", False)
    return DatabaseFile(path, Layout((migrations(steps, failing=failing),), "hint", **options))


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        return {row[0] for row in rows if not row[0].startswith("_")}
    finally:
        connection.close()


def test_an_upgrade_may_skip_versions_and_keeps_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    with open_at(path, 1) as file, file.write() as database:
        database.table("t1").insert({"id": 1, "v": "kept"})
    with open_at(path, 3) as file, file.read() as connection:
        assert connection.execute("SELECT v FROM t1").fetchall() == [("kept",)]
    assert tables(path) == {"t1", "t2", "t3"}
    copy = tmp_path / "notes.before-m002.db"
    assert tables(copy) == {"t1"}
    assert copy.stat().st_mode & 0o077 == 0


def test_nothing_is_copied_when_there_is_nothing_to_do(tmp_path: Path) -> None:
    for _ in range(2):
        with open_at(tmp_path / "notes.db", 2):
            pass
    assert list(tmp_path.glob("*before*")) == []


def test_only_the_newest_copies_are_kept(tmp_path: Path) -> None:
    for steps in range(1, 7):
        with open_at(tmp_path / "notes.db", steps):
            pass
    assert sorted(path.name for path in tmp_path.glob("*before*")) == [
        f"notes.before-m00{number}.db" for number in (4, 5, 6)
    ]


def test_a_rebuildable_file_is_not_copied(tmp_path: Path) -> None:
    for steps in (1, 2):
        with open_at(tmp_path / "notes.db", steps, is_rebuildable=True):
            pass
    assert list(tmp_path.glob("*before*")) == []


def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    with open_at(path, 2):
        pass
    before = path.read_bytes()
    with pytest.raises(NewerSchemaError, match="m002") as caught:
        open_at(path, 1)
    assert "install that version" in caught.value.hint
    assert path.read_bytes() == before


def test_a_migration_that_fails_leaves_the_schema_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    with open_at(path, 1):
        pass
    with pytest.raises(sqlite3.IntegrityError):
        open_at(path, 2, failing=True)
    assert tables(path) == {"t1"}
    with open_at(path, 2):
        pass
    assert tables(path) == {"t1", "t2"}
