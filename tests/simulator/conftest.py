"""A simulator with one member, and the SDK talking to it."""

from collections.abc import Iterator

import dropbox
import pytest
import requests

from dropally.simulator import Simulator, start_simulator
from dropally.simulator.state.model import Member, Namespace, Team
from dropally.simulator.state.world import World
from tests.simulator.sdk import client, session_for

ANN = "dbmid:ann"
HOME = "1"


def found_team(world: World) -> None:
    """A team of one: Ann, with an empty home."""
    world.teams.put("team", Team(team_id="dbtid:1", name="Example"))
    member = Member(
        member_id=ANN,
        account_id="dbid:" + "A" * 35,
        email="ann@example.com",
        given_name="Ann",
        surname="Smith",
        home_namespace=HOME,
        root_namespace=HOME,
    )
    world.members.put(ANN, member)
    home = Namespace(ns_id=HOME, kind="team_member_folder", name="Ann Smith", owner=ANN)
    world.add_namespace(home)
    world.personal_tokens["ann-token"] = ANN


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with start_simulator(strict=True) as running:
        running.run(found_team)
        yield running


@pytest.fixture
def session(simulator: Simulator) -> Iterator[requests.Session]:
    with session_for(simulator.http_url) as opened:
        yield opened


@pytest.fixture
def ann(session: requests.Session) -> dropbox.Dropbox:
    """Ann's personal client."""
    return client(session, "ann-token")
