"""Recording is resumable, refuses what does not fit, and keeps little in memory."""

import functools
import signal
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.catalog import recording
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.differences import differences
from dropally.catalog.faults import OutOfStepError
from dropally.catalog.history import FILE_NAME, open_history
from dropally.catalog.items import ItemChange, ItemState
from dropally.catalog.listing import get_item
from dropally.catalog.places import find_snapshot
from dropally.catalog.recording import (
    RecordedChanges,
    SnapshotFacts,
    is_recorded,
    newest_recorded,
    record_snapshot,
)
from dropally.catalog.versions import file_versions
from dropally.common.errors import NotFoundError, UsageError
from tests.catalog.history_model import (
    State,
    changes_between,
    differing,
    facts,
    kept_totals,
    listed,
    model_difference,
    record_states,
    snapshot_id,
    totals,
)

Rows = dict[str, list[tuple[object, ...]]]

BATCH_ROWS = 500
"""How many rows a transaction takes here: the places between and within are the same."""
FOLDER = ItemState("folder", "Folder")
FILE = ItemState("file", "File", 10, 1_700_000_000, "dbid:1", 5)


@pytest.fixture(autouse=True, scope="module")
def small_batches() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "_BATCH_ROWS", BATCH_ROWS)
        yield


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    with open_history(tmp_path) as opened:
        yield opened


@functools.cache
def large_state(version: int, count: int = 3000) -> State:
    """Many files in some folders; each version changes, adds and removes some."""
    state: dict[str, ItemState] = {}
    for number in range(count):
        if (number + version) % 11 == 0:
            continue
        folder = f"/f{number % 30:02d}"
        state[folder] = FOLDER
        content = number + version if number % 2 == 0 else number
        state[f"{folder}/file {number:06d}"] = FILE._replace(size_bytes=content, content=content)
    return state


