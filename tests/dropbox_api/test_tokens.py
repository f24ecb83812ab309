"""One refresh at a time, however many threads need the token."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from dropally.common.clock import ManualClock
from dropally.common.errors import CancelledError, DeniedError
from dropally.dropbox_api.credentials import Credentials
from dropally.dropbox_api.tokens import Grant, TokenManager

GO_ON = threading.Event()
START = datetime(2026, 11, 22, tzinfo=UTC)


class TokenService:
    """Counts what is asked of it; each token lives four hours."""

    def __init__(self, clock: ManualClock, answer: Callable[[], None] = lambda: None) -> None:
        self.calls = 0
        self._clock = clock
        self._answer = answer

    def __call__(self, credentials: Credentials, cancelled: threading.Event) -> Grant:
        self.calls += 1
        self._answer()
        return Grant(f"token-{self.calls}", self._clock.now() + timedelta(hours=4))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


def wait_for(gate: threading.Event) -> None:
    assert gate.wait(60)


def credentials(**changes: object) -> Credentials:
    return Credentials(app_key="key", refresh_token="refresh", **changes)  # type: ignore[arg-type]


def test_32_threads_make_one_refresh(clock: ManualClock) -> None:
    gate = threading.Event()
    service = TokenService(clock, lambda: wait_for(gate))
    manager = TokenManager(credentials(), service, clock)
    with ThreadPoolExecutor(32) as pool:
        asked = [pool.submit(manager.token, GO_ON) for _ in range(32)]
        gate.set()
        assert {future.result() for future in asked} == {"token-1"}
    assert service.calls == 1


def test_32_refused_threads_make_one_refresh(clock: ManualClock) -> None:
    service = TokenService(clock)
    manager = TokenManager(credentials(access_token="old"), service, clock)
    with ThreadPoolExecutor(32) as pool:
        tokens = set(pool.map(lambda _: manager.renew("old", GO_ON), range(32)))
    assert tokens == {"token-1"}
    assert service.calls == 1


def test_a_token_is_renewed_before_it_ends_and_everybody_is_told(clock: ManualClock) -> None:
    told: list[Credentials] = []
    service = TokenService(clock)
    held = credentials(access_token="first", expires_at=START + timedelta(hours=1))
    manager = TokenManager(held, service, clock, told.append)
    assert manager.token(GO_ON) == "first"
    clock.advance(56 * 60)
    assert manager.token(GO_ON) == "token-1"
    assert manager.token(GO_ON) == "token-1"
    assert [c.access_token for c in told] == ["token-1"]
    assert told[0].expires_at == clock.now() + timedelta(hours=4)
    assert manager.credentials == told[0]


def test_a_revoked_link_is_asked_once(clock: ManualClock) -> None:
    def revoked() -> None:
        raise DeniedError("The link to Dropbox was revoked.", hint="reconnect")

    service = TokenService(clock, revoked)
    manager = TokenManager(credentials(), service, clock)
    for _ in range(3):
        with pytest.raises(DeniedError, match="revoked"):
            manager.token(GO_ON)
    assert service.calls == 1


def test_a_token_without_refresh_ends(clock: ManualClock) -> None:
    service = TokenService(clock)
    held = Credentials(app_key="key", refresh_token="", access_token="only")
    manager = TokenManager(held, service, clock)
    assert manager.token(GO_ON) == "only"
    with pytest.raises(DeniedError, match="expired"):
        manager.renew("only", GO_ON)
    assert service.calls == 0


def test_waiting_for_another_threads_refresh_can_be_cancelled(clock: ManualClock) -> None:
    asked, gate = threading.Event(), threading.Event()

    def answer() -> None:
        asked.set()
        wait_for(gate)

    manager = TokenManager(credentials(), TokenService(clock, answer), clock)
    cancelled = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(manager.token, GO_ON)
        wait_for(asked)
        second = pool.submit(manager.token, cancelled)
        cancelled.set()
        assert isinstance(second.exception(60), CancelledError)
        gate.set()
        assert first.result(60) == "token-1"
