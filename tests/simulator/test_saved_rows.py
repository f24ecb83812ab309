"""What accounts and sharing keep must survive a restart."""

from pathlib import Path
from typing import Any

from dropally.simulator import start_simulator
from dropally.simulator.auth.minting import DEFAULT_APP_KEY
from dropally.simulator.state.world import World
from dropbox import files, sharing
from tests.simulator.office import open_office
from tests.simulator.sdk import loopback_session, team_client

KEPT = (
    "apps", "grants", "access_tokens", "events", "links", "file_shares", "outsiders", "members",
    "groups", "namespaces", "team",
)  # fmt: skip
Rows = dict[str, dict[str, object]]


def rows(world: World) -> Rows:
    """Every row of the tables above."""
    return {name: dict(world.tables[name].items()) for name in KEPT}


def test_links_events_and_shares_come_back_as_they_were(tmp_path: Path) -> None:
    with open_office(state=tmp_path) as office:
        ann, bob = office.acting_as(office.people.ann), office.acting_as(office.people.bob)
        item = ann.files_upload(b"one", "/Plans/a.txt").id
        ann.files_upload(b"two", "/Plans/a.txt", mode=files.WriteMode.overwrite)
        shared = ann.sharing_share_folder("/Plans").get_complete().shared_folder_id
        added = sharing.AddMember(sharing.MemberSelector.email("bob@acme.example"))
        ann.sharing_add_folder_member(shared, [added])
        bob.sharing_mount_folder(shared)
        undone = ann.sharing_share_folder("/Undone").get_complete().shared_folder_id
        ann.sharing_unshare_folder(undone)
        ann.sharing_add_file_member(item, [sharing.MemberSelector.email("pat@home.example")])
        ann.sharing_create_shared_link_with_settings("/Plans/a.txt")
        refresh, bob_id = office.team_token.refresh_token, office.people.bob.member_id
        before = office.simulator.run(rows)
    with (
        start_simulator(strict=True, state=tmp_path) as again,
        loopback_session(again.http_url) as session,
    ):
        assert again.run(rows) == before
        assert undone not in before["namespaces"]
        team: Any = team_client(
            session, None, oauth2_refresh_token=refresh, app_key=DEFAULT_APP_KEY
        )
        assert team.team_token_get_authenticated_admin().admin_profile.email == "ann@acme.example"
        bob = team.as_user(bob_id)
        assert bob.files_download("/Plans/a.txt")[1].content == b"two"
        revisions = bob.files_list_revisions("/Plans/a.txt").entries
        assert len(revisions) == 2
        assert bob.files_download(f"rev:{revisions[1].rev}")[1].content == b"one"
