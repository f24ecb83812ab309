"""Restore points, folders, versions, differences and single files, for people who may see them."""

from datetime import timedelta

import pytest
from dropally.auth.actors import Reach
from dropally.auth.errors import FieldsError, ForbiddenError
from dropally.auth.verbs import Role
from dropally.catalog.listing import Order
from dropally.catalog.purge_marks import mark_purged
from dropally.common.errors import NotFoundError, UsageError
from dropally.recovery import content, history, points, trees
from dropally.recovery.ranges import parse_range
from dropally.store import DamagedError
from tests.jobs.appliance import ADMIN
from tests.recovery.appliance import BOB, TASK, Recovering

ALWAYS = parse_range("", "", "")


def test_f90_points_tell_what_changed_and_what_there_is(appliance: Recovering) -> None:
    appliance.backups.put("/Docs/a.txt", "a")
    appliance.backups.put("/Docs/b.txt", "bb")
    first = appliance.backup()
    appliance.backups.put("/Docs/a.txt", "changed")
    appliance.backups.put("/new.txt", "n")
    appliance.backups.edit({"op": "delete", "path": "/Docs/b.txt"})
    second = appliance.backup()
    page = points.list_points(appliance.ctx, appliance.admin, appliance.id_of(), ALWAYS)
    assert [point.id for point in page.points] == [second, first]
    newest = page.points[0]
    assert (newest.added, newest.changed, newest.deleted) == (1, 1, 1)
    assert (newest.files, newest.folders, newest.size_bytes) == (2, 1, 8)
    assert page.next_before is None
    paged = points.list_points(appliance.ctx, appliance.admin, appliance.id_of(), ALWAYS, limit=1)
    assert [point.id for point in paged.points] == [second]
    rest = points.list_points(
        appliance.ctx, appliance.admin, appliance.id_of(), ALWAYS, before=paged.next_before, limit=1
    )
    assert [point.id for point in rest.points] == [first]
    assert rest.next_before is None


def test_f89_ranges_are_days_of_a_zone_with_both_ends(appliance: Recovering) -> None:
    appliance.backups.put("/a.txt", "a")
    appliance.backup()
    [point] = points.list_points(appliance.ctx, appliance.admin, appliance.id_of(), ALWAYS).points
    for zone in ("", "Pacific/Kiritimati", "America/New_York"):
        day = point.time.astimezone(parse_range("", "", zone).zone).date()
        for span, there in (((day, day), 1), ((day + timedelta(1), day + timedelta(3)), 0)):
            dates = parse_range(span[0].isoformat(), span[1].isoformat(), zone)
            found = points.list_points(appliance.ctx, appliance.admin, appliance.id_of(), dates)
            assert len(found.points) == there
        days = points.calendar(appliance.ctx, appliance.admin, appliance.id_of(), ALWAYS)
        assert [one.points for one in days] == [1]


@pytest.mark.parametrize(
    ("start", "end", "zone", "field"),
    [
        ("yesterday", "", "", "from"),
        ("", "2026-13-40", "", "to"),
        ("2026-11-20", "2026-11-19", "", "to"),
        ("", "", "Mars/Olympus", "zone"),
        ("", "", "../../etc/passwd", "zone"),
        ("9999-12-31", "9999-12-31", "America/New_York", "to"),
    ],
)
def test_a_range_that_makes_no_sense_names_its_field(
    start: str, end: str, zone: str, field: str
) -> None:
    with pytest.raises(FieldsError) as caught:
        parse_range(start, end, zone)
    assert [name for name, _ in caught.value.fields] == [field]


def test_f82_first_and_last_backup(appliance: Recovering) -> None:
    appliance.add_bob()
    appliance.backups.put("/a.txt", "abc")
    appliance.backup()
    appliance.backups.put("/b.txt", "d")
    last = appliance.backup()
    span = points.backup_span(appliance.ctx, appliance.admin, appliance.id_of())
    assert (span.last_point, span.is_current, span.files, span.size_bytes) == (last, True, 2, 4)
    assert span.first_backup is not None
    assert span.last_backup is not None
    assert span.first_backup < span.last_backup


