"""The database file under threads, killed processes, full and read-only disks, and damage."""

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlite_utils
from dropally.catalog.database_file import DatabaseFile, Layout
from dropally.catalog.faults import (
    DatabaseBusyError,
    DatabaseDamagedError,
    DatabaseFullError,
    DatabaseReadOnlyError,
)
from sqlite_utils.migrations import Migrations

notes = Migrations("notes")
HINT = "put the copy back"


@notes()
def m001_create(database: sqlite_utils.Database) -> None:
    database.table("note").create({"id": int, "text": str}, pk="id", not_null={"text"})
    database.table("reply").create({"id": int, "note": int}, pk="id", foreign_keys=["note"])


LAYOUT = Layout((notes,), HINT)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    with DatabaseFile(tmp_path / "a" / "notes.db", LAYOUT) as opened:
        yield opened


def count(file: DatabaseFile) -> int:
    with file.read() as connection:
        return int(connection.execute("SELECT count(*) FROM note").fetchone()[0])


def test_what_is_written_is_read(file: DatabaseFile) -> None:
    with file.write() as database:
        database.table("note").insert({"id": 1, "text": "one"})
    with file.read() as connection:
        assert connection.execute("SELECT text FROM note").fetchall() == [("one",)]


def test_the_file_is_for_its_owner_only(file: DatabaseFile) -> None:
    for path in file.path.parent.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name


def test_tables_are_strict_and_keys_are_checked(file: DatabaseFile) -> None:
    with file.read() as connection:
        rows = connection.execute("SELECT name, strict FROM pragma_table_list").fetchall()
    assert {name: strict for name, strict in rows if name in {"note", "reply"}} == {
        "note": 1,
        "reply": 1,
    }
    with pytest.raises(sqlite3.IntegrityError), file.write() as database:
        database.table("reply").insert({"id": 1, "note": 77})


def test_a_block_that_raises_leaves_nothing(file: DatabaseFile) -> None:
    def fail(file: DatabaseFile) -> None:
        with file.write() as database:
            database.table("note").insert({"id": 1, "text": "one"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail(file)
    assert count(file) == 0
    with file.write() as database:
        database.table("note").insert({"id": 1, "text": "one"})
    assert count(file) == 1


def test_errors_of_the_callers_own_pass_through(file: DatabaseFile) -> None:
    with pytest.raises(FileNotFoundError), file.write():
        Path("/nowhere/at/all").read_text()
    with pytest.raises(sqlite3.OperationalError, match="syntax"), file.read() as connection:
        connection.execute("SELEKT")


def test_a_reading_sees_one_moment(file: DatabaseFile) -> None:
    with file.read() as connection:
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (0,)
        with file.write() as database:
            database.table("note").insert({"id": 1, "text": "one"})
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (0,)
    assert count(file) == 1


def test_a_reader_cannot_write(file: DatabaseFile) -> None:
    with pytest.raises(DatabaseReadOnlyError), file.read() as connection:
        connection.execute("INSERT INTO note VALUES (1, 'one')")


def test_a_transaction_within_a_transaction_is_refused_at_once(file: DatabaseFile) -> None:
    with file.write(), pytest.raises(RuntimeError, match="within"), file.write():
        pass


def test_many_threads_write_and_read(file: DatabaseFile) -> None:
    def work(number: int) -> None:
        for step in range(10):
            with file.write() as database:
                database.table("note").insert({"id": number * 100 + step, "text": "x"})
            count(file)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert count(file) == 80


def test_a_second_process_waits_its_turn(file: DatabaseFile) -> None:
    other = sqlite3.connect(file.path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.2, lambda: other.execute("ROLLBACK"))
    timer.start()
    with file.write() as database:
        database.table("note").insert({"id": 1, "text": "one"})
    timer.join()
    other.close()


def test_a_file_that_stays_locked_is_named_busy(
    file: DatabaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file._writer.execute("PRAGMA busy_timeout=20")
    other = sqlite3.connect(file.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusyError) as caught, file.write():
        pass
    assert caught.value.retryable
    other.close()


def test_a_full_disk_undoes_the_transaction_and_says_so(file: DatabaseFile) -> None:
    pages = file._writer.execute("PRAGMA page_count").fetchone()[0]
    file._writer.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(DatabaseFullError, match="no room") as caught, file.write() as database:
        database.table("note").insert_all({"id": n, "text": "x" * 900} for n in range(200))
    assert caught.value.hint
    assert count(file) == 0
    file._writer.execute("PRAGMA max_page_count=1000000")
    with file.write() as database:
        database.table("note").insert({"id": 1, "text": "one"})
    assert count(file) == 1


@pytest.mark.parametrize("part", ["file", "folder"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, part: str) -> None:
    path = tmp_path / "notes.db"
    if part == "folder":
        # A folder where the file should be: refused whoever asks, even root.
        path.mkdir()
    else:
        path = Path("/proc/notes.db")
    with pytest.raises(DatabaseReadOnlyError) as caught:
        DatabaseFile(path, LAYOUT)
    assert str(path) in caught.value.message


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(b"this is a letter, not a database" * 200)
    with pytest.raises(DatabaseDamagedError) as caught:
        DatabaseFile(path, LAYOUT)
    assert caught.value.hint == HINT


def fill(path: Path) -> None:
    with DatabaseFile(path, LAYOUT) as file, file.write() as database:
        database.table("note").insert_all({"id": n, "text": "x" * 500} for n in range(400))


def stop_uncleanly(path: Path) -> None:
    """Open the database in a process and kill that."""
    code = (
        "import time; from pathlib import Path\n"
        "from tests.catalog.test_database_file import DatabaseFile, LAYOUT\n"
        f"with DatabaseFile(Path({str(path)!r}), LAYOUT).write() as database:\n"
        "    database.table('note').insert({'text': 'half'})\n"
        "    print('open', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def damage(path: Path) -> None:
    """Overwrite one page in the middle of the file."""
    with path.open("r+b") as raw:
        raw.seek(path.stat().st_size // 2 & ~4095)
        raw.write(b"\xa5" * 4096)


def test_a_killed_process_leaves_the_last_transaction_and_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    fill(path)
    stop_uncleanly(path)
    with DatabaseFile(path, LAYOUT) as file:
        assert file._mark.was_unclean
        assert count(file) == 400
    with DatabaseFile(path, LAYOUT) as file:
        assert not file._mark.was_unclean


def test_damage_is_found_on_opening_after_an_unclean_stop(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    fill(path)
    stop_uncleanly(path)
    damage(path)
    for _ in range(2):  # refused each time, not only the first
        with pytest.raises(DatabaseDamagedError, match="damaged"):
            DatabaseFile(path, LAYOUT)


def test_damage_is_found_when_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    fill(path)
    damage(path)
    with DatabaseFile(path, LAYOUT) as file, pytest.raises(DatabaseDamagedError):
        file.check()


def test_who_opens_second_neither_checks_nor_ends_the_mark(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    with DatabaseFile(path, LAYOUT) as first:
        with DatabaseFile(path, LAYOUT) as second:
            assert not second._mark.is_first
        assert first._mark.is_first
        assert path.with_name("notes.db.lock").read_bytes() == b"open\n"
    assert path.with_name("notes.db.lock").read_bytes() == b""
