"""A line that takes its time: large uploads arrive, and can be stopped."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from dropally.common.errors import CancelledError
from dropally.dropbox_api import http_line
from dropally.dropbox_api.session import DropboxSession
from dropally.dropbox_api.settings import ConnectionSettings, LineLimit
from tests.dropbox_api.noting_limit import NotingLimit

BODY = bytes(24 * 1024 * 1024)
_TIMEOUT_S = 60.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class SlowReader(threading.Thread):
    """Accepts one connection and takes about 12 MB/s from it; nothing while it is held."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(1)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.taken = 0
        self.held_after: int | None = None
        """Takes so many bytes, and the rest when `go_on` is set."""
        self.go_on = threading.Event()

    def run(self) -> None:
        """Read the head and the body, then answer."""
        with self._listener, self._listener.accept()[0] as line:
            while self.taken < len(BODY):
                piece = line.recv(65536)
                if not piece:
                    return
                self.taken += len(piece)
                time.sleep(0.005)
                if self.held_after is not None and self.taken >= self.held_after:
                    self.go_on.wait()
            line.sendall(ANSWER)


@pytest.fixture
def slow() -> Iterator[SlowReader]:
    reader = SlowReader()
    reader.start()
    yield reader
    reader.go_on.set()
    reader.join(60)
    assert not reader.is_alive()


def post(slow: SlowReader, cancelled: threading.Event, limit: LineLimit | None = None) -> int:
    url = "https://content.dropboxapi.com/2/files/upload"
    with (
        DropboxSession(ConnectionSettings(api_url=slow.url, line_limit=limit)) as session,
        session.calling(cancelled),
    ):
        return session.post(url, BODY, timeout=_TIMEOUT_S).status_code


class TenSecondsByLook:
    """Time as a line sees it: ten seconds pass from look to look, however long it really took."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 10.0
        return self.now


def test_an_upload_may_take_longer_than_the_timeout(
    slow: SlowReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = TenSecondsByLook()
    monkeypatch.setattr(http_line, "time", clock)
    assert post(slow, threading.Event()) == 200
    assert clock.now > _TIMEOUT_S


def test_an_upload_can_be_stopped(slow: SlowReader) -> None:
    cancelled = threading.Event()
    slow.held_after = 1
    threading.Timer(0.1, cancelled.set).start()
    with pytest.raises(CancelledError):
        post(slow, cancelled)
    assert slow.taken < len(BODY)


def test_a_limit_is_told_each_step_of_an_upload_before_it_goes(slow: SlowReader) -> None:
    cancelled = threading.Event()
    limit = NotingLimit(cancelled, after=10)
    with pytest.raises(CancelledError):
        post(slow, cancelled, limit)
    assert len(limit.sent) == 10
    assert max(limit.sent) == 64 * 1024
    slow.join(60)
    assert slow.taken < 10 * 64 * 1024
