"""The sample team: everything that a backup is tested on is really there."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dropally.common.errors import UsageError
from dropally.simulator import Simulator, start_simulator
from dropally.simulator.state.world import World
from dropally.simulator.world.registry import prepare
from dropally.simulator.world.sample_traps import FOLDER, trap_files
from dropally.simulator.world.teams import build_team
from dropbox.exceptions import ApiError
from tests.simulator.known_documents import made_anew
from tests.simulator.sdk import loopback_session, team_client, user_client

ANN = "ann.berger@hollenberg.example"


@pytest.fixture(scope="module")
def sample() -> Iterator[Simulator]:
    with start_simulator(team="sample", strict=True) as simulator:
        yield simulator


@pytest.fixture
def session(sample: Simulator) -> Iterator[Any]:
    with loopback_session(sample.http_url) as opened:
        yield opened


@pytest.fixture
def ann(sample: Simulator, session: Any) -> Any:
    return user_client(session, sample.control.mint_token("member", member=ANN).access_token)


def entries(sample: Simulator) -> Iterator[dict[str, Any]]:
    for space in sample.control.namespaces():
        yield from sample.control.truth(space["namespace_id"])


def test_people_in_every_state(sample: Simulator, session: Any) -> None:
    team = team_client(session, sample.control.mint_token().access_token)
    listed = team.team_members_list_v2(include_removed=True).members
    assert sorted(member.profile.status._tag for member in listed) == (
        ["active"] * 6 + ["invited", "removed", "suspended"]
    )
    assert len(team.team_groups_list().groups) == 4


def test_thousands_of_files_with_history(sample: Simulator) -> None:
    everything = list(entries(sample))
    files = [entry for entry in everything if entry["kind"] == "file"]
    assert len(files) > 3000
    authors = sample.run(
        lambda world: [{rev.author for rev in past} for past in world.histories.values()]
    )
    assert sum(len(who) > 1 for who in authors) > 50
    hashes = [entry["content_hash"] for entry in files]
    assert len(hashes) - len(set(hashes)) >= 6  # the handbook lies in every home


def test_four_shared_folders_mounted_under_several_names(sample: Simulator) -> None:
    shared = [one for one in sample.control.namespaces() if one["kind"] == "shared_folder"]
    assert len(shared) == 4
    for space in shared:
        assert len({mount["path_lower"] for mount in space["mounted_at"]}) >= 2


def test_every_revision_has_its_bytes(sample: Simulator) -> None:
    def check(world: World) -> int:
        checked = 0
        for entry in world.revisions.values():
            source = world.contents.open(entry)
            assert source.size == entry.size
            if entry.size <= 4 * 2**20:
                block = hashlib.sha256(source.read(0, entry.size)).digest()
                expected = hashlib.sha256(block if entry.size else b"").hexdigest()
                assert expected == entry.content_hash
                checked += 1
        return checked

    assert sample.run(check) > 4000


def test_names_to_trip_over(ann: Any) -> None:
    listed = ann.files_list_folder(FOLDER, recursive=True)
    found = {entry.path_lower: entry for entry in listed.entries}
    assert len([e for e in found.values() if hasattr(e, "rev")]) == len(list(trap_files()))
    assert f"{FOLDER.lower()}/café ångström.txt" in found  # composed, whatever was sent
    assert f"{FOLDER.lower()}/σίσυφοσ.txt" in found
    assert max(len(entry.name.encode("utf-16-le")) // 2 for entry in found.values()) > 250
    assert max(path.count("/") for path in found) > 40


def test_the_film_is_not_held_in_memory(sample: Simulator, session: Any) -> None:
    chiara = sample.control.mint_token("member", member="chiara.conti@hollenberg.example")
    client = user_client(session, chiara.access_token)
    film = client.files_get_metadata("/Films/Factory tour.mp4")
    assert film.size == 200 * 2**20
    headers = {"Range": "bytes=104857600-104857699"}
    with client.files_download(f"rev:{film.rev}", extra_headers=headers)[1] as response:
        assert response.status_code == 206
        assert len(response.content) == 100


def test_what_cannot_be_downloaded(ann: Any) -> None:
    for path, said in (
        ("/Paper/Meeting notes 1.paper", "unsupported_file"),
        ("/Google/Plan.gdoc", "unsupported_file"),
        ("/Odd files/unsupported.bin", "unsupported_file"),
        ("/Odd files/restricted.txt", "restricted_content"),
    ):
        with pytest.raises(ApiError, match=said):
            ann.files_download(path)
    assert ann.files_get_metadata("/Odd files/link to meetings").symlink_info.target
    assert ann.files_get_metadata("/Google/Plan.gdoc").export_info.export_as == "docx"


def test_the_same_documents_on_every_run(sample: Simulator) -> None:
    world = World()
    prepare(world)
    with made_anew():
        build_team(world, "sample@2016")
    again = [entry.content_hash for entry in world.revisions.values()]
    world.close()
    assert again == sample.run(
        lambda running: [entry.content_hash for entry in running.revisions.values()]
    )


@pytest.mark.parametrize("spec", ["smaple", "folder:", "sample@1999"])
def test_unknown_teams_are_refused(spec: str) -> None:
    with pytest.raises(UsageError) as caught:
        start_simulator(team=spec)
    assert caught.value.hint


@pytest.mark.parametrize("layout", ["2016", "2017", "2023"])
def test_an_empty_team_has_an_admin(layout: str) -> None:
    with start_simulator(team=f"empty@{layout}") as simulator:
        assert simulator.control.health()["layout"] == layout
        assert simulator.control.mint_token().access_token


def test_the_sample_team_survives_a_restart(tmp_path: Path) -> None:
    with start_simulator(team="sample", state=tmp_path) as simulator:
        before = {entry["id"]: entry for entry in entries(simulator)}
    with start_simulator(team="sample", state=tmp_path, strict=True) as simulator:
        assert {entry["id"]: entry for entry in entries(simulator)} == before
        token = simulator.control.mint_token("member", member=ANN).access_token
        with loopback_session(simulator.http_url) as session:
            ann = user_client(session, token)
            with pytest.raises(ApiError, match="restricted_content"):
                ann.files_download("/Odd files/restricted.txt")
        film = next(entry for entry in before.values() if entry["name"] == "Factory tour.mp4")
        source = simulator.run(lambda world: world.contents.open(world.revisions[film["rev"]]))
        assert source.size == film["size"]
        assert bytes(source.read(4, 4)) == b"ftyp"
