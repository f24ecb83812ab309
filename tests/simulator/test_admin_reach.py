"""How far Select-Admin and Path-Root reach: homes of all kinds of members, team folders, nested folders."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from dropally.simulator.state.team_space import add_member
from dropbox import exceptions
from tests.simulator.office import Office, open_office


@pytest.fixture
def office() -> Iterator[Office]:
    with open_office() as opened:
        yield opened


def in_namespace(office: Office, namespace: str) -> Any:
    """Ann as admin, with paths starting in a namespace."""
    header = json.dumps({".tag": "namespace_id", "namespace_id": namespace})
    return office.administering_as(office.people.ann, Dropbox_API_Path_Root=header)


def test_admin_lists_and_downloads_from_every_home_of_the_team(office: Office) -> None:
    office.acting_as(office.people.bob).files_upload(b"mine", "/private.txt")
    admin = in_namespace(office, office.people.bob.home_namespace)
    assert [one.name for one in admin.files_list_folder("").entries] == ["private.txt"]
    assert admin.files_download("/private.txt")[1].content == b"mine"
    with pytest.raises(exceptions.PathRootError):
        admin.files_delete_v2("/private.txt")


def test_admin_reads_suspended_homes_unless_the_knob_forbids(office: Office) -> None:
    home = office.people.eve.home_namespace
    assert in_namespace(office, home).files_list_folder("").entries == []
    office.simulator.run(lambda world: setattr(world.knobs, "read_suspended_homes", False))
    with pytest.raises(exceptions.PathRootError):
        in_namespace(office, home).files_list_folder("")


@pytest.mark.parametrize("who", ["rex", "ida", "pat"])
def test_homes_of_those_who_left_never_came_or_are_strangers_are_closed(
    office: Office, who: str
) -> None:
    with pytest.raises(exceptions.PathRootError) as refused:
        in_namespace(office, getattr(office.people, who).home_namespace).files_list_folder("")
    assert refused.value.error.is_no_permission()


def test_admin_writes_where_the_team_owns(office: Office) -> None:
    sales = office.people.sales.ns_id
    in_namespace(office, sales).files_upload(b"x", "/offer.txt")
    bob = office.acting_as(office.people.bob)
    nested = bob.sharing_share_folder(f"ns:{sales}/Nested").get_complete().shared_folder_id
    in_namespace(office, nested).files_upload(b"x", "/inside.txt")
    private = bob.sharing_share_folder("/Private").get_complete().shared_folder_id
    with pytest.raises(exceptions.PathRootError):
        in_namespace(office, private).files_upload(b"x", "/not here.txt")


def test_archived_team_folder_is_closed_to_everybody(office: Office) -> None:
    sales, bob = office.people.sales.ns_id, office.people.bob
    office.team.team_team_folder_archive(sales, force_async_off=True)
    with pytest.raises(exceptions.PathRootError):
        in_namespace(office, sales).files_list_folder("")
    with pytest.raises(exceptions.ApiError) as refused:
        office.acting_as(bob).files_list_folder(f"ns:{sales}")
    assert refused.value.error.get_path().is_not_found()
    header = json.dumps({".tag": "root", "root": bob.root_namespace})
    at_root = office.acting_as(bob, Dropbox_API_Path_Root=header)
    names = [one.name for one in at_root.files_list_folder("").entries]
    assert names == ["Bob Jones"]
    office.team.team_team_folder_activate(sales)
    assert "Sales" in [one.name for one in at_root.files_list_folder("").entries]


def test_restricted_team_folder_is_mounted_for_its_members_only(office: Office) -> None:
    people = office.people
    made = office.team.team_team_folder_create("Board").team_folder_id

    def restrict(world: Any) -> None:
        world.namespaces[made].whole_team = False
        world.namespaces[made].members = {people.ann.member_id: "editor"}

    office.simulator.run(restrict)
    office.acting_as(people.ann).files_upload(b"x", f"ns:{made}/minutes.txt")
    with pytest.raises(exceptions.ApiError):
        office.acting_as(people.bob).files_list_folder(f"ns:{made}")


def test_users_of_the_same_name_get_homes_of_their_own() -> None:

    with open_office() as office:
        office.simulator.run(lambda world: add_member(world, "ann2@acme.example", "Ann", "Smith"))
        listed = office.team.team_namespaces_list().namespaces
        homes = [one for one in listed if one.namespace_type.is_team_member_folder()]
        assert len([one for one in homes if one.name.startswith("Ann Smith")]) == 2


def test_homes_of_others_are_hidden_in_the_team_space() -> None:
    with open_office("2017") as office:
        root = json.dumps({".tag": "root", "root": office.people.bob.root_namespace})
        bob = office.acting_as(office.people.bob, Dropbox_API_Path_Root=root)
        assert [one.name for one in bob.files_list_folder("").entries] == ["Bob Jones", "Sales"]
        assert bob.files_get_metadata("/Bob Jones").shared_folder_id
        with pytest.raises(exceptions.ApiError) as refused:
            bob.files_get_metadata("/Ann Smith")
        assert refused.value.error.get_path().is_not_found()
