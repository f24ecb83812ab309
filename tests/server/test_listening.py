"""The server on real sockets: what comes in too large, too slowly or by tricks, and its end."""

import asyncio
import socket
import ssl
import stat
import threading
import time
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest
from dropally.common.errors import DeniedError, TryLaterError, UsageError
from dropally.server import connections
from dropally.server.application import build_application
from dropally.server.given import GivenExchange
from dropally.server.listening import Door, HttpServer, local_door
from dropally.server.parts import HttpSettings
from dropally.server.sockets import tcp_sockets, unix_socket
from dropally.server.tls import self_signed, server_context
from litestar import get
from litestar.types import ASGIApp, Receive, Scope, Send
from tests.auth.appliance import START
from tests.server.appliance import Served, rebuilt
from tests.server.doors import SOON_S, answer_to, open_door, rest, wire
from tests.server.sample_routes import Counter, sample_routes

LOOPBACK = (ip_network("127.0.0.0/8"),)


@get("/whoami", opt={"public": True}, sync_to_thread=False)
def who_am_i(exchange: GivenExchange) -> dict[str, str]:
    return {
        "address": exchange.client.address,
        "host": exchange.host,
        "scheme": exchange.scheme,
        "kind": exchange.actor.kind,
    }


def _with(appliance: Served, **http: object) -> ASGIApp:
    settings = HttpSettings(**http)  # type: ignore[arg-type]  # named by the test
    parts = rebuilt(appliance, http=settings).parts
    return build_application(parts, [who_am_i, *sample_routes(Counter())])


# -- what comes in ------------------------------------------------------------------------


