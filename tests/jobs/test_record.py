"""The catalog after real backups says what the repository says: every folder at every point."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.history import open_history
from dropally.catalog.items import ItemState, Totals
from dropally.catalog.listing import ListedItem, PageMark
from dropally.catalog.member_view import MemberView
from dropally.catalog.places import folder_totals
from dropally.catalog.points import entities_at, get_point, snapshot_at
from dropally.catalog.roster_recording import EntityFacts
from dropally.common.errors import CancelledError
from dropally.jobs.record import RecordReport, item_state, record_repository
from dropally.jobs.team_view import Entity, Item, Place, TeamView
from dropally.store import Entry, Reader, Repository
from tests.jobs.appliance import ADMIN, Appliance, open_appliance

Answers = dict[tuple[str, str, str], tuple[list[tuple[str, ItemState]], Totals]]


def record(appliance: Appliance, catalog: DatabaseFile) -> RecordReport:
    with appliance.app.open_repository() as repository, repository.reader() as reader:
        group = appliance.app.group(repository)
        return record_repository(appliance.context(), repository, reader, group, catalog)


def pages(view: MemberView, path: str) -> Iterator[ListedItem]:
    mark: PageMark | None = None
    while page := view.list_folder(path, after=mark, limit=7):
        yield from page
        mark = page[-1].mark


def answers_of_catalog(catalog: DatabaseFile, point_ids: Sequence[str]) -> Answers:
    """Every folder of every entity at every point, through mounts, walked by the catalog alone."""
    found: Answers = {}
    with catalog.read() as connection:
        for point_id in point_ids:
            point = get_point(connection, point_id)
            for entity in entities_at(connection, point):
                view = MemberView(connection, point, entity)
                waiting = [("", frozenset({entity.namespace}))]
                while waiting:
                    path, entered = waiting.pop()
                    rows = list(pages(view, path))
                    found[point_id, entity.namespace, path] = (
                        [(row.key, row.state) for row in rows],
                        view.totals(path),
                    )
                    for row in rows:
                        if row.state.kind != "folder":
                            continue
                        inner = f"{path}/{row.key}"
                        target = view.place(inner).namespace if row.state.mount else ""
                        if target not in entered:
                            waiting.append((inner, entered | ({target} if target else set())))
    return found


def answers_of_repository(repository: Repository, reader: Reader, group: str) -> Answers:
    """The same walked in the repository's own trees."""
    found: Answers = {}
    for point in repository.points(group):
        view = TeamView(repository, reader, point)
        for entity in view.entities:
            walk(view, entity, point.id, found)
    return found


def walk(view: TeamView, entity: Entity, point: str, found: Answers) -> Totals:
    def visit(place: Place, path: str, entered: frozenset[str]) -> Totals:
        rows, below = [], Totals()
        for item in view.children(entity, place, ""):
            key = item.place.path.rpartition("/")[2]
            rows.append((key, item_state(item.entry)))
            below += visit_item(item, f"{path}/{key}", entered)
        rows.sort(key=lambda row: (row[1].kind != "folder", row[0]))
        found[point, entity.namespace, path] = rows, below
        return below

    def visit_item(item: Item, path: str, entered: frozenset[str]) -> Totals:
        if item.entry.kind != "folder":
            return Totals(files=1, size_bytes=item.entry.size_bytes)
        place = item.place
        if item.entry.mount and view.tree(item.entry.mount) is not None:
            if item.entry.mount in entered:
                return Totals(folders=1)
            place = Place(item.entry.mount, "")
            entered |= {item.entry.mount}
        return Totals(folders=1) + visit(place, path, entered)

    return visit(Place(entity.namespace, ""), "", frozenset({entity.namespace}))


def compare(appliance: Appliance, *catalogs: DatabaseFile) -> int:
    with appliance.app.open_repository() as repository, repository.reader() as reader:
        group = appliance.app.group(repository)
        wanted = answers_of_repository(repository, reader, group)
        point_ids = [point.id for point in repository.points(group)]
    for catalog in catalogs:
        found = answers_of_catalog(catalog, point_ids)
        assert found.keys() == wanted.keys()
        for place, answer in wanted.items():
            assert found[place] == answer, place
    return len(wanted)


