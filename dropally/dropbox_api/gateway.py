"""Every call to Dropbox goes through here: paced, repeated when that helps, cancellable."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from dropally.common.clock import Clock
from dropally.common.errors import CancelledError, UsageError
from dropally.dropbox_api.answers import (
    PassingTroubleError,
    TokenRefusedError,
    UnreachableError,
    WaitToldError,
)
from dropally.dropbox_api.attempts import NETWORK_ERRORS, Attempts, network_trouble
from dropally.dropbox_api.call_watch import CallWatch, NobodyWatches
from dropally.dropbox_api.credentials import Credentials
from dropally.dropbox_api.errors import AnswerLostError, RouteError
from dropally.dropbox_api.grants import TokenService
from dropally.dropbox_api.identity import TEAM, Identity
from dropally.dropbox_api.pacer import PacedTurn
from dropally.dropbox_api.routes import TEAM_FEATURES, Request, Route
from dropally.dropbox_api.session import Answer, DropboxSession, StartRefusedError
from dropally.dropbox_api.settings import ConnectionSettings
from dropally.dropbox_api.team_limits import TeamLimits
from dropally.dropbox_api.tokens import TokenManager
from dropally.dropbox_api.upload_meter import UploadGuard, UploadMeter, UploadQuota, upload_limit_in

if TYPE_CHECKING:
    from dropally.dropbox_api.client import IdentityClient

# Who acts: always the same one, or whoever is chosen anew for each try.
IdentitySource = Identity | Callable[[], Identity]


class OpenBody:
    """A download's answer whose body is still to be read; close it to let the next call start."""

    def __init__(self, result: dict[str, Any], answer: Answer, turn: PacedTurn) -> None:
        self.result = result
        self.answer = answer
        self._turn = turn

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the call; a connection whose body was not read to its end is dropped."""
        self.answer.close()
        self._turn.release()


class CountedTurn:
    """A turn that counts the call right before it is sent; `uploads` for upload calls."""

    def __init__(self, turn: PacedTurn, watch: CallWatch, uploads: UploadGuard | None) -> None:
        self._turn = turn
        self._watch = watch
        self._uploads = uploads

    def may_start(self) -> bool:
        """Ask the turn; then count. Raises QuotaUsedUpError."""
        if not self._turn.may_start():
            return False
        if self._uploads is not None:
            self._uploads.charge()
        self._watch.called()
        return True


class Gateway:
    """A connection's way to Dropbox: a session, a token, a client per identity.

    `limits` may be shared with other connections to the team. Nothing in here refers back to the
    gateway: each job makes one, and what they hold (certificates, lines) must go with the last
    reference to them, not with the next full collection of garbage, which may be hours away.
    """

    def __init__(
        self,
        credentials: Credentials,
        settings: ConnectionSettings,
        clock: Clock,
        limits: TeamLimits,
        on_credentials: Callable[[Credentials], None] | None = None,
        uploads: UploadMeter | None = None,
        watch: CallWatch | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.limits = limits
        self.pacer = limits.pacer
        self.uploads = UploadGuard(
            limits.uploads if uploads is None else uploads,
            limits.upload_lock,
            settings.upload_quota_reserve,
        )
        self._session = DropboxSession(settings)
        service = TokenService(self._session, limits.pacer, settings, clock)
        self.tokens = TokenManager(credentials, service.fetch, clock, on_credentials)
        self._clients: dict[Identity, IdentityClient] = {}
        self._watch: CallWatch = watch or NobodyWatches()

    def close(self) -> None:
        """Close every connection."""
        self._session.close()

    def call(
        self,
        route: Route,
        arg: Any,
        identity: IdentitySource,
        cancelled: threading.Event,
        *,
        root: str = "",
        body: bytes | None = None,
        timeout_s: float | None = None,
        repeatable: bool = True,
    ) -> Any:
        """Make a call and return its decoded result.

        `root`: the namespace that paths are relative to. `repeatable=False`: a write that must
        not happen twice; raises AnswerLostError when it may have happened.
        Raises RouteError (Dropbox says no), DeniedError, TryLaterError, CancelledError.
        """
        request = Request(
            route=route,
            arg=arg,
            body=body,
            headers=_root_header(root),
            timeout_s=timeout_s or self.settings.read_timeout_s,
        )
        result, _, turn = self._exchange(request, identity, cancelled, repeatable=repeatable)
        turn.release()
        return result

    def open(
        self,
        route: Route,
        arg: Any,
        identity: IdentitySource,
        cancelled: threading.Event,
        *,
        root: str = "",
        offset: int = 0,
    ) -> OpenBody:
        """Make a download-style call; the body is read by the caller, from `offset` on."""
        headers = _root_header(root)
        if offset:
            headers["Range"] = f"bytes={offset}-"
        request = Request(
            route=route, arg=arg, headers=headers, timeout_s=self.settings.read_timeout_s
        )
        result, answer, turn = self._exchange(request, identity, cancelled, repeatable=True)
        if answer is None:
            raise UsageError(f"{route.path} is no download route.")
        return OpenBody(result, answer, turn)

    def _exchange(
        self,
        request: Request,
        source: IdentitySource,
        cancelled: threading.Event,
        *,
        repeatable: bool,
    ) -> tuple[Any, Answer | None, PacedTurn]:
        is_upload = request.route.is_upload
        if is_upload:
            self._learn_upload_limit(cancelled)
        attempts = Attempts(self.settings.retry, self.clock, cancelled, request.route.path)
        while True:
            identity = source if isinstance(source, Identity) else source()
            token = "" if identity.kind == "none" else self.tokens.token(cancelled)
            turn = self.pacer.take_turn(identity.bucket, cancelled)
            try:
                gate = CountedTurn(turn, self._watch, self.uploads if is_upload else None)
                with self._session.calling(cancelled, gate):
                    result, answer = self._client(identity).send(request, token)
                turn.answered()
                return result, answer, turn
            except WaitToldError as told:
                turn.told_to_wait(told.wait_s)
                self._watch.told_to_wait(told.wait_s)
                turn.release()
                attempts.after_wait_told()
            except RouteError:
                turn.answered()
                turn.release()
                raise
            except TokenRefusedError as refused:
                turn.answered()
                turn.release()
                attempts.after_token_refused(is_expired=refused.is_expired)
                self.tokens.renew(token, cancelled, is_expired=refused.is_expired)
            except StartRefusedError:
                turn.release()
            except (PassingTroubleError, *NETWORK_ERRORS) as error:
                turn.release()
                self._after_trouble(request, error, attempts, cancelled, repeatable=repeatable)
            except BaseException:
                turn.release()
                raise

    def _after_trouble(
        self,
        request: Request,
        error: Exception,
        attempts: Attempts,
        cancelled: threading.Event,
        *,
        repeatable: bool,
    ) -> None:
        if cancelled.is_set():
            raise CancelledError("Stopped.") from error
        trouble = network_trouble(request.route.path, error)
        if not repeatable and not isinstance(trouble, UnreachableError):
            raise AnswerLostError(f"No answer to {request.route.path}: {trouble}.") from error
        attempts.after_trouble(trouble)

    def upload_quota(self, cancelled: threading.Event) -> UploadQuota:
        """The month's allowance of upload calls. Raises what a call raises."""
        self._learn_upload_limit(cancelled)
        return self.uploads.quota()

    def _learn_upload_limit(self, cancelled: threading.Event) -> None:
        # Two threads may both ask; the answer is the same.
        if not self.uploads.is_limit_known:
            arg = {"features": [{".tag": "upload_api_rate_limit"}]}
            answer = self.call(TEAM_FEATURES, arg, TEAM, cancelled)
            self.uploads.learn(upload_limit_in(answer))

    def _client(self, identity: Identity) -> "IdentityClient":
        client = self._clients.get(identity)
        if client is None:
            # Here, because it loads the SDK: commands that never call should start at once.
            from dropally.dropbox_api.client import IdentityClient  # noqa: PLC0415

            fresh = IdentityClient(identity, self._session, self.clock)
            client = self._clients.setdefault(identity, fresh)
        return client


def _root_header(namespace_id: str) -> dict[str, str]:
    if not namespace_id:
        return {}
    root = f'{{".tag": "namespace_id", "namespace_id": "{namespace_id}"}}'
    return {"Dropbox-API-Path-Root": root}
