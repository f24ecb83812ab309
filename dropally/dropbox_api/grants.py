"""Asking Dropbox for a new access token (OAuth 2, RFC 6749 section 6)."""

import threading
from datetime import datetime, timedelta
from typing import Any

import msgspec

from dropally.common.clock import Clock
from dropally.dropbox_api.answers import (
    RECONNECT_HINT,
    PassingTroubleError,
    TokenRefusedError,
    WaitToldError,
    raise_for_answer,
)
from dropally.dropbox_api.attempts import NETWORK_ERRORS, Attempts, network_trouble
from dropally.dropbox_api.credentials import Credentials
from dropally.dropbox_api.errors import LinkRevokedError
from dropally.dropbox_api.pacer import Pacing
from dropally.dropbox_api.session import DropboxSession
from dropally.dropbox_api.settings import ConnectionSettings
from dropally.dropbox_api.tokens import Grant

_TOKEN_URL = "https://api.dropboxapi.com/oauth2/token"  # noqa: S105  an address, no secret
TOKEN_BUCKET = "oauth"  # noqa: S105  a name, no secret


class TokenService:
    """Dropbox's token service, asked as politely as every other route."""

    def __init__(
        self, session: DropboxSession, pacer: Pacing, settings: ConnectionSettings, clock: Clock
    ) -> None:
        self._session = session
        self._pacer = pacer
        self._settings = settings
        self._clock = clock

    def fetch(self, credentials: Credentials, cancelled: threading.Event) -> Grant:
        """A new token. Raises LinkRevokedError, TryLaterError, CancelledError."""
        attempts = Attempts(self._settings.retry, self._clock, cancelled, "a new token")
        while True:
            turn = self._pacer.take_turn(TOKEN_BUCKET, cancelled)
            try:
                return self._ask(credentials, cancelled)
            except WaitToldError as told:
                turn.told_to_wait(told.wait_s)
                attempts.after_wait_told()
            except TokenRefusedError as error:
                raise LinkRevokedError(
                    "The link to Dropbox was revoked.", hint=RECONNECT_HINT
                ) from error
            except (PassingTroubleError, *NETWORK_ERRORS) as error:
                attempts.after_trouble(network_trouble("the token service", error))
            finally:
                turn.release()

    def _ask(self, credentials: Credentials, cancelled: threading.Event) -> Grant:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": credentials.refresh_token,
            "client_id": credentials.app_key,
        }
        now = self._clock.now()
        with self._session.calling(cancelled):
            answer = self._session.post(_TOKEN_URL, form, timeout=self._settings.read_timeout_s)
        raise_for_answer("oauth2/token", answer.status_code, answer.headers, answer.content, now)
        return _grant_from(answer.content, now)


def _grant_from(body: bytes, now: datetime) -> Grant:
    try:
        answer = msgspec.json.decode(body, type=dict[str, Any])
        access_token = str(answer["access_token"])
        lifetime = answer.get("expires_in")
    except (msgspec.DecodeError, KeyError) as error:
        raise PassingTroubleError("the token service answered with no token") from error
    expires_at = now + timedelta(seconds=int(lifetime)) if lifetime else None
    return Grant(access_token, expires_at)
