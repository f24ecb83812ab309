"""What pages ask besides: one restore point, names in a folder, what is deleted, all about an item."""

import pytest
from dropally.auth.errors import ForbiddenError
from dropally.auth.verbs import Role
from dropally.common.errors import NotFoundError
from dropally.recovery import content, deleted, details, history, points, restoring, trees
from dropally.recovery.restoring import RestoreRequest
from tests.jobs.appliance import ADMIN
from tests.recovery.appliance import BOB, Recovering


def names(appliance: Recovering, point: str, path: str, part: str) -> list[str]:
    page = trees.list_folder(
        appliance.ctx, appliance.admin, appliance.id_of(), point, path, name_part=part
    )
    return [item.name for item in page.items]


def test_a_restore_point_leads_to_its_neighbours(appliance: Recovering) -> None:
    made = []
    for number in range(3):
        appliance.backups.put("/a.txt", f"{number}")
        made.append(appliance.backup())
    here = (appliance.ctx, appliance.admin, appliance.id_of())
    found = [points.get_point(*here, point) for point in made]
    assert [(one.older, one.id, one.newer) for one in found] == [
        (None, made[0], made[1]),
        (made[0], made[1], made[2]),
        (made[1], made[2], None),
    ]
    latest = points.get_point(*here, "latest")
    assert (latest.id, latest.changed, latest.files) == (made[2], 1, 1)


def test_a_folder_is_filtered_by_a_part_of_a_name_mounts_too(appliance: Recovering) -> None:
    appliance.add_bob()
    appliance.backups.put("/Plans/x.txt", "x")
    appliance.backups.edit({"op": "share", "path": "/Plans", "members": {BOB: "editor"}})
    appliance.backups.put("/Floor PLAN.pdf", "p")
    appliance.backups.put("/other.txt", "o")
    appliance.backup()
    assert names(appliance, "latest", "", "plan") == ["Plans", "Floor PLAN.pdf"]
    assert names(appliance, "latest", "", " PLAN. ") == ["Floor PLAN.pdf"]
    assert names(appliance, "latest", "", "%") == []


def test_deleted_items_are_shown_with_the_point_that_still_has_them(
    appliance: Recovering,
) -> None:
    appliance.backups.put("/Docs/keep.txt", "k")
    appliance.backups.put("/Docs/old/a.txt", "aa")
    appliance.backups.put("/Docs/gone.txt", "ggg")
    first = appliance.backup()
    appliance.backups.edit({"op": "delete", "path": "/Docs/old"})
    second = appliance.backup()
    appliance.backups.edit({"op": "delete", "path": "/Docs/gone.txt"})
    appliance.backup()
    here = (appliance.ctx, appliance.admin, appliance.id_of())
    page = deleted.list_deleted(*here, "latest", "/docs")
    assert [(one.name, one.kind, one.size_bytes, one.last_point) for one in page.items] == [
        ("old", "folder", 2, first),
        ("gone.txt", "file", 3, second),
    ]
    assert page.next_mark is None
    short = deleted.list_deleted(*here, "latest", "/Docs", limit=1)
    rest = deleted.list_deleted(*here, "latest", "/Docs", after=short.next_mark, limit=1)
    assert [one.name for one in short.items + rest.items] == ["old", "gone.txt"]
    assert [one.name for one in deleted.list_deleted(*here, second, "/Docs").items] == ["old"]
    assert deleted.list_deleted(*here, first, "/Docs").items == []
    item = page.items[1]
    stored = content.open_file(*here, item.last_point, item.path)
    assert b"".join(stored.pieces(0, None)) == b"ggg"


def test_details_tell_hash_revision_and_author_of_the_item(appliance: Recovering) -> None:
    appliance.backups.put("/Shared/plan.txt", "one")
    appliance.backups.edit({"op": "share", "path": "/Shared"})
    point = appliance.backup()
    here = (appliance.ctx, appliance.admin, appliance.id_of())
    found = details.get_details(*here, "latest", "/shared/PLAN.txt")
    assert (found.shown, found.kind, found.point_id) == ("/Shared/plan.txt", "file", point)
    assert found.content_hash == content.open_file(*here, "latest", "/Shared/plan.txt").etag
    assert found.revision
    assert found.uploaded is not None
    assert "dbid:" not in found.modified_by
    folder = details.get_details(*here, "latest", "/Shared")
    assert (folder.kind, folder.is_mount, folder.files, folder.content_hash) == (
        "folder",
        True,
        1,
        "",
    )
    root = details.get_details(*here, "latest", "")
    assert (root.name, root.shown, root.folders) == (ADMIN, "", 1)
    with pytest.raises(NotFoundError):
        details.get_details(*here, "latest", "/nope")
    nobody = appliance.person(Role.AUDITOR)
    for ask in (details.get_details, deleted.list_deleted):
        with pytest.raises(ForbiddenError):
            ask(appliance.ctx, nobody, appliance.id_of(), "latest", "")


def test_a_moved_file_is_known_by_its_content(appliance: Recovering) -> None:
    appliance.backups.put("/here/a.txt", "the same")
    appliance.backups.put("/b.txt", "another")
    first = appliance.backup()
    appliance.backups.edit({"op": "move", "path": "/here/a.txt", "to": "/there.txt"})
    second = appliance.backup()
    page = history.list_differences(
        appliance.ctx, appliance.admin, appliance.id_of(), first, second, ""
    )
    ends = {(one.change, one.shown): one.after or one.before for one in page.differences}
    left, came = ends["removed", "/here/a.txt"], ends["added", "/there.txt"]
    assert left is not None
    assert came is not None
    assert left.content_id
    assert left.content_id == came.content_id


def test_f100_a_plan_tells_how_many_uploads_this_month_had(appliance: Recovering) -> None:
    appliance.backups.put("/a.txt", "a")
    appliance.backup()
    with appliance.ctx.auth.write() as connection:
        connection.execute(
            "INSERT INTO upload_meter (team_id, month, calls) VALUES (?, ?, 41)",
            (appliance.team_id, appliance.ctx.now().strftime("%Y-%m")),
        )
    request = RestoreRequest(selection_id=appliance.select((ADMIN, "/a.txt")))
    assert restoring.plan(appliance.ctx, appliance.admin, request).uploads_used == 41
