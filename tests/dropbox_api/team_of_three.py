"""A small simulated team for these tests: Ann (admin), Ben, Eve (suspended), one team folder."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dropally.common.clock import Clock, ManualClock, SystemClock
from dropally.dropbox_api import (
    ConnectionSettings,
    Credentials,
    NamespaceClient,
    RetrySettings,
    Roster,
    TeamConnection,
    open_team,
)
from dropally.dropbox_api.scopes import scopes_for
from dropally.simulator import Simulator, start_simulator
from dropally.simulator.auth.minting import Minted, mint_team_token, register_default_app
from dropally.simulator.content_hash import content_hash
from dropally.simulator.state.edits import FileContent, create_folder, put_file
from dropally.simulator.state.model import Layout, Member, Namespace
from dropally.simulator.state.team_folders import create_team_folder
from dropally.simulator.state.team_space import add_member, found_team
from dropally.simulator.state.world import World
from dropally.simulator.transport.faces import Addresses

APP_REDIRECT = "http://localhost:8080/linked"
SCOPES = scopes_for("restore")
# Faults are retried at once: tests are about what happens, not about how long it takes.
QUICK = RetrySettings(first_pause_s=0.01, longest_pause_s=0.05)


NEVER_S = 600.0
"""An answer kept back so long comes when the rules change; no test waits for it."""


class StageClock(ManualClock):
    """A connection's clock whose waits are over at once, because Dropbox's time passes with it.

    For one thread: the waits of several would add up.
    """

    def __init__(self, simulator: Simulator) -> None:
        super().__init__(SystemClock().now())
        self._simulator = simulator

    def advance(self, seconds: float) -> None:
        """Move the simulated team's clock, too."""
        self._simulator.control.advance_clock(seconds)
        super().advance(seconds)


@dataclass(frozen=True)
class People:
    """Who and what is there at the start."""

    ann: Member
    ben: Member
    eve: Member
    sales: Namespace


class Stage:
    """The running simulator, and Dropally's connections to it."""

    def __init__(self, simulator: Simulator, people: People) -> None:
        self.simulator = simulator
        self.people = people
        self.link = self.mint()

    def mint(self, *, scopes: frozenset[str] = SCOPES, lifetime_s: float | None = 14_400) -> Minted:
        """A fresh team link."""
        return self.simulator.run(
            lambda world: mint_team_token(world, scopes=scopes, lifetime_s=lifetime_s)
        )

    def disturb(self, *rules: Mapping[str, object]) -> None:
        """Put fault rules in force, in place of those before."""
        self.simulator.run(lambda world: world.faults.set_rules(rules))

    def metrics(self) -> dict[str, Any]:
        """The simulator's counters."""
        return self.simulator.run(lambda world: world.faults.metrics.report())

    def calls(self, route: str) -> int:
        """How often a route was called."""
        return int(self.metrics()["calls_by_route"].get(route, 0))

    def until_called(self, route: str, calls: int = 1) -> None:
        """Wait until so many calls of a route have come, answered or not."""
        until(lambda: self.calls(route) >= calls)

    @property
    def credentials(self) -> Credentials:
        """The link as Dropally keeps it."""
        return credentials_of(self.link)

    @property
    def settings(self) -> ConnectionSettings:
        """The way to the simulator."""
        return ConnectionSettings(api_url=self.simulator.http_url, retry=QUICK)

    def connect(
        self, *, clock: Clock | None = None, cancelled: threading.Event | None = None
    ) -> TeamConnection:
        """Open a connection."""
        return open_team(
            self.credentials, self.settings, clock=clock or SystemClock(), cancelled=cancelled
        )

    def put(self, namespace_id: str, path: str, data: bytes, *, author: str = "") -> str:
        """Somebody writes a file; its revision."""

        def write(world: World) -> str:
            digest = world.contents.add(data)
            content = FileContent(size=len(data), content_hash=digest)
            return put_file(world, namespace_id, path, content, author=author).rev

        return self.simulator.run(write)

    def make_folder(self, namespace_id: str, path: str) -> None:
        """Somebody makes a folder."""
        self.simulator.run(lambda world: create_folder(world, namespace_id, path))

    def read(self, namespace_id: str, path_lower: str) -> bytes | None:
        """The bytes that Dropbox holds at a path, None if nothing is there."""

        def look(world: World) -> bytes | None:
            entry = world.trees[namespace_id].get(path_lower)
            if entry is None:
                return None
            source = world.contents.open(entry)
            return bytes(source.read(0, source.size))

        return self.simulator.run(look)


def until(condition: Callable[[], object]) -> None:
    """Wait for something that other threads bring about; a busy machine is no reason to fail."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it does not come about"
        time.sleep(0.005)


def credentials_of(minted: Minted) -> Credentials:
    """A link's tokens as Dropally keeps them."""
    return Credentials(
        app_key=minted.app_key,
        refresh_token=minted.refresh_token,
        access_token=minted.access_token,
        scopes=SCOPES,
    )


@contextmanager
def open_stage(layout: Layout = "2023", addresses: Addresses | None = None) -> Iterator[Stage]:
    """Start the simulator with the team; every answer is checked against Dropbox's types.

    At the end nobody may have called while told to wait.
    """
    with start_simulator(strict=True, addresses=addresses) as simulator:
        stage = Stage(simulator, simulator.run(lambda world: _populate(world, layout)))
        yield stage
        assert stage.metrics()["calls_while_told_to_wait"] == 0


def hash_of(data: bytes) -> str:
    """The simulator's own content hash."""
    return content_hash(data)


def everything(client: NamespaceClient) -> list[dict[str, object]]:
    """All entries of a namespace."""
    return [entry for page in client.list() for entry in page.entries]


def open_home(connection: TeamConnection, roster: Roster, member: Member) -> NamespaceClient:
    """A client for a member's home."""
    return connection.namespace(member.home_namespace, roster)


def _populate(world: World, layout: Layout) -> People:
    found_team(world, "Acme Works", layout=layout, upload_api_rate_limit=25_000)
    register_default_app(world, redirect_uris=(APP_REDIRECT,))
    return People(
        ann=add_member(world, "ann@acme.example", "Ann", "Smith", is_admin=True),
        ben=add_member(world, "ben@acme.example", "Ben", "Jones"),
        eve=add_member(world, "eve@acme.example", "Eve", "Miller", status="suspended"),
        sales=create_team_folder(world, "Sales"),
    )
