"""HTTP as servers and middleboxes really speak it, byte by byte."""

import gzip
import socket
import threading
from collections.abc import Sequence

import pytest
from dropally.common.errors import CancelledError
from dropally.dropbox_api.answers import UnreachableError
from dropally.dropbox_api.http_line import BrokenAnswerError
from dropally.dropbox_api.session import DropboxSession, StartRefusedError
from dropally.dropbox_api.settings import ConnectionSettings
from tests.dropbox_api.noting_limit import NotingLimit
from tests.dropbox_api.scripted_server import OK, ScriptedServer

URL = "https://api.dropboxapi.com/2/check/user"


def talk(
    servers: list[ScriptedServer], *scripts: Sequence[bytes | None]
) -> tuple[DropboxSession, ScriptedServer]:
    server = ScriptedServer(scripts)
    server.start()
    servers.append(server)
    return DropboxSession(ConnectionSettings(api_url=server.url)), server


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x;x=y\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([OK + b"Content-Length: 5\r\n\r\nhello"], b"hello"),
        ([OK + b"Content-Length: 5\r\n\r\nhe", b"llo"], b"hello"),
        ([OK[:20], OK[20:], b"content-LENGTH: 5\r\n", b"\r", b"\nhello"], b"hello"),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\n", chunked(b"hel", b"lo"), b"0\r\n\r\n"], b"hello"),
        (
            [OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n"],
            b"hello",
        ),
        ([OK + b"Content-Length: 0\r\n\r\n"], b""),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", OK + b"Content-Length: 2\r\n\r\n{}"], b"{}"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], b""),
        (
            [
                OK + b"Content-Encoding: gzip\r\nContent-Length: "
                + b"%d\r\n\r\n" % len(gzip.compress(b"packed" * 99, mtime=0))
                + gzip.compress(b"packed" * 99, mtime=0)
            ],
            b"packed" * 99,
        ),
        (
            [
                OK + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunked(gzip.compress(b"packed" * 99, mtime=0)) + b"0\r\n\r\n"
            ],
            b"packed" * 99,
        ),
    ],
)  # fmt: skip
def test_bodies_come_whole_and_the_line_is_used_again(
    servers: list[ScriptedServer], parts: list[bytes], expected: bytes
) -> None:
    session, server = talk(servers, parts, parts)
    with session:
        assert session.post(URL, "{}").content == expected
        assert session.post(URL, "{}").content == expected
    assert server.connections == 1
    assert server.requests[0].startswith(b"POST /2/check/user HTTP/1.1\r\nHost: 127.0.0.1:")


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"\r\nuntil the end",
        OK + b"Connection: close\r\nContent-Length: 13\r\n\r\nuntil the end",
        b"HTTP/1.0 200 OK\r\nContent-Length: 13\r\n\r\nuntil the end",
    ],
)
def test_lines_that_end_are_not_used_again(servers: list[ScriptedServer], answer: bytes) -> None:
    session, server = talk(servers, [answer, None], [answer, None])
    with session:
        assert session.post(URL, "{}").content == b"until the end"
        assert session.post(URL, "{}").content == b"until the end"
    assert server.connections == 2


def test_a_line_that_was_hung_up_meanwhile_is_replaced(servers: list[ScriptedServer]) -> None:
    answer = OK + b"Content-Length: 2\r\n\r\n{}"
    session, server = talk(servers, [answer, None], [answer])
    with session:
        session.post(URL, "{}")
        assert server.hung_up.acquire(timeout=60)
        assert session.post(URL, "{}").status_code == 200
    assert server.connections == 2


@pytest.mark.parametrize(
    "parts",
    [
        [None],
        [OK, None],
        [OK + b"Content-Length: 9\r\n\r\nshort", None],
        [OK + b"Content-Length: -1\r\n\r\n", None],
        [OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", None],
        [OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel", None],
        [OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n", None],
        [OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n", None],
        [b"SSH-2.0-OpenSSH_9\r\n\r\n", None],
        [b"HTTP/1.1 2OO OK\r\n\r\n", None],
        [OK + b"X: " + b"y" * 400_000, None],
        [OK + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx", None],
        [OK + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!", None],
    ],
)
def test_what_is_no_answer_is_told(
    servers: list[ScriptedServer], parts: list[bytes | None]
) -> None:
    session, _ = talk(servers, parts)
    with session, pytest.raises(BrokenAnswerError):
        session.post(URL, "{}")


def test_nothing_in_time(servers: list[ScriptedServer]) -> None:
    session, _ = talk(servers, [])
    with session, pytest.raises(TimeoutError):
        session.post(URL, "{}", timeout=0.1)


def test_a_stopped_wait(servers: list[ScriptedServer]) -> None:
    session, _ = talk(servers, [])
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    with session, session.calling(stop), pytest.raises(CancelledError):
        session.post(URL, "{}")


def test_a_gate_that_closes_right_before_the_call(servers: list[ScriptedServer]) -> None:
    class Closed:
        def may_start(self) -> bool:
            return False

    session, server = talk(servers, [OK + b"Content-Length: 2\r\n\r\n{}"])
    with session:
        with session.calling(threading.Event(), Closed()), pytest.raises(StartRefusedError):
            session.post(URL, "{}")
        assert session.post(URL, "{}").content == b"{}"
    assert server.connections == 1


def test_headers_cannot_be_forged() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    settings = ConnectionSettings(api_url=f"http://127.0.0.1:{server.getsockname()[1]}")
    with server, DropboxSession(settings) as session, pytest.raises(ValueError, match="line break"):
        session.post(URL, "{}", headers={"Dropbox-API-Arg": "x\r\nHost: evil"})


def test_nobody_there() -> None:
    with (
        DropboxSession(ConnectionSettings(api_url="http://127.0.0.1:9")) as session,
        pytest.raises(UnreachableError, match="refused"),
    ):
        session.post(URL, "{}")


def limited(server: ScriptedServer, limit: NotingLimit) -> DropboxSession:
    return DropboxSession(ConnectionSettings(api_url=server.url, line_limit=limit))


def test_all_that_comes_and_goes_is_told_to_the_limit_in_small_steps(
    servers: list[ScriptedServer],
) -> None:
    answer = OK + b"Content-Length: 200000\r\n\r\n" + bytes(200_000)
    server = ScriptedServer([[answer]])
    server.start()
    servers.append(server)
    limit = NotingLimit()
    with limited(server, limit) as session, session.calling(threading.Event()):
        assert session.post(URL, b"{}").content == bytes(200_000)
    assert sum(limit.sent) == len(server.requests[0])
    assert sum(limit.received) == len(answer)
    assert max(limit.received) <= 64 * 1024


def test_whoever_waits_for_the_limit_can_be_stopped(servers: list[ScriptedServer]) -> None:
    server = ScriptedServer([[OK + b"Content-Length: 100000\r\n\r\n" + bytes(100_000)]])
    server.start()
    servers.append(server)
    stop = threading.Event()
    with (
        limited(server, NotingLimit(stop, after=3)) as session,
        session.calling(stop),
        pytest.raises(CancelledError, match="limit of the line"),
    ):
        session.post(URL, b"{}")
