"""Who a call acts as."""

from dataclasses import dataclass
from typing import Literal

from dropally.simulator.auth.grants import Grant
from dropally.simulator.state.model import Member


@dataclass(frozen=True, slots=True)
class Identity:
    """The outcome of authentication: token, acting member, and the root that paths start from."""

    kind: Literal["member", "admin", "team", "app", "noauth"]
    """`member`: an own link or Select-User; `admin`: Select-Admin; `team`: a team token alone;
    `app`: key and secret only."""
    root_namespace: str = ""
    """Where `""` and `/...` start: the home, or what Dropbox-API-Path-Root says."""
    member: Member | None = None
    """Whose eyes are used; with Select-Admin the admin's."""
    token: str = ""
    grant: Grant | None = None
    scopes: frozenset[str] = frozenset()
    whole_team: bool = False
    """Select-Admin on a `whole_team` route: everything the team can read is readable."""

    @property
    def bucket(self) -> str:
        """Whom rate limits and metrics count this call for: the member acted as, else the link."""
        if self.member is not None:
            return self.member.member_id
        return self.grant.id if self.grant is not None else self.kind

    @property
    def author(self) -> str:
        """The account id that changes are recorded under."""
        return self.member.account_id if self.member else ""
