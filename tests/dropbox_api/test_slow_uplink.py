"""A line that takes its time: large uploads arrive, and can be stopped."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from dropally.common.errors import CancelledError
from dropally.dropbox_api.session import DropboxSession
from dropally.dropbox_api.settings import ConnectionSettings, LineLimit
from tests.dropbox_api.noting_limit import NotingLimit

BODY = bytes(12 * 1024 * 1024)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class SlowReader(threading.Thread):
    """Accepts one connection and takes about 6 MB/s from it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(1)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.taken = 0

    def run(self) -> None:
        """Read the head and the body, then answer."""
        with self._listener, self._listener.accept()[0] as line:
            while self.taken < len(BODY):
                piece = line.recv(65536)
                if not piece:
                    return
                self.taken += len(piece)
                time.sleep(0.01)
            line.sendall(ANSWER)


@pytest.fixture
def slow() -> Iterator[SlowReader]:
    reader = SlowReader()
    reader.start()
    yield reader
    reader.join(10)


def post(slow: SlowReader, cancelled: threading.Event, limit: LineLimit | None = None) -> int:
    url = "https://content.dropboxapi.com/2/files/upload"
    with (
        DropboxSession(ConnectionSettings(api_url=slow.url, line_limit=limit)) as session,
        session.calling(cancelled),
    ):
        return session.post(url, BODY, timeout=1.5).status_code


def test_an_upload_may_take_longer_than_the_timeout(slow: SlowReader) -> None:
    began = time.monotonic()
    assert post(slow, threading.Event()) == 200
    assert time.monotonic() - began > 1.5


def test_an_upload_can_be_stopped(slow: SlowReader) -> None:
    cancelled = threading.Event()
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
    slow.join(10)
    assert slow.taken < 10 * 64 * 1024
