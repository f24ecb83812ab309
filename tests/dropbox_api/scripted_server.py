"""A server that answers byte by byte as a test says."""

import re
import socket
import threading
from collections.abc import Sequence

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def answer(body: bytes, head: bytes = OK) -> list[bytes | None]:
    """A script for one complete answer."""
    return [head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)]


class ScriptedServer(threading.Thread):
    """Answers each request with the next script; None hangs up, an empty script is silent."""

    def __init__(self, scripts: Sequence[Sequence[bytes | None]]) -> None:
        super().__init__(daemon=True)
        self._scripts = list(scripts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        self.hung_up = threading.Semaphore(0)
        """Released for each connection that has ended."""
        self.requests: list[bytes] = []

    def run(self) -> None:
        """Serve one connection after the other until the scripts are used up."""
        with self._listener:
            while self._scripts:
                with self._listener.accept()[0] as line:
                    self.connections += 1
                    self._serve(line)
                self.hung_up.release()

    def _serve(self, line: socket.socket) -> None:
        while self._scripts:
            request = _whole_request(line)
            if not request:
                return
            self.requests.append(request)
            script = self._scripts.pop(0)
            if not script:
                line.recv(1)
            for part in script:
                if part is None:
                    return
                line.sendall(part)


def _whole_request(line: socket.socket) -> bytes:
    """A request's head and body, in however many pieces they come; what came before a hang-up."""
    request = b""
    while (missing := _missing_bytes(request)) > 0:
        piece = line.recv(missing)
        if not piece:
            break
        request += piece
    return request


def _missing_bytes(request: bytes) -> int:
    head, end, body = request.partition(b"\r\n\r\n")
    if not end:
        return 65536
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    return int(length[1]) - len(body) if length else 0