def test_the_sample_team_folder_by_folder(tmp_path: Path) -> None:
    with open_appliance(tmp_path, "sample") as appliance, open_history(tmp_path) as catalog:
        appliance.backup()
        first = record(appliance, catalog)
        assert first.points == 1
        assert first.problems == []
        member = next(
            n for n in appliance.control.namespaces() if n["kind"] == "team_member_folder"
        )
        appliance.control.edit(
            {"op": "put", "namespace": member["namespace_id"], "path": "/New/é.txt", "text": "n"}
        )
        appliance.backup()
        second = record(appliance, catalog)
        assert second.points == 1
        assert second.items <= 3
        # Once more from nothing: the rebuild is the same code.
        with open_history(tmp_path / "anew") as rebuilt:
            assert record(appliance, rebuilt).points == 2
            assert compare(appliance, catalog, rebuilt) > 50
            rebuilt.check()


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[DatabaseFile]:
    with open_history(tmp_path / "data") as opened:
        yield opened


def test_files_that_come_change_and_go(appliance: Appliance, catalog: DatabaseFile) -> None:
    appliance.put("/Docs/a.txt", "one")
    appliance.put("/Docs/sub/b.txt", "b")
    appliance.backup()
    appliance.put("/Docs/a.txt", "two")
    appliance.edit({"op": "delete", "path": "/Docs/sub"})
    appliance.backup()
    record(appliance, catalog)
    appliance.put("/Docs/sub", "a file where a folder was")
    appliance.backup()
    appliance.backup()
    report = record(appliance, catalog)
    assert (report.points, report.snapshots) == (2, 1)
    assert compare(appliance, catalog) == 3 + 2 + 2 + 2


def test_a_shared_folder_is_seen_through_its_mount(
    appliance: Appliance, catalog: DatabaseFile
) -> None:
    appliance.put("/Shared/x.txt", "x")
    appliance.edit({"op": "share", "path": "/Shared"})
    appliance.put("/Shared/y/z.txt", "zz")
    appliance.put("/own.txt", "own")
    appliance.backup()
    record(appliance, catalog)
    compare(appliance, catalog)
    with catalog.read() as connection:
        point = get_point(connection, newest(appliance))
        entity = next(e for e in entities_at(connection, point) if e.name == ADMIN)
        view = MemberView(connection, point, entity)
        assert [row.key for row in view.list_folder("/shared")] == ["y", "x.txt"]
        assert view.place("/shared/y/z.txt").path == "/y/z.txt"
        assert view.totals("") == Totals(files=3, folders=2, size_bytes=6)
        home = snapshot_at(connection, point, entity.namespace)
        assert home is not None
        assert folder_totals(connection, home.root, home.number).files == 1


def newest(appliance: Appliance) -> str:
    with appliance.app.open_repository() as repository:
        point = repository.latest_point(appliance.app.group(repository))
        assert point is not None
        return point.id


def test_cloud_documents_are_told_apart_by_revision() -> None:
    one = item_state(Entry("cloud_file", "doc", rev="a1"))
    other = item_state(Entry("cloud_file", "doc", rev="a2"))
    assert one.content is not None
    assert one.content != other.content
    assert item_state(Entry("file", "f", content_hash=bytes([255] * 32))).content == -1
    assert EntityFacts("ns", "member", "a").member == ""


def test_a_lost_snapshot_is_reported_and_the_others_are_recorded(
    appliance: Appliance, catalog: DatabaseFile
) -> None:
    appliance.put("/a.txt", "a")
    appliance.backup()
    appliance.put("/b.txt", "b")
    appliance.backup()
    snapshots = appliance.root / "repository" / "snapshots"
    first = min((path for path in snapshots.rglob("*") if path.is_file()), key=lambda p: p.name)
    first.unlink()
    report = record(appliance, catalog)
    assert len(report.problems) == 1
    assert "snapshot" in report.problems[0]
    assert (report.points, report.snapshots) == (2, 1)
    with catalog.read() as connection:
        point = get_point(connection, newest(appliance))
        entity = next(e for e in entities_at(connection, point) if e.name == ADMIN)
        rows = MemberView(connection, point, entity).list_folder("")
    assert [row.key for row in rows] == ["a.txt", "b.txt"]


def test_a_stopped_recording_goes_on(appliance: Appliance, catalog: DatabaseFile) -> None:
    appliance.put("/a.txt", "a")
    appliance.backup()
    with appliance.app.open_repository() as repository, repository.reader() as reader:
        group = appliance.app.group(repository)
        context = appliance.context()
        context.cancelled.set()
        with pytest.raises(CancelledError):
            record_repository(context, repository, reader, group, catalog)
    assert record(appliance, catalog).points == 1
    assert record(appliance, catalog).points == 0
    compare(appliance, catalog)
