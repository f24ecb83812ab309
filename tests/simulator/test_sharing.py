"""Shared folders, files and links, by the SDK as several members."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from dropally.simulator.state.model import Member
from dropbox import exceptions, files, sharing, team_common, team_log
from tests.simulator.office import Office, open_office


@pytest.fixture
def office() -> Iterator[Office]:
    with open_office() as opened:
        yield opened


def share(client: Any, path: str, *with_whom: Member, level: str = "editor") -> str:
    """Share a folder with people; the new namespace."""
    shared = client.sharing_share_folder(path).get_complete()
    if with_whom:
        add(client, shared.shared_folder_id, *with_whom, level=level)
    return str(shared.shared_folder_id)


def add(client: Any, folder: str, *people: Member, level: str = "editor") -> None:
    """Give people access."""
    members = [
        sharing.AddMember(
            sharing.MemberSelector.dropbox_id(person.account_id), sharing.AccessLevel(level)
        )
        for person in people
    ]
    client.sharing_add_folder_member(folder, members)


def listed(client: Any, path: str = "", **options: Any) -> dict[str, Any]:
    """What a recursive listing shows, by lower-cased path."""
    page = client.files_list_folder(path, recursive=True, **options)
    entries = list(page.entries)
    while page.has_more:
        page = client.files_list_folder_continue(page.cursor)
        entries += page.entries
    return {entry.path_lower: entry for entry in entries}


def test_sharing_moves_the_content_into_a_namespace_of_its_own(office: Office) -> None:
    ann = office.acting_as(office.people.ann)
    before = ann.files_upload(b"one", "/Plans/2026/a.txt")
    ann.files_upload(b"two", "/Plans/2026/a.txt", mode=files.WriteMode.overwrite)
    shared = ann.sharing_share_folder("/Plans").get_complete()
    assert (shared.path_lower, shared.access_type.is_owner()) == ("/plans", True)
    home = listed(ann)
    assert home["/plans"].sharing_info.shared_folder_id == shared.shared_folder_id
    inside = listed(ann, f"ns:{shared.shared_folder_id}")
    moved = next(one for path, one in inside.items() if path.endswith("/2026/a.txt"))
    assert moved.id == before.id
    assert moved.sharing_info.parent_shared_folder_id == shared.shared_folder_id
    revisions = ann.files_list_revisions("/Plans/2026/a.txt").entries
    assert [entry.size for entry in revisions] == [3, 3]
    assert len({entry.rev for entry in revisions}) == 2
    names = {one.namespace_id: one for one in office.team.team_namespaces_list().namespaces}
    assert names[shared.shared_folder_id].namespace_type.is_shared_folder()


def test_followers_of_the_home_see_the_folder_go_and_come_back(office: Office) -> None:
    ann = office.acting_as(office.people.ann)
    ann.files_upload(b"one", "/Plans/a.txt")
    cursor = ann.files_list_folder_get_latest_cursor("", recursive=True).cursor
    share(ann, "/Plans")
    changes = ann.files_list_folder_continue(cursor).entries
    kinds = [type(entry).__name__ for entry in changes if entry.path_lower == "/plans"]
    assert kinds[0] == "DeletedMetadata"
    assert kinds[-1] == "FolderMetadata"


def test_members_mount_and_unmount_where_they_like(office: Office) -> None:
    ann, bob = office.acting_as(office.people.ann), office.acting_as(office.people.bob)
    ann.files_upload(b"one", "/Plans/a.txt")
    folder = share(ann, "/Plans", office.people.bob)
    assert [one.name for one in bob.sharing_list_mountable_folders().entries] == ["Plans"]
    bob.files_create_folder_v2("/Plans")
    beside = bob.sharing_mount_folder(folder).path_lower
    assert beside.startswith("/plans (")
    assert bob.files_download(f"{beside}/a.txt")[1].content == b"one"
    bob.files_move_v2(beside, "/From Ann")
    assert bob.sharing_get_folder_metadata(folder).name == "From Ann"
    with pytest.raises(exceptions.ApiError) as refused:
        bob.sharing_mount_folder(folder)
    assert refused.value.error.is_already_mounted()
    bob.sharing_unmount_folder(folder)
    unmounted = bob.sharing_get_folder_metadata(folder)
    assert unmounted.path_lower is None
    names = {one.name for one in bob.sharing_list_folders().entries}
    assert names == {"Plans", "Sales"}


def test_viewers_can_read_but_not_write(office: Office) -> None:
    ann, bob = office.acting_as(office.people.ann), office.acting_as(office.people.bob)
    ann.files_upload(b"one", "/Plans/a.txt")
    folder = share(ann, "/Plans", office.people.bob, level="viewer")
    bob.sharing_mount_folder(folder)
    assert listed(bob)["/plans"].sharing_info.read_only
    with pytest.raises(exceptions.ApiError) as refused:
        bob.files_upload(b"x", "/Plans/b.txt")
    assert refused.value.error.get_path().reason.is_no_write_permission()
    with pytest.raises(exceptions.ApiError) as refused:
        add(bob, folder, office.people.eve)
    assert refused.value.error.is_no_permission()


def test_access_list_names_users_groups_and_invitees_page_by_page(office: Office) -> None:
    ann, people = office.acting_as(office.people.ann), office.people
    folder = share(ann, "/Plans", people.bob, people.pat)
    ann.sharing_add_folder_member(
        folder,
        [
            sharing.AddMember(sharing.MemberSelector.dropbox_id(people.crew.group_id)),
            sharing.AddMember(sharing.MemberSelector.email("new@else.example")),
        ],
    )
    page = ann.sharing_list_folder_members(folder, limit=2)
    users, groups, invitees = list(page.users), list(page.groups), list(page.invitees)
    while page.cursor:
        page = ann.sharing_list_folder_members_continue(page.cursor)
        users, groups, invitees = users + page.users, groups + page.groups, invitees + page.invitees
    access = {one.user.email: (one.access_type._tag, one.user.same_team) for one in users}
    assert access == {
        "ann@acme.example": ("owner", True),
        "bob@acme.example": ("editor", True),
        "pat@home.example": ("editor", False),
    }
    assert [(one.group.group_name, one.access_type._tag) for one in groups] == [("Crew", "viewer")]
    assert [one.invitee.get_email() for one in invitees] == ["new@else.example"]


def test_team_folder_is_open_to_everyone_on_the_team(office: Office) -> None:
    bob = office.acting_as(office.people.bob)
    metadata = bob.sharing_get_folder_metadata(office.people.sales.ns_id)
    assert (metadata.is_team_folder, metadata.owner_team.name) == (True, "Acme Works")
    groups = bob.sharing_list_folder_members(office.people.sales.ns_id).groups
    assert groups[0].group.group_name == "Everyone at Acme Works"
    assert groups[0].group.group_management_type.is_system_managed()


def test_folder_inside_a_team_folder_inherits_its_access(office: Office) -> None:
    ann, sales = office.acting_as(office.people.ann), office.people.sales.ns_id
    nested = share(ann, f"ns:{sales}/Confidential")
    metadata = ann.sharing_get_folder_metadata(nested)
    assert (metadata.is_inside_team_folder, metadata.parent_shared_folder_id) == (True, sales)
    groups = ann.sharing_list_folder_members(nested).groups
    assert groups[0].is_inherited
    office.simulator.run(lambda world: setattr(world.namespaces[nested], "inherits", False))
    with pytest.raises(exceptions.ApiError) as refused:
        office.acting_as(office.people.bob).sharing_list_folder_members(nested)
    assert refused.value.error.is_not_a_member()


def test_admin_reads_any_access_list_of_the_team(office: Office) -> None:
    bob = office.acting_as(office.people.bob)
    folder = share(bob, "/Private")
    admin = office.administering_as(office.people.ann)
    assert admin.sharing_get_folder_metadata(folder).access_type.is_viewer()
    users = admin.sharing_list_folder_members(folder).users
    assert [one.user.email for one in users] == ["bob@acme.example"]


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("/file.txt", "is_file"),
        ("/Shared/inner", "inside_shared_folder"),
        ("/Shared", "already_shared"),
        ("/Top", "contains_shared_folder"),
        ("/bad\\name", "invalid_path"),
    ],
)
def test_what_cannot_be_shared_says_why(office: Office, path: str, tag: str) -> None:
    ann = office.acting_as(office.people.ann)
    ann.files_upload(b"x", "/file.txt")
    ann.files_upload(b"x", "/Shared/inner/x")
    share(ann, "/Shared")
    share(ann, "/Top/Below")
    with pytest.raises(exceptions.ApiError) as refused:
        ann.sharing_share_folder(path)
    assert refused.value.error.get_bad_path()._tag == tag


def test_choices_made_when_sharing_are_kept(office: Office) -> None:
    ann, sales = office.acting_as(office.people.ann), office.people.sales.ns_id
    shared = ann.sharing_share_folder(
        f"ns:{sales}/Board",
        acl_update_policy=sharing.AclUpdatePolicy.owner,
        member_policy=sharing.MemberPolicy.team,
        access_inheritance=sharing.AccessInheritance.no_inherit,
    ).get_complete()
    for told in (shared, ann.sharing_get_folder_metadata(shared.shared_folder_id)):
        assert told.policy.acl_update_policy.is_owner()
        assert told.policy.resolved_member_policy.is_team()
        assert told.access_inheritance.is_no_inherit()
    with pytest.raises(exceptions.ApiError):
        office.acting_as(office.people.bob).files_list_folder(f"ns:{shared.shared_folder_id}")


def test_sharing_may_take_its_time(office: Office) -> None:
    ann = office.acting_as(office.people.ann)
    launch = ann.sharing_share_folder("/Later", force_async=True)
    job = launch.get_async_job_id()
    assert ann.sharing_check_share_job_status(job).is_in_progress()
    assert ann.sharing_check_share_job_status(job).get_complete().name == "Later"
    with pytest.raises(exceptions.ApiError) as refused:
        ann.sharing_check_share_job_status("dbjid:none")
    assert refused.value.error.is_invalid_async_job_id()


@pytest.mark.parametrize("leave_a_copy", [False, True])
def test_unsharing_gives_the_content_back_to_the_owner(office: Office, leave_a_copy: bool) -> None:
    ann, bob = office.acting_as(office.people.ann), office.acting_as(office.people.bob)
    item = ann.files_upload(b"one", "/Plans/deep/a.txt").id
    folder = share(ann, "/Plans", office.people.bob)
    bob.sharing_mount_folder(folder)
    job = ann.sharing_unshare_folder(folder, leave_a_copy=leave_a_copy).get_async_job_id()
    assert ann.sharing_check_job_status(job).is_in_progress()
    assert ann.sharing_check_job_status(job).is_complete()
    assert ann.files_get_metadata("/Plans/deep/a.txt").id == item
    assert ann.files_get_metadata("/Plans").sharing_info is None
    assert ("/plans/deep/a.txt" in listed(bob)) is leave_a_copy
    with pytest.raises(exceptions.ApiError) as refused:
        ann.sharing_get_folder_metadata(folder)
    assert refused.value.error.is_invalid_id()


def test_access_taken_away_takes_the_folder_out_of_the_home(office: Office) -> None:
    ann, bob = office.acting_as(office.people.ann), office.acting_as(office.people.bob)
    folder = share(ann, "/Plans", office.people.bob)
    bob.sharing_mount_folder(folder)
    who = sharing.MemberSelector.email("bob@acme.example")
    ann.sharing_remove_folder_member(folder, who, leave_a_copy=False)
    assert "/plans" not in listed(bob)
    with pytest.raises(exceptions.ApiError) as refused:
        ann.sharing_remove_folder_member(folder, who, leave_a_copy=False)
    assert refused.value.error.get_member_error().is_not_a_member()
    with pytest.raises(exceptions.ApiError) as refused:
        bob.sharing_list_folder_members(folder)
    assert refused.value.error.is_not_a_member()


def test_team_folder_cannot_be_unshared_or_unmounted(office: Office) -> None:
    ann, sales = office.acting_as(office.people.ann), office.people.sales.ns_id
    with pytest.raises(exceptions.ApiError) as refused:
        ann.sharing_unshare_folder(sales)
    assert refused.value.error.is_team_folder()
    with pytest.raises(exceptions.ApiError) as refused:
        ann.sharing_unmount_folder(sales)
    assert refused.value.error.is_not_unmountable()


def test_file_shared_by_itself_is_received_and_marked(office: Office) -> None:
    ann, bob = office.acting_as(office.people.ann), office.acting_as(office.people.bob)
    item = ann.files_upload(b"one", "/letter.txt").id
    results = ann.sharing_add_file_member(
        item,
        [
            sharing.MemberSelector.email("bob@acme.example"),
            sharing.MemberSelector.email("new@else.example"),
            sharing.MemberSelector.dropbox_id("dbid:nobody"),
        ],
    )
    assert results[0].result.get_success().is_viewer()
    assert results[2].result.get_member_error().is_invalid_member()
    received = bob.sharing_list_received_files().entries
    assert [(one.name, one.path_lower) for one in received] == [("letter.txt", None)]
    members = ann.sharing_list_file_members(item)
    assert {one.user.email: one.access_type._tag for one in members.users} == {
        "ann@acme.example": "owner",
        "bob@acme.example": "viewer",
    }
    assert members.invitees[0].invitee.get_email() == "new@else.example"
    assert bob.sharing_list_file_members(item, limit=1).cursor
    page = ann.files_list_folder("", include_has_explicit_shared_members=True)
    assert {one.name: one.has_explicit_shared_members for one in page.entries} == {
        "letter.txt": True
    }
    assert ann.sharing_get_file_metadata(item).path_lower == "/letter.txt"
    with pytest.raises(exceptions.ApiError) as refused:
        ann.sharing_list_file_members("/none")
    assert refused.value.error.get_access_error().is_invalid_file()


def test_links_are_made_once_listed_with_those_above_and_taken_back(office: Office) -> None:
    ann = office.acting_as(office.people.ann)
    ann.files_upload(b"one", "/Plans/a.txt")
    settings = sharing.SharedLinkSettings(
        expires=datetime(2099, 1, 1),  # noqa: DTZ001 - the SDK takes naive times as UTC
        audience=sharing.LinkAudience.public,
        require_password=True,
        link_password="pw",
    )
    link = ann.sharing_create_shared_link_with_settings("/Plans/a.txt", settings)
    assert link.link_permissions.resolved_visibility.is_password()
    assert link.expires.year == 2099
    with pytest.raises(exceptions.ApiError) as refused:
        ann.sharing_create_shared_link_with_settings("/Plans/a.txt")
    found = refused.value.error.get_shared_link_already_exists().get_metadata()
    assert found.url == link.url
    above = ann.sharing_create_shared_link_with_settings("/Plans")
    urls = {one.url for one in ann.sharing_list_shared_links("/Plans/a.txt").links}
    assert urls == {link.url, above.url}
    direct = ann.sharing_list_shared_links("/Plans/a.txt", direct_only=True).links
    assert [one.url for one in direct] == [link.url]
    ann.sharing_revoke_shared_link(link.url)
    assert [one.url for one in ann.sharing_list_shared_links().links] == [above.url]
    with pytest.raises(exceptions.ApiError) as refused:
        ann.sharing_revoke_shared_link(link.url)
    assert refused.value.error.is_shared_link_not_found()


def test_links_that_make_no_sense_are_refused(office: Office) -> None:
    ann = office.acting_as(office.people.ann)
    ann.files_upload(b"one", "/a.txt")
    past = sharing.SharedLinkSettings(expires=datetime(2001, 1, 1))  # noqa: DTZ001 - as above
    with pytest.raises(exceptions.ApiError) as refused:
        ann.sharing_create_shared_link_with_settings("/a.txt", past)
    assert refused.value.error.get_settings_error().is_invalid_settings()
    with pytest.raises(exceptions.ApiError) as refused:
        ann.sharing_create_shared_link_with_settings("/none.txt")
    assert refused.value.error.get_path().is_not_found()
    with pytest.raises(exceptions.ApiError) as refused:
        ann.sharing_list_shared_links(cursor="AAAA")
    assert refused.value.error.is_reset()


@pytest.mark.parametrize("layout", ["2016", "2017", "2023"])
def test_team_folder_is_seen_where_the_layout_shows_it(layout: str) -> None:
    with open_office(layout) as office:  # type: ignore[arg-type]  # the table above has them
        bob, header = office.people.bob, '{".tag": "root", "root": "%s"}'
        at_root = office.acting_as(bob, Dropbox_API_Path_Root=header % bob.root_namespace)
        at_root.files_upload(b"x", "/Sales/offer.txt")
        in_home = listed(office.acting_as(bob))
        assert ("/sales/offer.txt" in in_home) is (layout == "2016")
        from_root = listed(at_root)
        assert "/sales/offer.txt" in from_root
        assert ("/bob jones" in from_root) is (layout != "2016")
        assert "/ann smith/x" not in from_root


def test_team_log_tells_who_did_what(office: Office) -> None:
    ann = office.acting_as(office.people.ann)
    ann.files_upload(b"one", "/Plans/a.txt")
    ann.files_move_v2("/Plans/a.txt", "/Plans/b.txt")
    ann.files_copy_v2("/Plans/b.txt", "/c.txt")
    ann.files_delete_v2("/c.txt")
    folder = share(ann, "/Plans", office.people.bob)
    ann.sharing_create_shared_link_with_settings("/Plans/b.txt")
    ann.sharing_unshare_folder(folder)
    page = office.team.team_log_get_events(limit=4)
    events = list(page.events)
    while page.has_more:
        page = office.team.team_log_get_events_continue(page.cursor)
        events += page.events
    kinds = [event.event_type._tag for event in events]
    assert {
        "file_add",
        "file_rename",
        "file_copy",
        "file_delete",
        "shared_folder_create",
        "shared_content_add_member",
        "shared_content_unshare",
        "shared_link_create",
        "team_folder_create",
        "member_change_status",
    } <= set(kinds)
    renamed = next(event for event in events if event.event_type.is_file_rename())
    assert renamed.actor.get_user().email == "ann@acme.example"
    assert [asset.get_file().display_name for asset in renamed.assets] == ["a.txt", "b.txt"]
    later = office.team.team_log_get_events_continue(page.cursor)
    assert (later.events, later.has_more) == ([], False)


def test_team_log_filters_and_refuses(office: Office) -> None:
    ann = office.acting_as(office.people.ann)
    ann.files_upload(b"one", "/a.txt")
    members = office.team.team_log_get_events(category=team_log.EventCategory.members).events
    assert {event.event_type._tag for event in members} == {"member_change_status"}
    adds = office.team.team_log_get_events(event_type=team_log.EventTypeArg.file_add).events
    assert len(adds) == 1
    mine = office.team.team_log_get_events(account_id=office.people.bob.account_id)
    assert mine.events == []
    with pytest.raises(exceptions.ApiError) as refused:
        office.team.team_log_get_events(account_id="dbid:" + "x" * 35)
    assert refused.value.error.is_account_id_not_found()
    ahead = team_common.TimeRange(start_time=datetime(2099, 1, 1))  # noqa: DTZ001 - as above
    assert office.team.team_log_get_events(time=ahead).events == []
    with pytest.raises(exceptions.ApiError) as refused:
        office.team.team_log_get_events_continue("AAAA")
    assert refused.value.error.is_bad_cursor()


def test_empty_pages_of_the_team_log_do_not_end_it(office: Office) -> None:
    office.simulator.run(lambda world: setattr(world.knobs, "empty_event_pages", True))
    page = office.team.team_log_get_events()
    assert (page.events, page.has_more) == ([], True)
    assert office.team.team_log_get_events_continue(page.cursor).events
