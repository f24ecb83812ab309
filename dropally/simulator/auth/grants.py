"""Grants (one consent), their refresh token, and the access tokens that spring from them.

A grant is what a person approved once. Access tokens live 4 hours, the refresh token lives until
the grant is revoked, and revoking any of its tokens ends the whole grant with all its siblings.
"""

import secrets
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from dropally.simulator.state.clock import SimClock
from dropally.simulator.state.tables import Table

#: `expires_in` of a fresh access token, in seconds.
ACCESS_LIFETIME_S = 14_400

SubjectKind = Literal["team", "member", "personal"]


class Subject(msgspec.Struct, frozen=True):
    """Whose data a grant opens.

    team: the whole team, `id` names the admin who linked it; member: one member's own account;
    personal: an account that belongs to no team. `id` is a member id or an outsider's.
    """

    kind: SubjectKind
    id: str
    #: What token answers name as the owner: the team id for a team, else the account id.
    owner_id: str


class Grant(msgspec.Struct):
    """One consent of one subject to one app."""

    id: str
    app_key: str
    subject: Subject
    scopes: frozenset[str]
    refresh_token: str | None
    #: The code was exchanged with a PKCE verifier: refreshing then needs no app secret.
    without_secret: bool = False


class AccessToken(msgspec.Struct):
    """A bearer token; `expires_at` is None for the long-lived kind."""

    value: str
    grant_id: str
    scopes: frozenset[str]
    expires_at: float | None

    def expired(self, now: float) -> bool:
        """Whether Dropbox would answer `expired_access_token`."""
        return self.expires_at is not None and now >= self.expires_at


class GrantStore:
    """All grants and tokens of the simulated Dropbox."""

    def __init__(self, clock: SimClock) -> None:
        self._clock = clock
        self.grants = Table("grants", Grant)
        self.access_tokens = Table("access_tokens", AccessToken)
        self.changed: list[Callable[[Grant, Literal["linked", "unlinked"]], None]] = []
        """Called after each consent and each revocation."""

    def grant(
        self,
        app_key: str,
        subject: Subject,
        scopes: frozenset[str],
        *,
        offline: bool = True,
        without_secret: bool = False,
    ) -> Grant:
        """Record a consent; `offline` gives it a refresh token."""
        refresh = secrets.token_urlsafe(48) if offline else None
        granted = Grant(secrets.token_hex(8), app_key, subject, scopes, refresh, without_secret)
        self.grants.put(granted.id, granted)
        self._tell(granted, "linked")
        return granted

    def issue(
        self,
        grant: Grant,
        *,
        scopes: frozenset[str] | None = None,
        lifetime_s: float | None = ACCESS_LIFETIME_S,
    ) -> AccessToken:
        """Mint an access token; `scopes` narrows the grant's, lifetime None means for ever."""
        expires = None if lifetime_s is None else self._clock.epoch_s() + lifetime_s
        kept = grant.scopes if scopes is None else grant.scopes & scopes
        token = AccessToken(f"sl.{secrets.token_urlsafe(72)}", grant.id, kept, expires)
        return self.access_tokens.put(token.value, token)

    def find_access(self, value: str) -> tuple[AccessToken, Grant] | None:
        """The token and its grant, also when expired; None when unknown or revoked."""
        token = self.access_tokens.get(value)
        return (token, self.grants[token.grant_id]) if token else None

    def find_refresh(self, value: str) -> Grant | None:
        """The living grant of a refresh token."""
        if not value:
            return None
        return next((one for one in self.grants.values() if one.refresh_token == value), None)

    def grants_of(self, app_key: str, subject_kind: SubjectKind) -> Iterator[Grant]:
        """The living grants to one app by one kind of subject."""
        for grant in self.grants.values():
            if grant.app_key == app_key and grant.subject.kind == subject_kind:
                yield grant

    def revoke(self, grant: Grant) -> None:
        """End a grant: its refresh token and every access token die at once."""
        self.grants.remove(grant.id)
        for token in list(self.access_tokens.values()):
            if token.grant_id == grant.id:
                self.access_tokens.remove(token.value)
        self._tell(grant, "unlinked")

    def expire_access_tokens(self) -> None:
        """Let every access token that lives now expire this moment."""
        for token in list(self.access_tokens.values()):
            token.expires_at = self._clock.epoch_s()
            self.access_tokens.put(token.value, token)

    def drop_scope(self, scope: str) -> None:
        """Take one scope away from every grant and token, as an admin can in the app console."""
        for grant in list(self.grants.values()):
            grant.scopes -= {scope}
            self.grants.put(grant.id, grant)
        for token in list(self.access_tokens.values()):
            token.scopes -= {scope}
            self.access_tokens.put(token.value, token)

    def _tell(self, grant: Grant, what: Literal["linked", "unlinked"]) -> None:
        for told in self.changed:
            told(grant, what)