def test_f91_a_tree_through_mounts_page_by_page(appliance: Recovering) -> None:
    appliance.add_bob()
    appliance.backups.put("/Shared/Deep/x.txt", "xx")
    appliance.backups.edit({"op": "share", "path": "/Shared", "members": {BOB: "editor"}})
    for number in range(7):
        appliance.backups.put(f"/f{number}.txt", "f" * (7 - number))
    appliance.backup()
    names, mark = [], None
    while True:
        page = trees.list_folder(
            appliance.ctx, appliance.admin, appliance.id_of(), "latest", "", after=mark, limit=3
        )
        names += [item.name for item in page.items]
        if (mark := page.next_mark) is None:
            break
    assert names == ["Shared", *(f"f{number}.txt" for number in range(7))]
    shared = trees.get_item(appliance.ctx, appliance.admin, appliance.id_of(), "latest", "/Shared")
    assert (shared.is_mount, shared.files, shared.size_bytes) == (True, 1, 2)
    inside = trees.list_folder(
        appliance.ctx, appliance.admin, appliance.id_of(), "latest", "/SHARED/deep"
    )
    assert (inside.folder.shown, [item.path for item in inside.items]) == (
        "/Shared/Deep",
        ["/shared/deep/x.txt"],
    )
    by_size = trees.list_folder(
        appliance.ctx, appliance.admin, appliance.id_of(), "latest", "", order=Order("size")
    )
    assert by_size.items[1].name == "f6.txt"
    with pytest.raises(NotFoundError, match="is a file"):
        trees.list_folder(appliance.ctx, appliance.admin, appliance.id_of(), "latest", "/f1.txt")
    with pytest.raises(NotFoundError):
        trees.list_folder(appliance.ctx, appliance.admin, appliance.id_of(), "latest", "/nope")


def test_versions_also_of_what_is_deleted_and_of_what_lies_in_a_mount(
    appliance: Recovering,
) -> None:
    appliance.backups.put("/Shared/plan.txt", "one")
    appliance.backups.edit({"op": "share", "path": "/Shared"})
    first = appliance.backup()
    appliance.backups.put("/Shared/plan.txt", "two!")
    second = appliance.backup()
    appliance.backups.edit({"op": "delete", "path": "/Shared/plan.txt"})
    appliance.backup()
    found = history.list_versions(
        appliance.ctx, appliance.admin, appliance.id_of(), "/Shared/plan.txt"
    )
    assert [(v.size_bytes, v.first_point, v.last_point, v.is_current) for v in found] == [
        (4, second, second, False),
        (3, first, first, False),
    ]
    for version, text in zip(found, [b"two!", b"one"], strict=True):
        stored = content.open_file(
            appliance.ctx, appliance.admin, appliance.id_of(), version.last_point, version.path
        )
        assert b"".join(stored.pieces(0, None)) == text
    with pytest.raises(NotFoundError, match="no restore point has a file"):
        history.list_versions(appliance.ctx, appliance.admin, appliance.id_of(), "/never.txt")


def test_differences_go_through_mounts_in_pages(appliance: Recovering) -> None:
    appliance.backups.put("/Shared/s.txt", "s")
    appliance.backups.edit({"op": "share", "path": "/Shared"})
    appliance.backups.put("/gone.txt", "g")
    appliance.backups.put("/same.txt", "s")
    first = appliance.backup()
    appliance.backups.put("/Shared/s.txt", "changed")
    appliance.backups.put("/Shared/t.txt", "t")
    appliance.backups.put("/Zed/new.txt", "n")
    appliance.backups.edit({"op": "delete", "path": "/gone.txt"})
    second = appliance.backup()
    found, mark = [], None
    while True:
        page = history.list_differences(
            appliance.ctx,
            appliance.admin,
            appliance.id_of(),
            first,
            second,
            "",
            after=mark,
            limit=2,
        )
        found += [(one.change, one.shown) for one in page.differences]
        if (mark := page.next_mark) is None:
            break
    assert found == [
        ("removed", "/gone.txt"),
        ("added", "/Zed"),
        ("added", "/Zed/new.txt"),
        ("changed", "/Shared/s.txt"),
        ("added", "/Shared/t.txt"),
    ]
    with pytest.raises(UsageError):
        history.list_differences(
            appliance.ctx, appliance.admin, appliance.id_of(), second, first, ""
        )


