"""Who reaches what: mounts, shared folders, spreading over members, folders of others."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from dropally.common.errors import DeniedError
from dropally.dropbox_api import ItemFailure, Roster, TeamConnection, UploadItem
from dropally.dropbox_api.discover import admin_of
from dropally.dropbox_api.entrances import Entrances
from dropally.dropbox_api.identity import as_admin, as_user
from dropally.simulator.state.edits import create_folder
from dropally.simulator.state.model import Layout
from dropally.simulator.state.sharing import grant_access, mount_folder, share_folder
from dropally.simulator.state.team_space import add_outsider
from dropally.simulator.state.world import World
from tests.dropbox_api.team_of_three import Stage, everything, hash_of, open_stage


def share_plans(stage: Stage) -> str:
    """Ann shares /Work/Plans; Ben may edit it as /From Ann, Eve (suspended) may view it."""
    people = stage.people
    stage.put(people.ann.home_namespace, "/Work/Plans/plan.txt", b"plan")

    def share(world: World) -> str:
        shared = share_folder(world, people.ann.home_namespace, "/Work/Plans", people.ann)
        grant_access(world, shared, people.ben, "editor")
        mount_folder(world, people.ben, shared, "/From Ann")
        grant_access(world, shared, people.eve, "viewer")
        mount_folder(world, people.eve, shared)
        return shared.ns_id

    return stage.simulator.run(share)


def invite_from_outside(stage: Stage) -> str:
    """Pat, who is on no team, shares a folder that Ben may edit."""

    def share(world: World) -> str:
        pat = add_outsider(world, "pat@home.example", "Pat", "Brown")
        create_folder(world, pat.home_namespace, "/Pats")
        shared = share_folder(world, pat.home_namespace, "/Pats", pat)
        grant_access(world, shared, stage.people.ben, "editor")
        mount_folder(world, stage.people.ben, shared)
        return shared.ns_id

    return stage.simulator.run(share)


@pytest.fixture
def plans(stage: Stage) -> str:
    return share_plans(stage)


@pytest.fixture
def linked(stage: Stage, plans: str) -> Iterator[tuple[TeamConnection, Roster]]:
    with stage.connect() as connection:
        yield connection, connection.discover()


@pytest.mark.parametrize("layout", ["2016", "2017", "2023"])
def test_mounts_are_seen_where_each_member_has_them(layout: Layout) -> None:
    with open_stage(layout) as stage, stage.connect() as connection:
        plans = share_plans(stage)
        people = stage.people
        roster = connection.discover()
        seen = {m.member_id: m.path_display for m in roster.mounts if m.namespace == plans}
        assert seen == {
            people.ann.member_id: "/Work/Plans",
            people.ben.member_id: "/From Ann",
            people.eve.member_id: "/Plans",
        }
        sales = {m.member_id for m in roster.mounts if m.namespace == people.sales.ns_id}
        assert len(sales) == (3 if layout == "2016" else 0)


@pytest.mark.parametrize("knob", ["list_mount_points", "recurse_into_mounts"])
@pytest.mark.parametrize("value", [True, False])
def test_shared_content_is_listed_once_whatever_a_home_shows(
    stage: Stage, plans: str, knob: str, value: bool
) -> None:
    stage.simulator.run(lambda world: setattr(world.knobs, knob, value))
    stage.simulator.run(lambda world: setattr(world.knobs, "duplicate_namespaces", True))
    with stage.connect() as connection:
        roster = connection.discover()
        ids = [space.id for space in roster.namespaces]
        assert len(ids) == len(set(ids))
        files = [
            entry["path_lower"]
            for space in ids
            for entry in everything(connection.namespace(space, roster))
            if entry[".tag"] == "file"
        ]
    assert files == ["/plan.txt"]


@pytest.mark.parametrize("readable", [True, False])
def test_a_suspended_members_home_is_read_or_told(
    stage: Stage, connection: TeamConnection, readable: bool
) -> None:
    stage.put(stage.people.eve.home_namespace, "/kept.txt", b"kept")
    stage.simulator.run(lambda world: setattr(world.knobs, "read_suspended_homes", readable))
    client = connection.namespace(stage.people.eve.home_namespace, connection.discover())
    if readable:
        rev = str(everything(client)[0]["rev"])
        assert b"".join(client.download(rev, 4, hash_of(b"kept"))) == b"kept"
    else:
        with pytest.raises(ItemFailure) as caught:
            everything(client)
        assert caught.value.reason == "no_permission"


def test_the_members_of_a_shared_folder_share_its_calls(
    stage: Stage, plans: str, linked: tuple[TeamConnection, Roster]
) -> None:
    connection, roster = linked
    client = connection.namespace(plans, roster)
    entry = everything(client)[0]
    rev = str(entry["rev"])

    def fetch(_: int) -> bytes:
        return b"".join(client.download(rev, 4, hash_of(b"plan")))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(fetch, range(80))) == {b"plan"}
    by_identity = stage.metrics()["calls_by_identity"]
    downloads = {who: n.get("files/download", 0) for who, n in by_identity.items()}
    assert downloads[stage.people.ann.member_id] > 10
    assert downloads[stage.people.ben.member_id] > 10


def test_a_frozen_member_leaves_the_work_to_others(
    stage: Stage, plans: str, linked: tuple[TeamConnection, Roster]
) -> None:
    connection, roster = linked
    client = connection.namespace(plans, roster)
    rev = str(everything(client)[0]["rev"])
    ann = stage.people.ann.member_id
    wait = {"retry_after": 300}
    rule = {"action": "rate_limit", "route": "files/download", "nth": 1, "args": wait}
    stage.disturb({**rule, "identity": ann}, {**rule, "identity": f"admin:{ann}"})

    def fetch(_: int) -> bytes:
        return b"".join(client.download(rev, 4, hash_of(b"plan")))

    assert fetch(0) == b"plan"  # Ann is asked first, and told to wait
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(fetch, range(29))) == {b"plan"}
    by_identity = stage.metrics()["calls_by_identity"]
    downloads = {who: calls.get("files/download", 0) for who, calls in by_identity.items()}
    assert (downloads[ann], downloads[stage.people.ben.member_id]) == (1, 30)


def test_names_for_each_kind_of_place(
    stage: Stage, plans: str, linked: tuple[TeamConnection, Roster]
) -> None:
    _, roster = linked
    people = stage.people
    ann, ben = as_user(people.ann.member_id), as_user(people.ben.member_id)
    admin = as_admin(people.ann.member_id)
    assert Entrances(roster).listers(people.ben.home_namespace) == (ben, admin)
    assert Entrances(roster).listers(people.eve.home_namespace) == (admin,)
    assert Entrances(roster).listers(people.sales.ns_id)[0] == admin
    assert set(Entrances(roster).readers(plans)) == {ann, ben, admin}
    assert Entrances(roster).writers(people.ben.home_namespace)[0] == ben


def test_folders_of_others_are_read_and_never_written(stage: Stage) -> None:
    outside = invite_from_outside(stage)
    with stage.connect() as connection:
        roster = connection.discover()
        space = next(space for space in roster.namespaces if space.id == outside)
        assert space.external
        client = connection.namespace(outside, roster)
        assert everything(client) == []
        item = UploadItem(
            path="/x", size_bytes=1, content_hash=hash_of(b"x"), pieces=lambda: [b"x"]
        )
        with pytest.raises(DeniedError) as caught:
            client.upload(item)
        assert "another place" in caught.value.hint


def test_with_nobody_left_the_team_has_to_be_linked_anew(
    linked: tuple[TeamConnection, Roster],
) -> None:
    roster = linked[1]
    profile = msgspec.structs.replace(roster.profile, admin_member_id="")
    deserted = msgspec.structs.replace(roster, members=(), profile=profile)
    with pytest.raises(DeniedError) as caught:
        Entrances(deserted).readers("no such namespace")
    assert "admin" in caught.value.hint


def test_another_admin_acts_when_the_linking_one_is_gone(
    linked: tuple[TeamConnection, Roster],
) -> None:
    members = linked[1].members
    ann = next(member for member in members if member.is_admin)
    assert admin_of(ann.member_id, members) == ann.member_id
    assert admin_of("dbmid:gone", members) == ann.member_id