@pytest.fixture(scope="module")
def whole_rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What the tables say after two large states without an interruption."""
    folder = tmp_path_factory.mktemp("whole")
    with open_history(folder) as whole:
        record_states(whole, [large_state(0), large_state(1)])
    return rows_of(folder)


def rows_of(path: Path) -> Rows:
    """Everything the tables say, without the numbers that rows happened to get."""
    connection = sqlite3.connect(path / FILE_NAME)
    try:
        named = {
            "item": "SELECT p.key, i.key, i.first, i.kind, i.size, i.content FROM item i"
            " LEFT JOIN item p ON p.id = i.parent",
            "past": "SELECT p.key, i.key, i.first, i.until, i.kind, i.size, i.content FROM past i"
            " LEFT JOIN item p ON p.id = i.parent",
            "total": "SELECT i.key, t.first, t.files, t.folders, t.size FROM total t"
            " JOIN item i ON i.id = t.item",
        }
        return {
            table: sorted(connection.execute(query).fetchall(), key=repr)
            for table, query in named.items()
        }
    finally:
        connection.close()


def test_counts_of_a_snapshot(file: DatabaseFile) -> None:
    first: State = {"/a": FOLDER, "/a/b": FILE, "/c": FILE}
    second: State = {"/a": FOLDER, "/a/b": FILE._replace(content=6), "/d": FILE, "/e": FILE}
    assert record_snapshot(file, facts(0), changes_between({}, first)) == RecordedChanges(3, 0, 0)
    changes = changes_between(first, second)
    assert record_snapshot(file, facts(1), changes) == RecordedChanges(2, 1, 1)
    assert newest_recorded(file, "ns1") == snapshot_id(1)
    assert newest_recorded(file, "ns2") is None


def test_recording_twice_changes_nothing(file: DatabaseFile) -> None:
    state: State = {"/a": FILE}
    record_states(file, [state])
    assert record_snapshot(file, facts(0), changes_between({}, state)) is None
    assert [row.key for row in listed(file, 0, "")] == ["a"]


def failing(rows: Iterator[ItemChange], after: int) -> Iterator[ItemChange]:
    for number, row in enumerate(rows):
        if number == after:
            raise ConnectionError("the repository went away")
        yield row


@pytest.mark.parametrize("stop", [0, 500, 777, 1400])
def test_an_interrupted_recording_is_invisible_and_goes_on(
    tmp_path: Path, whole_rows: Rows, stop: int
) -> None:
    states = [large_state(0), large_state(1)]
    with open_history(tmp_path / "torn") as torn:
        for number, (before, after) in enumerate([({}, states[0]), (states[0], states[1])]):
            with pytest.raises(ConnectionError):
                record_snapshot(torn, facts(number), failing(changes_between(before, after), stop))
            assert not is_recorded(torn, snapshot_id(number))
            with torn.read() as connection, pytest.raises(NotFoundError):
                find_snapshot(connection, snapshot_id(number))
            if number:
                assert kept_totals(torn, 0, "/f03") == totals(states[0], "/f03")
                assert len(listed(torn, 0, "/f03")) == totals(states[0], "/f03").files
            record_snapshot(torn, facts(number), changes_between(before, after))
    assert rows_of(tmp_path / "torn") == whole_rows


def test_versions_do_not_see_an_interrupted_recording(file: DatabaseFile) -> None:
    before: State = {"/a": FILE}
    record_states(file, [before])
    many: dict[str, ItemState] = {f"/n{n:05d}": FILE for n in range(600)}
    after: State = {"/a": FILE._replace(content=9), **many}
    with pytest.raises(ConnectionError):
        record_snapshot(file, facts(1), failing(changes_between(before, after), 550))
    with file.read() as connection:
        versions = file_versions(connection, "ns1", "/a")
    assert [(v.state.content, v.is_current) for v in versions] == [(5, True)]


def test_a_snapshot_that_never_came_back_is_undone(tmp_path: Path) -> None:
    """The begun snapshot was lost with its repository's last objects; another one follows."""
    states = [large_state(0, 1200), large_state(1, 1200), large_state(2, 1200)]
    with open_history(tmp_path / "whole") as whole:
        record_states(whole, [states[0], states[2]])
    with open_history(tmp_path / "torn") as torn:
        record_states(torn, [states[0]])
        lost = failing(changes_between(states[0], states[1]), 600)
        with pytest.raises(ConnectionError):
            record_snapshot(torn, facts(7), lost)
        record_snapshot(torn, facts(1), changes_between(states[0], states[2]))
        found = differing(torn, 0, 1, "/f05")
    wanted = model_difference(states[0], states[2], "/f05")
    assert [(row.path, row.before, row.after) for row in found] == wanted
    torn_rows, never_torn = rows_of(tmp_path / "torn"), rows_of(tmp_path / "whole")
    # Paths that only the lost snapshot had keep an empty row.
    assert [row for row in torn_rows["item"] if row[2] is not None] == [
        row for row in never_torn["item"] if row[2] is not None
    ]
    assert torn_rows["past"] == never_torn["past"]
    assert torn_rows["total"] == never_torn["total"]


CHILD = """
import sys
from pathlib import Path
from dropally.catalog import recording
from dropally.catalog.history import open_history
from dropally.catalog.recording import record_snapshot
from tests.catalog.history_model import changes_between, facts
from tests.catalog.test_recording import BATCH_ROWS, large_state

def told(rows):
    for number, row in enumerate(rows):
        if number % 100 == 0:
            print(number, flush=True)
        yield row

recording._BATCH_ROWS = BATCH_ROWS
states = [large_state(0), large_state(1)]
with open_history(Path(sys.argv[1])) as file:
    for number, (before, after) in enumerate([({}, states[0]), (states[0], states[1])]):
        record_snapshot(file, facts(number), told(changes_between(before, after)))
"""