def test_content_in_ranges_and_checked(appliance: Recovering) -> None:
    appliance.backups.put("/small.txt", "0123456789")
    appliance.backup()
    stored = content.open_file(
        appliance.ctx, appliance.admin, appliance.id_of(), "latest", "/small.txt"
    )
    assert (stored.name, stored.size_bytes) == ("small.txt", 10)
    assert b"".join(stored.pieces(3, 4)) == b"3456"
    assert b"".join(stored.pieces(8, None)) == b"89"
    with pytest.raises(UsageError, match="is a folder"):
        content.open_file(appliance.ctx, appliance.admin, appliance.id_of(), "latest", "/")


def test_wrong_bytes_break_the_stream_and_are_never_a_short_file() -> None:
    pieces = content.hashed(iter([b"one", b"two"]), b"\0" * 32)
    assert next(pieces) == b"one"
    with pytest.raises(DamagedError):
        next(pieces)


def test_people_see_only_what_they_reach(appliance: Recovering) -> None:
    appliance.add_bob()
    appliance.backups.put("/secret.txt", "s")
    appliance.backup()
    bobs = appliance.person(
        Role.RECOVERY_OPERATOR, Reach(entities=frozenset({appliance.id_of(BOB)}))
    )
    trees.list_folder(appliance.ctx, bobs, appliance.id_of(BOB), "latest", "")
    for ask in (
        lambda: trees.list_folder(appliance.ctx, bobs, appliance.id_of(), "latest", ""),
        lambda: history.list_versions(appliance.ctx, bobs, appliance.id_of(), "/secret.txt"),
        lambda: content.open_file(appliance.ctx, bobs, appliance.id_of(), "latest", "/secret.txt"),
        lambda: points.list_points(appliance.ctx, bobs, appliance.id_of(), ALWAYS),
    ):
        with pytest.raises(ForbiddenError):
            ask()
    desk = appliance.person(Role.HELP_DESK, Reach(tasks=frozenset({TASK})))
    trees.list_folder(appliance.ctx, desk, appliance.id_of(), "latest", "")
    for is_preview in (True, False):
        with pytest.raises(ForbiddenError):
            content.open_file(
                appliance.ctx,
                desk,
                appliance.id_of(),
                "latest",
                "/secret.txt",
                is_preview=is_preview,
            )


def test_looks_are_audited_but_folded(appliance: Recovering) -> None:
    for name in "ab":
        appliance.backups.put(f"/Docs/{name}.txt", name)
    appliance.backup()
    here = (appliance.ctx, appliance.admin, appliance.id_of(), "latest")
    for _ in range(5):
        trees.list_folder(*here, "")
        trees.list_folder(*here, "/Docs")
        content.open_file(*here, "/Docs/a.txt")
    content.open_file(*here, "/Docs/b.txt")
    lines = appliance.audit_lines()
    assert len(lines) == 3
    assert lines[0].endswith(f"of {ADMIN} was browsed.")
    assert [line.partition(" ")[0] for line in lines[1:]] == ["/Docs/a.txt", "/Docs/b.txt"]
    appliance.people.clock.advance(601)
    trees.list_folder(*here, "")
    assert len(appliance.audit_lines()) == 4


def test_deleted_backups_are_not_shown_any_more(appliance: Recovering) -> None:
    appliance.backups.put("/a.txt", "a")
    first = appliance.backup()
    here = (appliance.ctx, appliance.admin, appliance.id_of())
    [point] = points.list_points(*here, ALWAYS).points
    namespace = appliance.backups.home()
    with appliance.ctx.auth.write() as connection:
        mark_purged(
            connection, appliance.team_id, appliance.storages.default_id, [namespace], point.time
        )
    assert points.list_points(*here, ALWAYS).points == []
    assert points.backup_span(*here).last_backup is None
    for point_id in (first, "latest"):
        with pytest.raises(NotFoundError):
            trees.list_folder(*here, point_id, "")
    appliance.backups.put("/b.txt", "b")
    second = appliance.backup()
    assert [one.id for one in points.list_points(*here, ALWAYS).points] == [second]
