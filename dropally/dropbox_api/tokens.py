"""The access token, fetched by one thread at a time however many need it."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from dropally.common.clock import Clock
from dropally.common.errors import CancelledError, DeniedError
from dropally.dropbox_api.answers import RECONNECT_HINT
from dropally.dropbox_api.credentials import Credentials
from dropally.dropbox_api.errors import LinkExpiredError, LinkRevokedError

# Renewed this long before it ends, so that no call under way sees it expire.
RENEW_BEFORE = timedelta(seconds=300)
_LOCK_POLL_S = 0.25


class Grant(msgspec.Struct, frozen=True):
    """What Dropbox gives for a refresh token."""

    access_token: str
    expires_at: datetime | None


FetchGrant = Callable[[Credentials, threading.Event], Grant]


class TokenManager:
    """Hands out the current access token; renews it before it ends or when it is refused.

    `fetch` asks Dropbox; it raises DeniedError when the link was revoked, and from then on every
    caller gets that error without another call. `on_credentials` hears of each new token.
    """

    def __init__(
        self,
        credentials: Credentials,
        fetch: FetchGrant,
        clock: Clock,
        on_credentials: Callable[[Credentials], None] | None = None,
    ) -> None:
        self._credentials = credentials
        self._fetch = fetch
        self._clock = clock
        self._on_credentials = on_credentials
        self._lock = threading.Lock()
        self._revoked: DeniedError | None = None

    @property
    def credentials(self) -> Credentials:
        """The newest credentials."""
        return self._credentials

    def token(self, cancelled: threading.Event) -> str:
        """A token that is good for the next minutes. Raises DeniedError, TryLaterError."""
        if self._revoked is None and self._still_good():
            return self._credentials.access_token
        return self._renewed(lambda: not self._still_good(), cancelled)

    def renew(self, refused: str, cancelled: threading.Event, *, is_expired: bool = True) -> str:
        """Dropbox refused this token: another one, unless another thread has it already."""
        return self._renewed(
            lambda: self._credentials.access_token == refused, cancelled, is_expired=is_expired
        )

    def _still_good(self) -> bool:
        held = self._credentials
        if not held.access_token:
            return False
        if held.expires_at is None or not held.refresh_token:
            return True
        return self._clock.now() + RENEW_BEFORE < held.expires_at

    def _renewed(
        self, needed: Callable[[], bool], cancelled: threading.Event, *, is_expired: bool = True
    ) -> str:
        while not self._lock.acquire(timeout=_LOCK_POLL_S):
            if cancelled.is_set():
                raise CancelledError("Stopped while waiting for a Dropbox token.")
        try:
            if self._revoked is not None:
                raise self._revoked
            if needed():
                self._check_renewable(is_expired=is_expired)
                self._fetch_and_tell(cancelled)
            return self._credentials.access_token
        finally:
            self._lock.release()

    def _check_renewable(self, *, is_expired: bool) -> None:
        if self._credentials.refresh_token:
            return
        if is_expired:
            raise LinkExpiredError("The Dropbox token has expired.", hint=RECONNECT_HINT)
        raise LinkRevokedError("The Dropbox token was revoked.", hint=RECONNECT_HINT)

    def _fetch_and_tell(self, cancelled: threading.Event) -> None:
        try:
            grant = self._fetch(self._credentials, cancelled)
        except DeniedError as error:
            self._revoked = error
            raise
        self._credentials = msgspec.structs.replace(
            self._credentials, access_token=grant.access_token, expires_at=grant.expires_at
        )
        if self._on_credentials is not None:
            self._on_credentials(self._credentials)
