"""Authorisation codes: single use, short-lived, bound to app, redirect URI and PKCE challenge."""

import secrets
from dataclasses import dataclass

from dropally.simulator.auth.grants import Subject
from dropally.simulator.auth.pkce import Challenge
from dropally.simulator.state.clock import SimClock

#: How long a code may lie before it is exchanged. Dropbox does not publish the figure.
CODE_LIFETIME_S = 600


class CodeError(ValueError):
    """The code cannot be exchanged; the text says why (`error_description` of invalid_grant)."""


@dataclass(frozen=True)
class AuthorizationCode:
    """What was approved, until the client comes to fetch it."""

    value: str
    app_key: str
    subject: Subject
    scopes: frozenset[str]
    offline: bool
    redirect_uri: str | None
    challenge: Challenge | None
    expires_at: float


class CodeStore:
    """Codes handed out and not yet forgotten."""

    def __init__(self, clock: SimClock) -> None:
        self._clock = clock
        self._live: dict[str, AuthorizationCode] = {}
        self._used: set[str] = set()

    def issue(
        self,
        app_key: str,
        subject: Subject,
        scopes: frozenset[str],
        *,
        offline: bool,
        redirect_uri: str | None,
        challenge: Challenge | None,
    ) -> AuthorizationCode:
        """Hand out a fresh code."""
        code = AuthorizationCode(
            secrets.token_urlsafe(32),
            app_key,
            subject,
            scopes,
            offline,
            redirect_uri,
            challenge,
            self._clock.epoch_s() + CODE_LIFETIME_S,
        )
        self._live[code.value] = code
        return code

    def look_up(self, value: str) -> AuthorizationCode:
        """The code, if it may still be exchanged. Raises CodeError."""
        if value in self._used:
            raise CodeError("code has already been used")
        code = self._live.get(value)
        if code is None or self._clock.epoch_s() >= code.expires_at:
            raise CodeError("code doesn't exist or has expired")
        return code

    def consume(self, code: AuthorizationCode) -> None:
        """Mark a code as used: it never works again."""
        del self._live[code.value]
        self._used.add(code.value)
