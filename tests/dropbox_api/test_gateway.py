"""The token service and odd answers, which a simulator of Dropbox has no reason to give."""

import gc
import threading
import weakref
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from dropally.common.clock import Clock, ManualClock, SystemClock
from dropally.common.errors import DeniedError, DropallyError
from dropally.dropbox_api import ConnectionSettings, Credentials, TooManyRetriesError
from dropally.dropbox_api.gateway import Gateway
from dropally.dropbox_api.identity import TEAM
from dropally.dropbox_api.pacer import Pacer
from dropally.dropbox_api.routes import TEAM_INFO
from dropally.dropbox_api.settings import RetrySettings
from dropally.dropbox_api.team_limits import TeamLimits
from tests.dropbox_api.scripted_server import OK, ScriptedServer, answer

GO_ON = threading.Event()
TOKEN = answer(b'{"access_token": "fresh", "expires_in": 14400, "token_type": "bearer"}')
INFO = answer(b'{"name": "Acme", "team_id": "dbtid:1"}')
LIMITED = [b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nslow"]
BROKEN = [b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"]
LOGIN_PAGE = answer(
    b"<html>Welcome to our hotel</html>", OK.replace(b"application/json", b"text/html")
)


def open_gateway(
    servers: list[ScriptedServer],
    *scripts: Sequence[bytes | None],
    access_token: str = "",
    clock: Clock | None = None,
) -> tuple[Gateway, ScriptedServer]:
    server = ScriptedServer(scripts)
    server.start()
    servers.append(server)
    retry = RetrySettings(attempts=3, first_pause_s=0.01)
    settings = ConnectionSettings(api_url=server.url, retry=retry)
    credentials = Credentials(app_key="k", refresh_token="r", access_token=access_token)
    clock = clock or SystemClock()
    return Gateway(
        credentials, settings, clock, TeamLimits(Pacer(settings.pacing, clock), clock)
    ), server


def ask(gateway: Gateway) -> str:
    try:
        return str(gateway.call(TEAM_INFO, None, TEAM, GO_ON)["name"])
    finally:
        gateway.close()


def test_the_token_service_is_obeyed_and_asked_again(servers: list[ScriptedServer]) -> None:
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    gateway, server = open_gateway(servers, LIMITED, BROKEN, TOKEN, INFO, clock=clock)
    assert ask(gateway) == "Acme"
    assert 1 < clock.monotonic() < 5
    assert b"grant_type=refresh_token" in server.requests[0]
    assert b"Authorization: Bearer fresh" in server.requests[3]


def test_a_token_service_that_answers_with_a_page(servers: list[ScriptedServer]) -> None:
    gateway, _ = open_gateway(servers, LOGIN_PAGE, TOKEN, INFO)
    assert ask(gateway) == "Acme"


def test_pages_of_a_hotel_are_no_answers(servers: list[ScriptedServer]) -> None:
    gateway, _ = open_gateway(servers, LOGIN_PAGE, INFO, access_token="held")
    assert ask(gateway) == "Acme"
    gateway, _ = open_gateway(servers, *[LOGIN_PAGE] * 3, access_token="held")
    with pytest.raises(TooManyRetriesError, match="text/html"):
        ask(gateway)


def test_broken_json_is_asked_for_again(servers: list[ScriptedServer]) -> None:
    gateway, _ = open_gateway(servers, answer(b'{"name": "Ac'), INFO, access_token="held")
    assert ask(gateway) == "Acme"


def test_tokens_that_are_always_refused_end(servers: list[ScriptedServer]) -> None:
    head = b"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n"
    refused = answer(b'{"error": {".tag": "invalid_access_token"}}', head)
    scripts = [refused, TOKEN, refused, TOKEN, refused]
    gateway, _ = open_gateway(servers, *scripts, access_token="held")
    with pytest.raises(DeniedError, match="refuses the link's tokens"):
        ask(gateway)


def test_bad_input_is_said_once(servers: list[ScriptedServer]) -> None:
    head = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
    gateway, server = open_gateway(
        servers, answer(b'Error in call to API function "team/get_info": x', head), access_token="h"
    )
    with pytest.raises(DropallyError, match="team/get_info"):
        ask(gateway)
    assert len(server.requests) == 1


def test_a_gateway_goes_with_its_last_reference(servers: list[ScriptedServer]) -> None:
    """Each job opens one: what waits for a full collection of garbage piles up meanwhile."""
    gateway, _ = open_gateway(servers, TOKEN, INFO)
    gc.collect()
    gc.disable()
    try:
        assert ask(gateway) == "Acme"
        watched = weakref.ref(gateway), weakref.ref(gateway.tokens)
        del gateway
        assert [one() for one in watched] == [None, None]
    finally:
        gc.enable()
