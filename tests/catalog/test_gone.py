"""What is gone from a folder at a snapshot, as a dictionary of everything that ever was says it."""

from pathlib import Path

from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.forgetting import drop_forgotten, forget_snapshots
from dropally.catalog.gone import GoneItem, GoneMark, gone_items
from dropally.catalog.history import open_history
from dropally.catalog.items import ItemState, Totals
from dropally.catalog.listing import list_folder
from dropally.catalog.places import find_snapshot
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.catalog.history_model import (
    State,
    children,
    new_history,
    record_states,
    snapshot_id,
    totals,
)
from tests.catalog.test_history_properties import HISTORIES

FILE = ItemState("file", "file", 7)


def gone(file: DatabaseFile, number: int, folder: str, limit: int = 500) -> list[GoneItem]:
    """Read to the end, page by page."""
    found: list[GoneItem] = []
    mark: GoneMark | None = None
    with file.read() as connection:
        snapshot = find_snapshot(connection, snapshot_id(number))
        while page := gone_items(connection, snapshot, folder, after=mark, limit=limit):
            found += page
            mark = page[-1].mark
    return found


@settings(deadline=None, max_examples=60)
@given(HISTORIES, st.sampled_from([1, 2, 500]))
def test_gone_is_what_was_there_before_and_is_not_now(states: list[State], limit: int) -> None:
    with new_history() as file:
        record_states(file, states)
        folders = {path.rpartition("/")[0] for state in states for path in state}
        for number in range(len(states)):
            for path in folders:
                found = gone(file, number, path, limit)
                seen: dict[str, tuple[ItemState, Totals, str]] = {}
                for earlier in range(number):
                    for key, item in children(states[earlier], path).items():
                        below = totals(states[earlier], f"{path}/{key}")
                        held = below if item.kind == "folder" else Totals(1, 0, item.size_bytes)
                        seen[key] = (item, held, snapshot_id(earlier))
                for key in children(states[number], path):
                    seen.pop(key, None)
                assert {
                    one.key: (one.state, one.totals, one.last_snapshot) for one in found
                } == seen
                assert [one.mark.is_file for one in found] == sorted(
                    one.mark.is_file for one in found
                )


def test_what_no_snapshot_has_any_more_has_none_to_name(tmp_path: Path) -> None:
    with open_history(tmp_path) as file:
        record_states(file, [{"/a": FILE}, {}, {"/b": FILE}])
        forget_snapshots(file, "ns1", {snapshot_id(1), snapshot_id(2)})
        drop_forgotten(file)
        assert [one.last_snapshot for one in gone(file, 1, "")] in ([], [""])


def test_a_part_of_a_name_filters_a_folder_at_any_date(tmp_path: Path) -> None:
    state: State = {"/reports": ItemState("folder", "Reports"), "/report.txt": FILE, "/x.txt": FILE}
    with open_history(tmp_path) as file:
        record_states(file, [state, {"/x.txt": FILE}])
        with file.read() as connection:
            for number, expected in ((0, ["reports", "report.txt"]), (1, [])):
                snapshot = find_snapshot(connection, snapshot_id(number))
                rows = list_folder(connection, snapshot, "", name_part="report")
                assert [row.key for row in rows] == expected
