"""A member with more shared folders than any nesting is deep."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.history import open_history
from dropally.catalog.items import ItemState, Totals
from dropally.catalog.member_view import MemberView
from dropally.catalog.points import get_point, points_with, snapshot_id_at, team_of
from dropally.catalog.recording import record_snapshot
from dropally.catalog.roster_recording import EntityFacts, PointFacts, record_point
from tests.catalog.history_model import START, changes_between, facts, snapshot_id

MOUNTS = 60
ANN = EntityFacts("home", "member", "ann@example.com", "m1")
FILE = ItemState("file", "File", 3, 1_700_000_000, "dbid:1", 5)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    with open_history(tmp_path) as opened:
        home = {
            f"/m{number:02}": ItemState("folder", f"M{number:02}", mount=f"ns{number}")
            for number in range(MOUNTS)
        }
        record_snapshot(opened, facts(0, "home"), changes_between({}, home))
        for number in range(MOUNTS):
            inside = {"/a": FILE}
            if number == 0:  # one of them has another mounted in it, and itself
                inside["/deep"] = ItemState("folder", "Deep", mount="ns1")
                inside["/self"] = ItemState("folder", "Self", mount="ns0")
            record_snapshot(opened, facts(0, f"ns{number}"), changes_between({}, inside))
        names = ["home", *(f"ns{number}" for number in range(MOUNTS))]
        snapshots = {name: snapshot_id(0, name) for name in names}
        for day in (1, 2):
            record_point(
                opened,
                PointFacts("t", f"p{day}", START + timedelta(days=day), snapshots, [ANN]),
            )
        yield opened


def test_totals_count_every_mounted_folder_once(file: DatabaseFile) -> None:
    with file.read() as connection:
        view = MemberView(connection, get_point(connection, "p1"), ANN)
        assert view.totals("") == Totals(MOUNTS, MOUNTS + 2, 3 * MOUNTS)
        assert view.totals("/m05") == Totals(1, 0, 3)


def test_mounts_are_listed_once_with_their_paths(file: DatabaseFile) -> None:
    with file.read() as connection:
        view = MemberView(connection, get_point(connection, "p1"), ANN)
        found = view.mounts_below("")
    assert len(found) == MOUNTS
    assert len({namespace for _, namespace in found}) == MOUNTS
    assert found == sorted(found)


def test_points_that_have_a_stretch_of_snapshots(file: DatabaseFile) -> None:
    snapshot = snapshot_id(0, "ns3")
    with file.read() as connection:
        point = get_point(connection, "p2")
        assert team_of(connection, point) == "t"
        assert snapshot_id_at(connection, point, "ns3") == snapshot
        assert snapshot_id_at(connection, point, "elsewhere") is None
        found = points_with(connection, "t", "ns3", snapshot, snapshot)
        assert found is not None
        assert [one.id for one in found] == ["p1", "p2"]
        assert points_with(connection, "other", "ns3", snapshot, snapshot) is None
