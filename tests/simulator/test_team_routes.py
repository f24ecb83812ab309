"""team/*: what an admin's link tells about the team. Every answer is checked in strict mode."""

from collections.abc import Iterator

import pytest
from dropbox import exceptions, team
from tests.simulator.office import Office, open_office


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with open_office() as opened:
        yield opened


def test_get_info_counts_licences(office: Office) -> None:
    info = office.team.team_get_info()
    assert info.name == "Acme Works"
    assert info.team_id.startswith("dbtid:")
    assert (info.num_used_licenses, info.num_provisioned_users) == (3, 4)


def test_members_come_in_pages_with_home_and_root(office: Office) -> None:
    page = office.team.team_members_list_v2(limit=2)
    members, pages = list(page.members), 1
    while page.has_more:
        page = office.team.team_members_list_continue_v2(page.cursor)
        members, pages = members + page.members, pages + 1
    by_email = {member.profile.email: member for member in members}
    assert pages == 2
    assert set(by_email) == {f"{name}@acme.example" for name in ("ann", "bob", "eve", "ida")}
    ann = by_email["ann@acme.example"]
    assert ann.roles[0].role_id.startswith("pid_dbtmr:")
    assert ann.profile.member_folder_id == office.people.ann.home_namespace
    assert ann.profile.root_folder_id == office.people.ann.root_namespace
    assert by_email["eve@acme.example"].profile.status.is_suspended()
    assert by_email["ida@acme.example"].profile.account_id is None


def test_removed_members_are_listed_on_request_and_recoverable_for_a_week(office: Office) -> None:
    everybody = office.team.team_members_list_v2(include_removed=True).members
    rex = next(one for one in everybody if one.profile.email == "rex@acme.example")
    assert rex.profile.status.get_removed().is_recoverable


def test_first_version_of_the_member_list_has_admin_tiers(office: Office) -> None:
    page = office.team.team_members_list(limit=1)
    rest = office.team.team_members_list_continue(page.cursor)
    roles = {one.profile.email: one.role for one in [*page.members, *rest.members]}
    assert roles["ann@acme.example"].is_team_admin()
    assert roles["bob@acme.example"].is_member_only()


def test_members_are_found_by_each_selector(office: Office) -> None:
    ann = office.people.ann
    asked = [
        team.UserSelectorArg.team_member_id(ann.member_id),
        team.UserSelectorArg.email("ANN@acme.example"),
        team.UserSelectorArg.external_id("7"),
        team.UserSelectorArg.email("nobody@acme.example"),
    ]
    for found in (
        office.team.team_members_get_info(asked),
        office.team.team_members_get_info_v2(asked).members_info,
    ):
        ids = [one.get_member_info().profile.team_member_id for one in found[:3]]
        assert ids == [ann.member_id] * 3
        assert found[3].get_id_not_found() == "nobody@acme.example"


def test_groups_and_their_members(office: Office) -> None:
    crew = office.team.team_groups_list().groups[0]
    assert (crew.group_name, crew.member_count) == ("Crew", 2)
    selector = team.GroupSelector.group_id(crew.group_id)
    page = office.team.team_groups_members_list(selector, limit=1)
    rest = office.team.team_groups_members_list_continue(page.cursor)
    assert {one.profile.email for one in [*page.members, *rest.members]} == {
        "ann@acme.example",
        "bob@acme.example",
    }
    with pytest.raises(exceptions.ApiError) as refused:
        office.team.team_groups_members_list(team.GroupSelector.group_id("g:none"))
    assert refused.value.error.is_group_not_found()


def test_cursors_of_other_lists_are_invalid(office: Office) -> None:
    cursor = office.team.team_groups_list().cursor
    with pytest.raises(exceptions.ApiError) as refused:
        office.team.team_members_list_continue_v2(cursor)
    assert refused.value.error.is_invalid_cursor()
    with pytest.raises(exceptions.ApiError) as refused:
        office.team.team_namespaces_list_continue("AAAA")
    assert refused.value.error.is_invalid_cursor()


