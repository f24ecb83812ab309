"""The history of one namespace as plain dictionaries, and the same asked of the catalog."""

import functools
import itertools
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.differences import Difference, differences
from dropally.catalog.history import FILE_NAME, open_history
from dropally.catalog.items import ItemChange, ItemState, Totals
from dropally.catalog.listing import ListedItem, Order, PageMark, list_folder
from dropally.catalog.places import find_item, find_snapshot, folder_totals
from dropally.catalog.recording import SnapshotFacts, record_snapshot

State = Mapping[str, ItemState]
START = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


@functools.cache
def _empty_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        open_history(Path(folder)).close()
        return (Path(folder) / FILE_NAME).read_bytes()


@contextmanager
def new_history() -> Iterator[DatabaseFile]:
    """An empty catalog in a folder of its own, made without its twenty migrations."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / FILE_NAME).write_bytes(_empty_file())
        with open_history(Path(folder)) as file:
            yield file


def changes_between(before: State, after: State) -> Iterator[ItemChange]:
    """What the repository's trees would yield."""
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            yield ItemChange(path, before.get(path), after.get(path))


def snapshot_id(number: int, namespace: str = "ns1") -> str:
    return f"{namespace}-{number:04d}"


def facts(number: int, namespace: str = "ns1") -> SnapshotFacts:
    return SnapshotFacts(namespace, snapshot_id(number, namespace), START + timedelta(days=number))


def record_states(file: DatabaseFile, states: Sequence[State], namespace: str = "ns1") -> None:
    for number, (before, after) in enumerate(itertools.pairwise([{}, *states])):
        record_snapshot(file, facts(number, namespace), changes_between(before, after))


def listed(
    file: DatabaseFile,
    number: int,
    path: str,
    order: Order | None = None,
    limit: int = 500,
    namespace: str = "ns1",
) -> list[ListedItem]:
    """A folder read to its end, page by page."""
    found: list[ListedItem] = []
    mark: PageMark | None = None
    with file.read() as connection:
        snapshot = find_snapshot(connection, snapshot_id(number, namespace))
        while page := list_folder(
            connection, snapshot, path, order=order or Order(), after=mark, limit=limit
        ):
            assert len(page) <= limit
            found += page
            mark = page[-1].mark
    return found


def children(state: State, folder: str) -> dict[str, ItemState]:
    return {
        path.rpartition("/")[2]: item
        for path, item in state.items()
        if path.rpartition("/")[0] == folder
    }


def totals(state: State, folder: str) -> Totals:
    below = [item for path, item in state.items() if path.startswith(folder + "/")]
    files = [item for item in below if item.kind != "folder"]
    return Totals(len(files), len(below) - len(files), sum(item.size_bytes for item in files))


def kept_totals(file: DatabaseFile, number: int, folder: str) -> Totals:
    with file.read() as connection:
        snapshot = find_snapshot(connection, snapshot_id(number))
        item = find_item(connection, snapshot.root, folder)
        return folder_totals(connection, item, snapshot.number) if item else Totals()


def differing(
    file: DatabaseFile, older: int, newer: int, folder: str = "", limit: int = 500
) -> list[Difference]:
    """The difference of two snapshots read to its end, page by page."""
    found: list[Difference] = []
    with file.read() as connection:
        start = find_snapshot(connection, snapshot_id(older))
        end = find_snapshot(connection, snapshot_id(newer))
        while page := differences(
            connection, start, end, folder, after=found[-1].path if found else None, limit=limit
        ):
            found += page
    return found


def model_difference(
    before: State, after: State, folder: str = ""
) -> list[tuple[str, ItemState | None, ItemState | None]]:
    rows = [
        (change.path, change.before, change.after)
        for change in changes_between(before, after)
        if change.path.startswith(folder + "/")
    ]
    return sorted(rows, key=lambda row: row[0].split("/"))