def test_a_head_that_does_not_end_is_given_up(
    appliance: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_TIMEOUT_S", 0.2)
    with open_door(appliance.app) as (_, port), wire(port) as slow, wire(port) as silent:
        with suppress(ConnectionError):  # given up already
            slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        assert rest(slow) == b""
        assert rest(silent) == b""


def test_a_second_head_on_a_connection_is_given_up_too(
    appliance: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_door(appliance.app) as (_, port), wire(port) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(8).startswith(b"HTTP/1.1")
        monkeypatch.setattr(connections, "HEAD_TIMEOUT_S", 0.2)
        time.sleep(0.4)  # a kept connection may be silent for longer than that
        connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        assert b"HTTP/1.1" not in rest(connection), "the first was answered, the second is not"


def test_a_head_without_measure_is_refused(appliance: Served) -> None:
    with open_door(appliance.app) as (_, port):
        endless = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * (1 << 20)
        try:
            found = answer_to(port, endless)
        except ConnectionError:
            found = b""  # closed while it was still being sent
        assert b"200 OK" not in found
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200


def test_bodies_have_a_largest_size_said_or_not(appliance: Served) -> None:
    app = _with(appliance, largest_body_bytes=1000, is_secure=False)
    path = "/api/v1/numbers/public"
    with open_door(app) as (_, port), httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        said = client.post(path, json={"value": 1, "note": "x" * 2000})
        assert (said.status_code, said.json()["code"]) == (413, "body_too_large")
        chunked = client.post(
            path,
            content=iter([b'{"value": 1, "note": "', b"x" * 2000, b'"}']),
            headers={"Content-Type": "application/json"},
        )
        assert chunked.status_code == 413
        assert client.post(path, json={"value": 1}).status_code == 201


def test_a_body_that_trickles_is_given_up(appliance: Served) -> None:
    app = _with(appliance, body_timeout_s=0.3, is_secure=False)
    head = (
        b"POST /api/v1/numbers/public HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Connection: close\r\nContent-Length: 500\r\n\r\n{"
    )
    with open_door(app) as (_, port):
        found = answer_to(port, head)
    assert b" 408 " in found.splitlines()[0]


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /healthz HTTP/9.9",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"GET http://[::1 HTTP/1.1",
        b"GET /\xff HTTP/1.1",
        b"G\x00T / HTTP/1.1",
    ],
    ids=["version", "tls", "url", "bytes", "nul"],
)
def test_what_is_no_http_is_refused(appliance: Served, request_line: bytes) -> None:
    with open_door(appliance.app) as (_, port):
        found = answer_to(port, request_line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"200 OK" not in found
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200


def test_two_lengths_are_refused(appliance: Served) -> None:
    smuggled = (
        b"POST /api/v1/numbers/public HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n"
    )
    with open_door(appliance.app) as (_, port):
        assert b"400 Bad Request" in answer_to(port, smuggled).splitlines()[0]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/numbers",
        "//api/v1/numbers",
        "/api/v1//numbers",
        "/api/v1/numbers/",
        "/api/v1/./numbers",
        "/healthz/../api/v1/numbers",
        "/healthz/%2e%2e/api/v1/numbers",
        "/api%2fv1%2fnumbers",
        "/api/v1/numbers%00",
        "/api/v1/numbers;/healthz",
        "/API/V1/NUMBERS",
        "/api/v1/numbers?/healthz",
        "/api/v1/numbers/public/../",
        "/%61pi/v1/numbers",
    ],
    ids=range(14),
)
def test_no_spelling_of_a_path_gets_round_the_sign_in(appliance: Served, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    with open_door(_with(appliance, is_secure=False)) as (_, port):
        status = answer_to(port, request).split(b" ", 2)[1]
    assert status in (b"400", b"401", b"404")


@pytest.mark.parametrize(
    "trick",
    [
        "X-HTTP-Method-Override: GET",
        "X-Original-URL: /healthz",
        "X-Rewrite-URL: /healthz",
        "X-Forwarded-User: ann",
        "Remote-User: ann",
        "X-Dropally-Login: root",
        "X-Forwarded-For: 127.0.0.1",
        "Forwarded: for=127.0.0.1;host=localhost",
        "Authorization: Bearer",
        "Cookie: dropally=dps_x; dropally=dps_y",
    ],
    ids=range(10),
)
def test_no_header_gets_round_the_sign_in(appliance: Served, trick: str) -> None:
    lines = f"Host: x\r\n{trick}\r\nConnection: close\r\n\r\n"
    with open_door(_with(appliance, is_secure=False)) as (_, port):
        for method in ("GET", "POST", "DELETE", "OPTIONS", "TRACE"):
            found = answer_to(port, f"{method} /api/v1/numbers HTTP/1.1\r\n{lines}".encode())
            assert found.split(b" ", 2)[1] in (b"400", b"401", b"405"), method


def test_head_is_get_without_a_body_even_of_what_never_ends(appliance: Served) -> None:
    client = appliance.as_admin()
    lines = f"Host: x\r\nCookie: {client.headers['Cookie']}\r\nConnection: close\r\n\r\n"
    with open_door(appliance.app) as (_, port):
        for path in ("/healthz", "/api/v1/appliance", "/api/v1/events"):
            head = answer_to(port, f"HEAD {path} HTTP/1.1\r\n{lines}".encode())
            assert head.startswith(b"HTTP/1.1 200"), path
            assert head.endswith(b"\r\n\r\n"), path


# -- who asks, and by which name ----------------------------------------------------------


def _whoami(app: ASGIApp, **headers: str) -> dict[str, str]:
    with open_door(app) as (_, port):
        found: dict[str, str] = httpx.get(
            f"http://127.0.0.1:{port}/api/v1/whoami",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        ).json()
    return found


def test_f172_a_forged_forwarded_address_is_ignored(appliance: Served) -> None:
    app = _with(appliance)
    found = _whoami(
        app, X_Forwarded_For="8.8.8.8", X_Forwarded_Proto="https", Forwarded="for=1.1.1.1"
    )
    assert (found["address"], found["scheme"]) == ("127.0.0.1", "http")


@pytest.mark.parametrize(
    ("sent", "believed"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7, 127.0.0.9", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::5]:4711", "2001:db8::5"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, unknown", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
    ids=["one", "forged-before", "two-proxies", "port", "ipv6", "mapped", "no-address", "none"],
)
def test_a_trusted_proxy_is_believed(appliance: Served, sent: str, believed: str) -> None:
    app = _with(appliance, trusted_proxies=LOOPBACK)
    assert _whoami(app, X_Forwarded_For=sent)["address"] == believed


def test_a_trusted_proxy_tells_scheme_and_host(appliance: Served) -> None:
    app = _with(appliance, trusted_proxies=LOOPBACK)
    found = _whoami(app, X_Forwarded_Proto="https", X_Forwarded_Host="backup.example.com")
    assert (found["scheme"], found["host"]) == ("https", "backup.example.com")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("backup.example.com", 200),
        ("BACKUP.example.com:8480", 200),
        ("a.lan.example.com", 200),
        ("127.0.0.1:8480", 200),
        ("localhost", 200),
        ("evil.example", 421),
        ("backup.example.com.evil.example", 421),
        ("lan.example.com", 421),
    ],
)
def test_only_our_own_names_are_answered_to(appliance: Served, host: str, status: int) -> None:
    app = _with(appliance, allowed_hosts=("backup.example.com", "*.lan.example.com"))
    with open_door(app) as (_, port), httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.get("/api/v1/whoami", headers={"Host": host}).status_code == status
        assert client.get("/healthz", headers={"Host": host}).status_code == 200


# -- doors --------------------------------------------------------------------------------


def test_tls_with_our_own_certificate(appliance: Served, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path, ["127.0.0.1"], START)
    with open_door(appliance.app, server_context(certificate)) as (_, port):
        trusting = ssl.create_default_context(cafile=certificate.path)
        trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        answer = httpx.get(f"https://127.0.0.1:{port}/healthz", verify=trusting)
        assert answer.status_code == 200
        assert "max-age" in answer.headers["Strict-Transport-Security"]
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with socket.create_connection(("127.0.0.1", port)) as plain, old.wrap_socket(plain) as used:
            assert used.version() == "TLSv1.2"


