"""The roster: who is there, what there is, in each of Dropbox's team layouts."""

import pickle

import msgspec
import pytest
from dropally.dropbox_api import Roster, TeamConnection
from dropally.simulator.state.model import Layout
from tests.dropbox_api.team_of_three import Stage, everything, open_stage


@pytest.mark.parametrize("layout", ["2016", "2017", "2023"])
def test_each_layout_is_known_and_read_whole(layout: Layout) -> None:
    with open_stage(layout) as stage, stage.connect() as connection:
        people = stage.people
        stage.put(people.ben.home_namespace, "/Letters/One.txt", b"one")
        stage.put(people.sales.ns_id, "/Offer.txt", b"offer")
        stage.put(people.eve.home_namespace, "/kept.txt", b"kept")
        roster = connection.discover()
        assert roster.layout == layout
        found = {
            space.id: [
                entry["path_lower"]
                for entry in everything(connection.namespace(space.id, roster))
                if entry[".tag"] == "file"
            ]
            for space in roster.namespaces
        }
        assert found[people.ben.home_namespace] == ["/letters/one.txt"]
        assert found[people.sales.ns_id] == ["/offer.txt"]
        # A suspended member's home is read in an admin's name.
        assert found[people.eve.home_namespace] == ["/kept.txt"]


def test_the_roster_names_people_and_folders(stage: Stage, roster: Roster) -> None:
    by_name = {member.email.partition("@")[0]: member for member in roster.members}
    assert by_name["ann"].is_admin
    assert not by_name["ben"].is_admin
    assert by_name["eve"].status == "suspended"
    assert [folder.name for folder in roster.team_folders] == ["Sales"]
    assert roster.profile.name == "Acme Works"
    assert roster.profile.upload_limit == 25_000
    assert roster.profile.admin_member_id == stage.people.ann.member_id
    kinds = {space.id: space.kind for space in roster.namespaces}
    assert kinds[stage.people.ben.home_namespace] == "member"
    assert kinds[stage.people.sales.ns_id] == "team_folder"
    assert stage.people.ben.root_namespace not in kinds


def test_the_roster_can_be_stored_and_sent(roster: Roster) -> None:
    assert msgspec.json.decode(msgspec.json.encode(roster), type=Roster) == roster
    assert pickle.loads(pickle.dumps(roster)) == roster


def test_members_may_be_read_without_the_removed(connection: TeamConnection) -> None:
    names = {m.email.partition("@")[0] for m in connection.members(include_removed=False)}
    assert names == {"ann", "ben", "eve"}
    assert list(connection.groups()) == []