def test_killed_while_recording_and_recorded_again(tmp_path: Path, whole_rows: Rows) -> None:
    """kill -9 at several places; in the end the catalog is the same as without."""
    place = tmp_path / "killed"
    for lines in (8, 20, 36):
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(place)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    with open_history(place) as file:
        file.check()
        record_states(file, [large_state(0), large_state(1)])
    assert rows_of(place) == whole_rows


def test_rows_out_of_order_are_refused(file: DatabaseFile) -> None:
    rows = [ItemChange("/b", None, FILE), ItemChange("/a", None, FILE)]
    with pytest.raises(ValueError, match="sorted"):
        record_snapshot(file, facts(0), rows)


@pytest.mark.parametrize(
    "row",
    [
        ItemChange("/new", FILE, None),
        ItemChange("/new", FILE, FILE._replace(content=8)),
        ItemChange("/a", None, FILE._replace(content=8)),
        ItemChange("/new/x", FILE, None),
    ],
)
def test_rows_that_do_not_fit_are_refused(file: DatabaseFile, row: ItemChange) -> None:
    record_states(file, [{"/a": FILE}])
    with pytest.raises(OutOfStepError, match="does not fit") as caught:
        record_snapshot(file, facts(1), [row])
    assert "rebuilt" in caught.value.hint
    assert not is_recorded(file, snapshot_id(1))


def test_a_snapshot_belongs_to_one_namespace(file: DatabaseFile) -> None:
    record_states(file, [{"/a": FILE}])
    stolen = SnapshotFacts("ns2", snapshot_id(0), facts(0).time)
    with pytest.raises(OutOfStepError, match="another namespace"):
        record_snapshot(file, stolen, [])


def test_namespaces_do_not_mix(file: DatabaseFile) -> None:
    one: list[State] = [{"/a": FILE}, {"/a": FILE, "/b": FILE}]
    other: list[State] = [{"/a": FILE._replace(content=77)}, {}]
    for number in range(2):
        for namespace, states in (("ns1", one), ("ns2", other)):
            before = states[number - 1] if number else {}
            record_snapshot(file, facts(number, namespace), changes_between(before, states[number]))
    assert [row.key for row in listed(file, 1, "", namespace="ns1")] == ["a", "b"]
    assert listed(file, 1, "", namespace="ns2") == []
    assert [row.state.content for row in listed(file, 0, "", namespace="ns2")] == [77]
    with file.read() as connection, pytest.raises(UsageError):
        differences(
            connection,
            find_snapshot(connection, snapshot_id(0, "ns1")),
            find_snapshot(connection, snapshot_id(1, "ns2")),
        )


def test_very_deep_trees(file: DatabaseFile) -> None:
    paths = ["/" + "/".join(["d"] * depth) for depth in range(1, 600)]
    before: dict[str, ItemState] = dict.fromkeys(paths, FOLDER)
    after: State = {**before, f"{paths[-1]}/f": FILE}
    record_states(file, [before, after])
    assert [row.path for row in differing(file, 0, 1)] == [f"{paths[-1]}/f"]
    assert kept_totals(file, 1, paths[0]).files == 1
    with file.read() as connection:
        found = get_item(connection, find_snapshot(connection, snapshot_id(1)), f"{paths[-1]}/f")
    assert found is not None
    assert found.state == FILE


def test_memory_does_not_grow_with_the_number_of_rows(file: DatabaseFile) -> None:
    def rows(count: int) -> Iterator[ItemChange]:
        for number in range(count):
            if number % 50 == 0:
                yield ItemChange(f"/f{number:07d}", None, FOLDER)
            else:
                yield ItemChange(f"/f{number - number % 50:07d}/{number:07d}", None, FILE)

    peaks = []
    for run, count in enumerate((10 * BATCH_ROWS, 40 * BATCH_ROWS)):
        tracemalloc.start()
        record_snapshot(file, facts(0, f"ns{run}"), rows(count))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + (256 << 10)  # 15,000 rows more would take megabytes
    assert peaks[1] < 2 << 20
