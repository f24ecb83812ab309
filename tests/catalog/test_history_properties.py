"""Whatever happens in a namespace, the catalog answers like a dictionary for every snapshot."""

from collections.abc import Sequence
from unittest import mock

from dropally.catalog import differences as catalog_differences
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.forgetting import drop_forgotten, forget_snapshots
from dropally.catalog.items import ItemState
from dropally.catalog.listing import Order, SortBy
from dropally.catalog.recording import record_snapshot
from dropally.catalog.versions import file_versions
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.catalog.history_model import (
    State,
    changes_between,
    children,
    differing,
    facts,
    kept_totals,
    listed,
    model_difference,
    new_history,
    record_states,
    snapshot_id,
    totals,
)

# Names whose bytes sort before and after "/", that differ in normal form only, and beyond the BMP.
NAMES = ["a", "a b", "a.b", "a0", "\u00e9", "e\u0301", "\U0001f600", "z"]
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map(lambda p: "/" + "/".join(p))
STATES = st.builds(
    ItemState,
    st.sampled_from(["folder", "file", "file", "cloud_file"]),
    st.sampled_from(["a", "A", "Été"]),
    st.sampled_from([0, 1, 7, 1 << 40]),
    st.sampled_from([None, -5, 1_700_000_000]),
    st.sampled_from(["", "dbid:1", "dbid:2"]),
    st.sampled_from([None, 1, -(1 << 63)]),
    st.sampled_from(["", "ns7"]),
    st.sampled_from(["", "gone"]),
)


def consistent(state: State) -> State:
    """Only folders have something below them; folders have no size and no date."""
    above = {"/".join(path.split("/")[:n]) for path in state for n in range(path.count("/") + 1)}
    return {
        path: ItemState("folder", item.name, mount=item.mount)
        if item.kind == "folder" or path in above
        else item._replace(mount="")
        for path, item in state.items()
    }


HISTORIES = st.lists(
    st.dictionaries(PATHS, STATES, max_size=12).map(consistent), min_size=1, max_size=5
)


def check_listing(file: DatabaseFile, number: int, state: State, folder: str) -> None:
    wanted = children(state, folder)
    for by in ("name", "size", "modified"):
        for descending in (False, True):
            rows = listed(file, number, folder, Order(by, descending), limit=2)
            assert {row.key: row.state for row in rows} == wanted
            assert len(rows) == len(wanted)
            files = [row for row in rows if row.state.kind != "folder"]
            assert rows[len(rows) - len(files) :] == files, "folders come first"
            values = [sort_value(row.key, row.state, by) for row in files]
            assert values == sorted(values, reverse=descending)
    for row in listed(file, number, folder):
        if row.totals is not None:
            assert row.totals == totals(state, f"{folder}/{row.key}")


def sort_value(key: str, state: ItemState, by: SortBy) -> tuple[object, ...]:
    if by == "name":
        return (key.encode(),)
    if by == "size":
        return (state.size_bytes,)
    return (state.modified is not None, state.modified or 0)


def check_versions(file: DatabaseFile, states: Sequence[State], path: str) -> None:
    """Each snapshot with a file at the path lies in exactly one version, with its content."""
    with file.read() as connection:
        versions = file_versions(connection, "ns1", path)
    spans = [(version.first_snapshot, version.last_snapshot) for version in versions]
    assert spans == sorted(spans, reverse=True), "newest first"
    for number, state in enumerate(states):
        item = state.get(path)
        name = snapshot_id(number)
        holding = [v for v in versions if v.first_snapshot <= name <= v.last_snapshot]
        if item is None or item.kind == "folder":
            assert holding == []
        else:
            assert len(holding) == 1
            assert holding[0].state.content == item.content
            assert holding[0].state.size_bytes == item.size_bytes
    last = states[-1].get(path)
    is_there = last is not None and last.kind != "folder"
    assert [v.is_current for v in versions[:1]] == ([is_there] if versions else [])


@given(states=HISTORIES)
@settings(max_examples=40)
def test_the_catalog_equals_dictionaries(states: list[State]) -> None:
    folders = {""} | {path for state in states for path in state} | {"/never"}
    with new_history() as file:
        record_states(file, states)
        for number, state in enumerate(states):
            for folder in folders:
                check_listing(file, number, state, folder)
                assert kept_totals(file, number, folder) == totals(state, folder)
        for path in folders:
            check_versions(file, states, path)


@given(states=HISTORIES, limit=st.integers(1, 5), many=st.sampled_from([0, 20_000]))
@settings(max_examples=40)
def test_differences_equal_those_of_dictionaries(
    states: list[State], limit: int, many: int
) -> None:
    """Folders with few changes are read in one way, folders with many in another."""
    with mock.patch.multiple(catalog_differences, _MANY=many, _CHUNK=2):
        check_differences(states, limit)


def check_differences(states: list[State], limit: int) -> None:
    folders = ["", *sorted({path for state in states for path in state})[:4]]
    with new_history() as file:
        record_states(file, states)
        for newer, after in enumerate(states):
            for older, before in enumerate(states[: newer + 1]):
                for folder in folders:
                    found = differing(file, older, newer, folder, limit)
                    rows = [(row.path, row.before, row.after) for row in found]
                    assert rows == model_difference(before, after, folder)


@given(states=HISTORIES, kept=st.sets(st.integers(0, 4)))
@settings(max_examples=40)
def test_what_is_kept_is_unchanged_by_forgetting(states: list[State], kept: set[int]) -> None:
    kept = {number for number in kept if number < len(states)} | {len(states) - 1}
    folders = {""} | {path for state in states for path in state}
    with new_history() as file:
        record_states(file, states)
        gone = forget_snapshots(file, "ns1", {snapshot_id(number) for number in kept})
        assert gone == len(states) - len(kept)
        drop_forgotten(file)
        for number in sorted(kept):
            for folder in folders:
                check_listing(file, number, states[number], folder)
                assert kept_totals(file, number, folder) == totals(states[number], folder)
            for older in sorted(kept):
                if older <= number:
                    rows = [(r.path, r.before, r.after) for r in differing(file, older, number)]
                    assert rows == model_difference(states[older], states[number])
        check_only_kept_paths(file, [states[number] for number in kept])
        # The next snapshot is recorded on top as if nothing had been forgotten.
        changes = changes_between(states[-1], states[0])
        record_snapshot(file, facts(len(states)), changes)
        for folder in folders:
            check_listing(file, len(states), states[0], folder)
            assert kept_totals(file, len(states), folder) == totals(states[0], folder)


def check_only_kept_paths(file: DatabaseFile, states: Sequence[State]) -> None:
    """No name is left that no kept snapshot has, or has something below."""
    paths = {path for state in states for path in state}
    named = {key for path in paths for key in path.split("/")[1:]}
    with file.read() as connection:
        keys = connection.execute(
            "SELECT key FROM item WHERE parent != 0 UNION SELECT key FROM past"
        )
        assert {row[0] for row in keys} <= named
