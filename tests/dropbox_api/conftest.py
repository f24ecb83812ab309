"""A running simulator with a small team, and a connection to it."""

from collections.abc import Iterator

import pytest
from dropally.dropbox_api import NamespaceClient, Roster, TeamConnection
from dropally.simulator import Simulator, start_simulator
from tests.dropbox_api.scripted_server import ScriptedServer
from tests.dropbox_api.team_of_three import Stage, open_home, open_stage
from tests.simulator.known_documents import remember_documents

remember_documents()


@pytest.fixture(scope="session")
def sample() -> Iterator[Simulator]:
    """The sample team; tests leave it as it was."""
    with start_simulator(team="sample") as simulator:
        yield simulator


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


@pytest.fixture
def connection(stage: Stage) -> Iterator[TeamConnection]:
    with stage.connect() as opened:
        yield opened


@pytest.fixture
def roster(connection: TeamConnection) -> Roster:
    return connection.discover()


@pytest.fixture
def home(stage: Stage, connection: TeamConnection, roster: Roster) -> NamespaceClient:
    """Ann's home."""
    return open_home(connection, roster, stage.people.ann)


@pytest.fixture
def servers() -> Iterator[list[ScriptedServer]]:
    """Put started servers in; they must have ended with the test."""
    started: list[ScriptedServer] = []
    yield started
    for server in started:
        server.join(60)
        assert not server.is_alive()
