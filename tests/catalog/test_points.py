"""Restore points, rosters and what an entity saw at each of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dropally.catalog import forgetting
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.faults import OutOfStepError
from dropally.catalog.forgetting import drop_forgotten, forget_points, forget_snapshots
from dropally.catalog.history import open_history
from dropally.catalog.items import ItemChange, ItemState, Totals
from dropally.catalog.listing import Order, PageMark
from dropally.catalog.member_view import MemberView, Place
from dropally.catalog.points import (
    days_with_points,
    entities_at,
    entity_points,
    entity_spans,
    get_point,
    point_at,
    points_between,
    recorded_points,
    snapshot_at,
)
from dropally.catalog.recording import record_snapshot
from dropally.catalog.roster_recording import (
    EntityFacts,
    MountFacts,
    PointFacts,
    newest_point,
    record_point,
)
from dropally.common.errors import NotFoundError, TryLaterError
from tests.catalog.history_model import START, State, changes_between, facts, snapshot_id

FOLDER = ItemState("folder", "Folder")
FILE = ItemState("file", "File", 10, 1_700_000_000, "dbid:1", 5)
TEAM = "dbtid:1"
ANN = EntityFacts("ns1", "member", "ann@example.com", "m1")
BOB = EntityFacts("ns2", "member", "bob@example.com", "m2")
SHARED = EntityFacts("ns9", "shared folder", "Plans")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[DatabaseFile]:
    with open_history(tmp_path) as opened:
        yield opened


def add_snapshot(
    file: DatabaseFile, namespace: str, number: int, before: State, after: State
) -> None:
    record_snapshot(file, facts(number, namespace), changes_between(before, after))


def add_point(
    file: DatabaseFile,
    day: int,
    snapshots: Mapping[str, int],
    entities: Sequence[EntityFacts] = (ANN, BOB),
    mounts: Sequence[MountFacts] = (),
) -> None:
    record_point(
        file,
        PointFacts(
            TEAM,
            f"p{day}",
            START + timedelta(days=day),
            {namespace: snapshot_id(number, namespace) for namespace, number in snapshots.items()},
            entities,
            mounts,
            {"files": str(day)},
        ),
    )


def test_f82_first_and_last_backup_also_of_who_left(file: DatabaseFile) -> None:
    add_snapshot(file, "ns1", 0, {}, {"/a": FILE})
    add_snapshot(file, "ns2", 0, {}, {"/b": FILE, "/c": FOLDER})
    add_point(file, 0, {"ns2": 0}, [BOB])
    add_point(file, 1, {"ns1": 0, "ns2": 0})
    renamed = ANN._replace(name="ann.new@example.com")
    add_point(file, 2, {"ns1": 0}, [renamed])
    with file.read() as connection:
        spans = entity_spans(connection, TEAM)
        assert entity_spans(connection, "nobody") == []
    assert [
        (s.entity, (s.first_backup - START).days, (s.last_backup - START).days, s.is_current)
        for s in spans
    ] == [(renamed, 1, 2, True), (BOB, 0, 1, False)]
    assert [s.totals for s in spans] == [Totals(1, 0, 10), Totals(1, 1, 10)]


def test_f89_a_calendar_in_the_viewers_zone(file: DatabaseFile) -> None:
    """03:00 UTC is the day before in New York; ranges include both ends."""
    add_snapshot(file, "ns1", 0, {}, {})
    for day in range(4):
        add_point(file, day, {"ns1": 0} if day != 2 else {})
    zone = ZoneInfo("America/New_York")
    start, end = START, START + timedelta(days=3)
    with file.read() as connection:
        days = days_with_points(connection, TEAM, start, end, zone)
        mine = days_with_points(connection, TEAM, start, end, zone, namespace="ns1")
        points = points_between(connection, TEAM, start, end)
        inner = points_between(connection, TEAM, start, end - timedelta(microseconds=1))
    # Summer time ends in New York on the first of November.
    assert days == {
        date(2026, 10, 31): 1,
        date(2026, 11, 1): 1,
        date(2026, 11, 2): 1,
        date(2026, 11, 3): 1,
    }
    assert sum(mine.values()) == 3
    assert [point.id for point in points] == ["p3", "p2", "p1", "p0"]
    assert [point.id for point in inner] == ["p2", "p1", "p0"]


def test_f90_points_of_an_entity_with_their_counts(file: DatabaseFile) -> None:
    first: State = {"/a": FILE}
    second: State = {"/a": FILE._replace(content=6), "/b": FILE}
    add_snapshot(file, "ns1", 0, {}, first)
    add_point(file, 0, {"ns1": 0})
    add_point(file, 1, {"ns1": 0})
    add_snapshot(file, "ns1", 1, first, second)
    add_point(file, 2, {"ns1": 1})
    with file.read() as connection:
        points = points_between(
            connection, TEAM, START, START + timedelta(days=9), namespace="ns1", limit=2
        )
        rest = points_between(
            connection,
            TEAM,
            START,
            START + timedelta(days=9),
            namespace="ns1",
            before=points[-1].number,
        )
        rows = entity_points(connection, [*points, *rest], "ns1")
        assert points_between(connection, TEAM, START, START, namespace="ns2") == []
    assert [(r.point.id, r.is_new, r.added, r.changed, r.removed) for r in rows] == [
        ("p2", True, 1, 1, 0),
        ("p1", False, 0, 0, 0),
        ("p0", True, 1, 0, 0),
    ]
    assert [r.totals.files for r in rows] == [2, 1, 1]
    assert rows[0].point.labels == {"files": "2"}


def test_points_by_id_and_by_time(file: DatabaseFile) -> None:
    add_point(file, 0, {}, [])
    add_point(file, 2, {}, [])
    with file.read() as connection:
        found = point_at(connection, TEAM, START + timedelta(days=1))
        assert found is not None
        assert found.id == "p0"
        assert point_at(connection, TEAM, START - timedelta(days=1)) is None
        assert get_point(connection, "p2").time == START + timedelta(days=2)
        assert set(recorded_points(connection, TEAM)) == {"p0", "p2"}
        with pytest.raises(NotFoundError, match="p9"):
            get_point(connection, "p9")
    assert newest_point(file, TEAM) == "p2"
    assert newest_point(file, "nobody") is None


def test_a_point_is_recorded_once_in_order_and_whole(file: DatabaseFile) -> None:
    add_snapshot(file, "ns1", 0, {}, {})
    add_point(file, 1, {"ns1": 0})
    again = PointFacts(TEAM, "p1", START + timedelta(days=1), {})
    assert record_point(file, again) is False
    with pytest.raises(OutOfStepError, match="older than p1"):
        add_point(file, 0, {"ns1": 0})
    with pytest.raises(OutOfStepError, match="not recorded"):
        add_point(file, 2, {"ns1": 7})
    with file.read() as connection:
        assert set(recorded_points(connection, TEAM)) == {"p1"}


def test_rosters_are_those_of_the_point(file: DatabaseFile) -> None:
    for day, entities in enumerate(([ANN], [ANN, BOB], [BOB], [ANN, BOB])):
        add_point(file, day, {}, entities)
    with file.read() as connection:
        found = [entities_at(connection, get_point(connection, f"p{day}")) for day in range(4)]
    assert found == [[ANN], [ANN, BOB], [BOB], [ANN, BOB]]


def test_a_quiet_day_writes_one_row(file: DatabaseFile) -> None:
    add_snapshot(file, "ns1", 0, {}, {})
    mounts = [MountFacts("m1", "/plans", "ns9", "Plans")]
    add_point(file, 0, {"ns1": 0}, mounts=mounts)
    before = file._writer.total_changes
    add_point(file, 1, {"ns1": 0}, mounts=mounts)
    assert file._writer.total_changes == before + 1


# -- a member's view ---------------------------------------------------------------------------


HOME: State = {
    "/docs": FOLDER,
    "/docs/a.txt": FILE,
    "/team": ItemState("folder", "Team", mount="ns9"),
    "/z.txt": FILE,
}
PLANS: State = {"/x": FOLDER, "/x/p.txt": FILE, "/q.txt": FILE._replace(size_bytes=7)}


@pytest.fixture
def shared(file: DatabaseFile) -> DatabaseFile:
    """Ann has ns9 mounted twice: as her listing says in /team, as her roster says in /my plans."""
    add_snapshot(file, "ns1", 0, {}, HOME)
    add_snapshot(file, "ns9", 0, {}, {})
    add_point(file, 0, {"ns1": 0, "ns9": 0}, [ANN, SHARED])
    add_snapshot(file, "ns9", 1, {}, PLANS)
    mounts = [
        MountFacts("m1", "/my plans", "ns9", "My Plans"),
        MountFacts("m1", "/lost", "ns5", "Lost"),
        MountFacts("m1", "/docs/inner", "ns9", "Inner"),
    ]
    add_point(file, 1, {"ns1": 0, "ns9": 1}, [ANN, SHARED], mounts)
    return file


def test_mounted_folders_are_those_of_the_same_point(shared: DatabaseFile) -> None:
    with shared.read() as connection:
        views = [MemberView(connection, get_point(connection, f"p{n}"), ANN) for n in (0, 1)]
        assert [row.key for row in views[0].list_folder("/team")] == []
        assert [row.key for row in views[1].list_folder("/team")] == ["x", "q.txt"]
        assert [row.key for row in views[1].list_folder("/my plans/x")] == ["p.txt"]
        assert [row.key for row in views[0].list_folder("/my plans/x")] == []
        assert views[1].place("/my plans/x/p.txt") == Place("ns9", "/x/p.txt")
        assert views[1].place("/docs/inner/x") == Place("ns9", "/x")
        assert views[1].place("/lost/f") == Place("ns1", "/lost/f"), "it was not backed up"


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize("descending", [False, True])
def test_unlisted_mounts_stand_in_their_places(
    shared: DatabaseFile, limit: int, descending: bool
) -> None:
    folders = ["docs", "lost", "my plans", "team"]
    wanted = [*(folders[::-1] if descending else folders), "z.txt"]
    found: list[str] = []
    mark: PageMark | None = None
    with shared.read() as connection:
        view = MemberView(connection, get_point(connection, "p1"), ANN)
        while page := view.list_folder(
            "", order=Order("name", descending), after=mark, limit=limit
        ):
            found += [row.key for row in page]
            mark = page[-1].mark
    assert found == wanted


def test_totals_count_each_mounted_namespace_once(shared: DatabaseFile) -> None:
    with shared.read() as connection:
        view = MemberView(connection, get_point(connection, "p1"), ANN)
        assert view.totals("/team") == Totals(2, 1, 17)
        # docs, team, three mount points of the roster, and x; a.txt, z.txt, p.txt and q.txt.
        assert view.totals("") == Totals(4, 6, 37)
        assert view.totals("/docs") == Totals(3, 2, 27)


def test_a_namespace_that_was_not_backed_up(shared: DatabaseFile) -> None:
    with shared.read() as connection:
        point = get_point(connection, "p1")
        assert snapshot_at(connection, point, "ns5") is None
        stranger = EntityFacts("ns5", "member", "x@example.com", "m5")
        view = MemberView(connection, point, stranger)
        assert view.list_folder("") == []
        assert view.totals("") == Totals()


def test_folders_mounted_in_themselves_end(file: DatabaseFile) -> None:
    loop: State = {"/again": ItemState("folder", "again", mount="ns1"), "/a.txt": FILE}
    add_snapshot(file, "ns1", 0, {}, loop)
    add_point(file, 0, {"ns1": 0}, [ANN])
    with file.read() as connection:
        view = MemberView(connection, get_point(connection, "p0"), ANN)
        assert view.totals("") == Totals(1, 1, 10)
        assert view.place("/again/again/a.txt") == Place("ns1", "/a.txt")


def test_f59_forgotten_points_take_their_rosters_along(file: DatabaseFile) -> None:
    add_snapshot(file, "ns1", 0, {}, {})
    add_snapshot(file, "ns2", 0, {}, {})
    mounts = [MountFacts("m2", "/plans", "ns9", "Plans")]
    add_point(file, 0, {"ns2": 0}, [BOB], mounts)
    add_point(file, 1, {"ns1": 0}, [ANN])
    add_point(file, 2, {"ns1": 0}, [ANN])
    assert forget_points(file, TEAM, {"p2"}) == 2
    with file.read() as connection:
        assert [span.entity for span in entity_spans(connection, TEAM)] == [ANN]
        assert [span.first_backup for span in entity_spans(connection, TEAM)] == [
            START + timedelta(days=2)
        ]
        assert connection.execute("SELECT count(*) FROM mount").fetchone() == (0,)
    add_point(file, 3, {"ns1": 0, "ns2": 0}, [ANN, BOB], mounts)
    with file.read() as connection:
        assert entities_at(connection, get_point(connection, "p3")) == [ANN, BOB]
    assert forget_points(file, TEAM, set()) == 2
    add_point(file, 4, {"ns1": 0}, [ANN])
    with file.read() as connection:
        assert entities_at(connection, get_point(connection, "p4")) == [ANN]


def test_nothing_is_dropped_while_a_snapshot_is_recorded(file: DatabaseFile) -> None:
    add_snapshot(file, "ns1", 0, {}, {"/a": FILE})
    add_snapshot(file, "ns1", 1, {"/a": FILE}, {})
    assert forget_snapshots(file, "ns1", set()) == 1

    def rows() -> Iterator[ItemChange]:
        yield ItemChange("/b", None, FILE)
        with pytest.raises(TryLaterError):
            drop_forgotten(file)

    record_snapshot(file, facts(2), rows())
    drop_forgotten(file)


def test_what_another_job_forgets_meanwhile_is_dropped_by_its_own_turn(
    file: DatabaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_snapshot(file, "ns1", 0, {}, {"/a": FILE})
    add_snapshot(file, "ns1", 1, {"/a": FILE}, {"/b": FILE})
    add_snapshot(file, "ns1", 2, {"/b": FILE}, {})
    assert forget_snapshots(file, "ns1", {snapshot_id(0)}) == 1
    drop = forgetting._drop

    def drop_and_be_overtaken(dropped: DatabaseFile) -> None:
        drop(dropped)
        assert forget_snapshots(dropped, "ns1", set()) == 1

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "_drop", drop_and_be_overtaken)
        drop_forgotten(file)
    assert keys(file) == ["/a"]
    drop_forgotten(file)
    assert keys(file) == []


def keys(file: DatabaseFile) -> list[str]:
    """The paths that the catalog has a row for, but for the roots."""
    with file.read() as connection:
        return [
            f"/{key}" for (key,) in connection.execute("SELECT key FROM item WHERE parent != 0")
        ]