def test_namespaces_name_homes_roots_and_team_folders_but_nobody_who_left(office: Office) -> None:
    people = office.people
    listed = {one.namespace_id: one for one in office.team.team_namespaces_list().namespaces}
    assert listed[people.ann.home_namespace].namespace_type.is_team_member_folder()
    assert listed[people.ann.home_namespace].team_member_id == people.ann.member_id
    assert listed[people.ann.root_namespace].namespace_type.is_team_member_root()
    assert listed[people.eve.home_namespace].name == "Eve Miller"
    assert listed[people.sales.ns_id].namespace_type.is_team_folder()
    gone = {people.rex.home_namespace, people.ida.home_namespace, people.pat.home_namespace}
    assert gone.isdisjoint(listed)


def test_namespaces_may_be_named_twice() -> None:
    with open_office() as office:
        plain = [one.namespace_id for one in office.team.team_namespaces_list().namespaces]
        office.simulator.run(lambda world: setattr(world.knobs, "duplicate_namespaces", True))
        doubled = [one.namespace_id for one in office.team.team_namespaces_list().namespaces]
    assert len(doubled) > len(plain) == len(set(plain))
    assert set(doubled) == set(plain)


def test_admin_who_linked_the_app_is_named(office: Office) -> None:
    found = office.team.team_token_get_authenticated_admin()
    assert found.admin_profile.email == "ann@acme.example"


@pytest.mark.parametrize(
    ("layout", "shared", "distinct"),
    [("2016", False, False), ("2017", True, True), ("2023", False, True)],
)
def test_features_tell_the_layout(layout: str, shared: bool, distinct: bool) -> None:
    with open_office(layout) as office:  # type: ignore[arg-type]  # the table above has them
        features = [
            team.Feature.has_team_shared_dropbox,
            team.Feature.has_distinct_member_homes,
            team.Feature.upload_api_rate_limit,
        ]
        values = office.team.team_features_get_values(features).values
        assert values[0].get_has_team_shared_dropbox().get_has_team_shared_dropbox() is shared
        assert values[1].get_has_distinct_member_homes().get_has_distinct_member_homes() is distinct
        assert values[2].get_upload_api_rate_limit().is_unlimited()
        folders = office.team.team_team_folder_list().team_folders
        names = [folder.name for folder in folders]
        assert names == (["Acme Works"] if layout == "2017" else ["Sales"])
        assert folders[0].is_team_shared_dropbox is (layout == "2017")


def test_team_folder_is_created_archived_activated_and_renamed() -> None:
    with open_office() as office:
        made = office.team.team_team_folder_create("Projects")
        launched = office.team.team_team_folder_archive(made.team_folder_id)
        job = office.team.team_team_folder_archive_check(launched.get_async_job_id())
        assert job.get_complete().status.is_archived()
        with pytest.raises(exceptions.ApiError) as refused:
            office.team.team_team_folder_archive(made.team_folder_id)
        assert refused.value.error.get_status_error().is_archived()
        assert office.team.team_team_folder_activate(made.team_folder_id).status.is_active()
        assert office.team.team_team_folder_rename(made.team_folder_id, "Plans").name == "Plans"
        found = office.team.team_team_folder_get_info([made.team_folder_id, "99"])
        assert found[0].get_team_folder_metadata().name == "Plans"
        assert found[1].get_id_not_found() == "99"


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("sales", "folder_name_already_used"),
        ("a/b", "invalid_folder_name"),
        ("desktop.ini", "folder_name_reserved"),
    ],
)
def test_team_folder_names_are_checked(office: Office, name: str, tag: str) -> None:
    with pytest.raises(exceptions.ApiError) as refused:
        office.team.team_team_folder_create(name)
    assert refused.value.error._tag == tag
