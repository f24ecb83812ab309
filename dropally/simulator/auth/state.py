"""Everything the auth room remembers, and the people who can sign in on the consent page."""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from dropally.simulator.auth.apps import App
from dropally.simulator.auth.codes import CodeStore
from dropally.simulator.auth.grants import GrantStore, Subject
from dropally.simulator.state.clock import SimClock
from dropally.simulator.state.tables import Table

LoginKind = Literal["member", "personal"]


@dataclass(frozen=True)
class Login:
    """One person who can sign in: a member of the team, or somebody with a personal account."""

    kind: LoginKind
    id: str
    account_id: str
    email: str
    display_name: str
    is_admin: bool


@dataclass(frozen=True)
class SignIn:
    """What the consent page needs to know of the world."""

    team_id: str
    team_name: str
    logins: tuple[Login, ...]


class AuthState:
    """Apps, grants, codes. One per world. Codes live too short to be saved."""

    def __init__(self, clock: SimClock) -> None:
        self.apps = Table("apps", App)
        self.grants = GrantStore(clock)
        self.codes = CodeStore(clock)

    @property
    def tables(self) -> tuple[Table[Any], ...]:
        """What persistence has to save."""
        return (self.apps, self.grants.grants, self.grants.access_tokens)


def legacy_uid(subject: Subject) -> str:
    """The numeric `uid` that token answers still carry: stable for a subject, else meaningless."""
    digest = hashlib.sha256(f"{subject.kind}:{subject.id}".encode()).digest()
    return str(int.from_bytes(digest[:5], "big"))
