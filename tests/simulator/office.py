"""A small team that the tests of accounts, folders and sharing work on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from dropally.simulator import Simulator, start_simulator
from dropally.simulator.auth.minting import (
    Minted,
    mint_person_token,
    mint_team_token,
    register_default_app,
)
from dropally.simulator.auth.scopes import ALL_SCOPES
from dropally.simulator.state.model import Group, Layout, Member, Namespace
from dropally.simulator.state.team_folders import create_team_folder
from dropally.simulator.state.team_space import add_group, add_member, add_outsider, found_team
from dropally.simulator.state.world import World
from tests.simulator.sdk import loopback_session, team_client, user_client


@dataclass
class People:
    """Everybody by first name."""

    ann: Member
    """The admin."""
    bob: Member
    eve: Member
    """Suspended."""
    ida: Member
    """Invited, never joined."""
    rex: Member
    """Removed today."""
    pat: Member
    """A personal account outside the team."""
    crew: Group
    """Ann (owner) and Bob."""
    sales: Namespace
    """A team folder open to all."""


class Office:
    """A running simulator with the small team, and clients for it."""

    def __init__(self, simulator: Simulator, session: requests.Session, people: People) -> None:
        self.simulator = simulator
        self.session = session
        self.people = people
        self.team_token = self.mint()

    def mint(self, *, scopes: frozenset[str] = ALL_SCOPES, lifetime_s: float = 14_400) -> Minted:
        """A fresh team link."""
        return self.simulator.run(
            lambda world: mint_team_token(world, scopes=scopes, lifetime_s=lifetime_s)
        )

    def mint_for(self, person: Member) -> Minted:
        """A link of one person's own account."""
        return self.simulator.run(lambda world: mint_person_token(world, person))

    @property
    def team(self) -> Any:
        """A client for the team routes."""
        return team_client(self.session, self.team_token.access_token)

    def acting_as(self, member: Member, **headers: str) -> Any:
        """A client with Select-User."""
        return self._selecting("Dropbox-API-Select-User", member, headers)

    def administering_as(self, member: Member, **headers: str) -> Any:
        """A client with Select-Admin."""
        return self._selecting("Dropbox-API-Select-Admin", member, headers)

    def as_person(self, person: Member) -> Any:
        """A client with the person's own token."""
        return user_client(self.session, self.mint_for(person).access_token)

    def _selecting(self, header: str, member: Member, headers: dict[str, str]) -> Any:
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        return user_client(
            self.session,
            self.team_token.access_token,
            headers={header: member.member_id, **extra},
        )


@contextmanager
def open_office(layout: Layout = "2023", state: Path | None = None) -> Iterator[Office]:
    """Start a simulator with the small team in one of the layouts, saved to `state` if given."""
    with start_simulator(strict=True, state=state) as simulator:
        people = simulator.run(lambda world: _populate(world, layout))
        with loopback_session(simulator.http_url) as session:
            yield Office(simulator, session, people)


def _populate(world: World, layout: Layout) -> People:
    found_team(world, "Acme Works", layout=layout)
    register_default_app(world, redirect_uris=("http://localhost:8080/linked",))
    ann = add_member(world, "ann@acme.example", "Ann", "Smith", is_admin=True, external_id="7")
    bob = add_member(world, "bob@acme.example", "Bob", "Jones")
    return People(
        ann=ann,
        bob=bob,
        eve=add_member(world, "eve@acme.example", "Eve", "Miller", status="suspended"),
        ida=add_member(world, "ida@acme.example", "Ida", "Young", status="invited"),
        rex=add_member(world, "rex@acme.example", "Rex", "Gone", status="removed"),
        pat=add_outsider(world, "pat@home.example", "Pat", "Brown"),
        crew=add_group(world, "Crew", {ann.member_id: "owner", bob.member_id: "member"}),
        sales=create_team_folder(world, "Sales", author=ann.account_id),
    )