def test_the_local_door_makes_an_operator_and_is_ours_alone(
    appliance: Served, tmp_path: Path
) -> None:
    path = tmp_path / "d.sock"
    door = Door(local_door(appliance.app), [unix_socket(path, 0o600)])
    server = HttpServer([door])
    server.start()
    try:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
            answer = client.get(
                "http://dropally/api/v1/appliance", headers={"X-Dropally-Login": "ann"}
            )
        assert answer.json()["state"] == "setup"
    finally:
        server.stop()


def test_a_unix_socket_for_a_proxy_makes_nobody_an_operator(
    appliance: Served, tmp_path: Path
) -> None:
    path = tmp_path / "web.sock"
    server = HttpServer([Door(_with(appliance), [unix_socket(path, 0o660)])])
    server.start()
    try:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
            forwarded = {"X-Forwarded-For": "6.6.6.6, 203.0.113.7"}
            found = client.get("http://x/api/v1/whoami", headers=forwarded).json()
            assert (found["address"], found["kind"]) == ("203.0.113.7", "anonymous")
            assert client.get("http://x/api/v1/numbers").status_code == 401
    finally:
        server.stop()


def test_a_socket_file_left_behind_is_replaced_and_a_used_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "d.sock"
    unix_socket(path, 0o600).close()  # closed, its file stays
    opened = unix_socket(path, 0o600)
    try:
        with pytest.raises(TryLaterError, match="another process listens"):
            unix_socket(path, 0o600)
    finally:
        opened.close()
    plain = tmp_path / "file"
    plain.touch()
    with pytest.raises(DeniedError, match="in the way"):
        unix_socket(plain, 0o600)
    with pytest.raises(UsageError, match="too long"):
        unix_socket(tmp_path / ("x" * 120), 0o600)


def test_addresses_that_cannot_be_had_are_named() -> None:
    taken = tcp_sockets("127.0.0.1", 0)
    port = taken[0].getsockname()[1]
    try:
        with pytest.raises(TryLaterError, match=f"127.0.0.1 port {port} is in use"):
            tcp_sockets("127.0.0.1", port)
    finally:
        taken[0].close()
    with pytest.raises(UsageError, match="is no address of this machine"):
        tcp_sockets("192.0.2.77", 0)


def test_ipv6_takes_ipv4_along_unless_that_is_listed_itself() -> None:
    both = tcp_sockets("::", 0)
    port = both[0].getsockname()[1]
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=SOON_S):
            pass
    finally:
        both[0].close()
    first = tcp_sockets("0.0.0.0", 0)
    port = first[0].getsockname()[1]
    try:
        tcp_sockets("::", port, [("0.0.0.0", port)])[0].close()
    finally:
        first[0].close()


# -- the end ------------------------------------------------------------------------------


def _slow_app(going: threading.Event, seconds: float) -> ASGIApp:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        going.set()
        await asyncio.sleep(seconds)
        await send({"type": "http.response.body", "body": b"ended", "more_body": False})

    return app


def _stop_during(seconds: float, grace_s: int) -> bytes:
    going, found = threading.Event(), [b""]
    with open_door(_slow_app(going, seconds), grace_s=grace_s) as (server, port):
        request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

        def ask() -> None:
            found[0] = answer_to(port, request)

        asking = threading.Thread(target=ask)
        asking.start()
        assert going.wait(SOON_S)
        server.stop()
        asking.join()
        assert not server.is_alive
        with pytest.raises(ConnectionError):
            answer_to(port, request)
    return found[0]


def test_an_answer_under_way_is_finished() -> None:
    assert b"ended" in _stop_during(0.5, grace_s=60)


def test_an_answer_without_end_is_cut_after_the_grace() -> None:
    found = _stop_during(SOON_S, grace_s=1)
    assert b"begun" in found
    assert b"ended" not in found


def test_a_stream_of_events_does_not_hold_the_end_up(appliance: Served) -> None:
    client = appliance.as_admin()
    with open_door(appliance.app, grace_s=600) as (server, port):
        lines = "".join(f"{name}: {client.headers[name]}\r\n" for name in ("Cookie",))
        with wire(port) as listening:
            listening.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
            assert b"200 OK" in listening.recv(4096)
            appliance.parts.events.close()
            server.stop()  # the grace is longer than the test may take
            assert rest(listening).endswith(b"0\r\n\r\n")


def test_the_loop_tells_whether_it_comes_round(appliance: Served) -> None:
    held, goes_on = threading.Event(), threading.Event()

    @get("/hold", opt={"public": True})
    async def hold() -> str:
        held.set()
        goes_on.wait(SOON_S)  # the whole loop hangs
        return ""

    app = build_application(appliance.parts, [hold])
    with open_door(app) as (server, port):
        assert server.answers(SOON_S)
        asking = threading.Thread(
            target=lambda: httpx.get(f"http://127.0.0.1:{port}/api/v1/hold", timeout=SOON_S)
        )
        asking.start()
        assert held.wait(SOON_S)
        assert not server.answers(0.1)
        goes_on.set()
        asking.join()
        assert server.answers(SOON_S)
    assert not server.answers(0.1)
