"""Edits do what people do in Dropbox, and the truth shows it."""

from typing import Any

import pytest
from dropally.common.errors import NotFoundError, UsageError
from dropally.simulator.control.local import Control
from tests.simulator.office import Office

ANN, BOB = "ann@acme.example", "bob@acme.example"


@pytest.fixture
def control(office: Office) -> Control:
    return office.simulator.control


def paths_in(control: Control, namespace: str) -> set[str]:
    return {entry["path_lower"] for entry in control.truth(namespace)}


def test_move_and_copy_between_homes(office: Office, control: Control) -> None:
    put, moved, copied = control.edit(
        {"op": "put", "member": ANN, "path": "/a/one.txt", "text": "1"},
        {"op": "move", "member": ANN, "path": "/a", "to": "/b"},
        {"op": "copy", "member": ANN, "path": "/b/one.txt", "to": "/got.txt", "to_member": BOB},
    )
    assert paths_in(control, office.people.ann.home_namespace) == {"/b", "/b/one.txt"}
    assert paths_in(control, office.people.bob.home_namespace) == {"/got.txt"}
    assert moved["kind"] == "folder"
    assert copied["content_hash"] == put["content_hash"]
    assert copied["id"] != put["id"]


def test_what_is_not_shared_cannot_be_unshared(office: Office, control: Control) -> None:
    control.edit({"op": "put", "member": ANN, "path": "/plain/p.txt", "text": "plan"})
    with pytest.raises(UsageError, match=r"Edit 1: '/plain' is not a shared folder") as refused:
        control.edit({"op": "unshare", "member": ANN, "path": "/plain"})
    assert "Share it first" in refused.value.hint
    with pytest.raises(UsageError, match="refused: team_folder"):
        control.edit({"op": "unshare", "namespace": office.people.sales.ns_id})
    with pytest.raises(UsageError, match="refused: access_error/invalid_id"):
        control.edit({"op": "unshare", "member": ANN})


def test_share_mount_and_unshare(office: Office, control: Control) -> None:
    control.edit({"op": "put", "member": ANN, "path": "/plans/p.txt", "text": "plan"})
    (shared,) = control.edit(
        {
            "op": "share",
            "member": ANN,
            "path": "/plans",
            "members": {BOB: "editor"},
            "mount_at": {BOB: "/from ann/plans"},
        }
    )
    namespace = shared["namespace_id"]
    assert paths_in(control, namespace) == {"/p.txt"}
    assert paths_in(control, office.people.bob.home_namespace) == {"/from ann", "/from ann/plans"}
    control.edit({"op": "put", "member": BOB, "path": "/from ann/plans/q.txt", "text": "q"})
    assert paths_in(control, namespace) == {"/p.txt", "/q.txt"}
    control.edit({"op": "unmount", "namespace": namespace, "who": BOB})
    control.edit({"op": "mount", "namespace": namespace, "who": BOB, "at": "/again"})
    control.edit({"op": "unshare", "member": ANN, "path": "/plans"})
    assert namespace not in {space["namespace_id"] for space in control.namespaces()}
    assert paths_in(control, office.people.ann.home_namespace) == {
        "/plans",
        "/plans/p.txt",
        "/plans/q.txt",
    }


def test_members_come_change_and_go(office: Office, control: Control, ann: Any) -> None:
    control.edit(
        {"op": "add_member", "email": "new@acme.example", "given_name": "N", "surname": "W"},
        {"op": "rename_member", "member": "new@acme.example", "email": "old@acme.example"},
        {"op": "set_status", "member": BOB, "status": "suspended"},
        {"op": "set_admin", "member": "old@acme.example", "is_admin": True},
        {"op": "add_group", "name": "New ones", "members": ["old@acme.example"]},
        {"op": "set_group_members", "group": "New ones", "members": [ANN]},
    )
    statuses = {
        member.profile.email: member.profile.status._tag
        for member in office.team.team_members_list_v2().members
    }
    assert statuses["old@acme.example"] == "active"
    assert statuses[BOB] == "suspended"


def test_team_folders_come_and_go(control: Control) -> None:
    (made,) = control.edit({"op": "add_team_folder", "name": "Labs", "members": {ANN: "editor"}})
    control.edit(
        {"op": "put", "team_folder": "Labs", "path": "/l.txt", "text": "l"},
        {"op": "rename_team_folder", "team_folder": "Labs", "name": "Laboratory"},
        {"op": "set_team_folder_status", "team_folder": "Laboratory", "status": "archived"},
    )
    space = next(one for one in control.namespaces() if one["namespace_id"] == made["namespace_id"])
    assert (space["name"], space["status"], space["mounted_at"]) == ("Laboratory", "archived", [])
    assert paths_in(control, made["namespace_id"]) == {"/l.txt"}


def test_a_wrong_edit_stops_all_before_the_first(office: Office, control: Control) -> None:
    with pytest.raises(UsageError, match="Edit 2"):
        control.edit({"op": "mkdir", "member": ANN, "path": "/x"}, {"op": "mkdirs"})
    assert paths_in(control, office.people.ann.home_namespace) == set()


def test_a_refused_edit_is_named(control: Control) -> None:
    with pytest.raises(UsageError, match="Edit 2 was refused: conflict/folder"):
        control.edit(
            {"op": "mkdir", "member": ANN, "path": "/x"},
            {"op": "mkdir", "member": ANN, "path": "/x"},
        )
    with pytest.raises(NotFoundError, match="nothing at"):
        control.edit({"op": "move", "member": ANN, "path": "/no", "to": "/yes"})
