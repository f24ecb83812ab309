"""No question and no recording reads a large table from end to end."""

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.gone import gone_items
from dropally.catalog.history import open_history
from dropally.catalog.items import ItemState
from dropally.catalog.listing import Order, SortBy, list_folder
from dropally.catalog.member_view import MemberView
from dropally.catalog.places import find_snapshot
from dropally.catalog.points import (
    days_with_points,
    entity_points,
    entity_spans,
    get_point,
    point_after,
    points_between,
)
from dropally.catalog.roster_recording import EntityFacts, MountFacts
from dropally.catalog.versions import file_versions
from tests.catalog.history_model import START, State, differing, listed, snapshot_id
from tests.catalog.test_points import TEAM, add_point, add_snapshot

FILE = ItemState("file", "File", 10, 1_700_000_000, "dbid:1", 5)
FOLDER = ItemState("folder", "Folder")
ANN = EntityFacts("ns1", "member", "ann@example.com", "m1")
LARGE_TABLE_SCAN = re.compile(r"SCAN (item|past|total|v|child)\b(?! USING COVERING INDEX)")


@pytest.fixture
def statements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[DatabaseFile, set[str]]]:
    """A catalog, and every statement that is executed on any of its connections."""
    seen: set[str] = set()
    connect = sqlite3.connect

    def connect_traced(*arguments: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)  # type: ignore[call-overload]  # passed on as they are
        connection.set_trace_callback(seen.add)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_traced)
    with open_history(tmp_path) as file:
        seen.clear()
        yield file, seen


def ask_everything(file: DatabaseFile) -> None:
    sorts: tuple[SortBy, ...] = ("name", "size", "modified")
    for number in (0, 1):
        for by in sorts:
            listed(file, number, "/a", Order(by, descending=True), limit=1)
    differing(file, 0, 1)
    with file.read() as connection:
        file_versions(connection, "ns1", "/a/x")
        for name in (snapshot_id(0), snapshot_id(1)):
            snapshot = find_snapshot(connection, name)
            gone_items(connection, snapshot, "/a")
            list_folder(connection, snapshot, "/a", name_part="x")
        view = MemberView(connection, get_point(connection, "p1"), ANN)
        view.list_folder("/mounted")
        view.get("/a/x")
        view.totals("")
        points = points_between(connection, TEAM, START, START + timedelta(days=9))
        entity_points(connection, points, "ns1")
        point_after(connection, points[-1], "ns1")
        entity_spans(connection, TEAM)
        days_with_points(connection, TEAM, START, START + timedelta(days=9), UTC, namespace="ns1")


def test_large_tables_are_only_read_through_indexes(
    statements: tuple[DatabaseFile, set[str]],
) -> None:
    file, seen = statements
    before: State = {"/a": FOLDER, "/a/x": FILE, "/a/y": FILE, "/gone": FILE}
    after: State = {"/a": FOLDER, "/a/x": FILE._replace(content=6), "/a/z": FILE}
    mounts = [MountFacts("m1", "/mounted", "ns9", "Mounted")]
    add_snapshot(file, "ns1", 0, {}, before)
    add_snapshot(file, "ns9", 0, {}, before)
    add_point(file, 0, {"ns1": 0}, [ANN])
    add_snapshot(file, "ns1", 1, before, after)
    add_point(file, 1, {"ns1": 1, "ns9": 0}, [ANN], mounts)
    ask_everything(file)
    asked = [text for text in seen if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE)", text)]
    assert len(asked) > 40
    with file.read() as connection:
        connection.set_trace_callback(None)
        for text in asked:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
            assert not [step for step in plan if LARGE_TABLE_SCAN.match(step)], (text, plan)
