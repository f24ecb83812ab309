"""S3 servers that misbehave: one answers what it is told, one ignores conditional writes."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from email.utils import formatdate
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape


@contextlib.contextmanager
def deaf_endpoint() -> Iterator[str]:
    """An address that refuses connections: its port is taken, and nothing listens there."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"


@contextlib.contextmanager
def serving(answers: list[tuple[int, bytes]]) -> Iterator[str]:
    """The endpoint of a server that gives, and removes, one answer after the other."""

    class Handler(_Quiet):
        def answer(self) -> None:
            self.read_body()
            self.send(*answers.pop(0))

    with _running(Handler) as endpoint:
        yield endpoint


@contextlib.contextmanager
def serving_careless_s3() -> Iterator[str]:
    """The endpoint of a small S3 that overwrites whatever If-Match and If-None-Match say."""
    objects: dict[str, bytes] = {}

    class Handler(_Quiet):
        def answer(self) -> None:
            address = urlsplit(self.path)
            body = self.read_body()
            if self.command == "PUT":
                objects[address.path] = body
                self.send(200, b"", ETag=_tag(body))
            elif self.command == "DELETE":
                objects.pop(address.path, None)
                self.send(204, b"")
            elif "list-type" in parse_qs(address.query):
                self.send(200, _listing(objects))
            elif address.path in objects:
                self.send_object(objects[address.path])
            else:
                self.send(404, b"")

    with _running(Handler) as endpoint:
        yield endpoint


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self.answer()

    def do_PUT(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def do_DELETE(self) -> None:
        self.answer()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def read_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_object(self, data: bytes) -> None:
        dated = {"ETag": _tag(data), "Last_Modified": formatdate(usegmt=True)}
        wanted = self.headers.get("Range")
        if wanted is None:
            self.send(200, data, **dated)
            return
        first, last = (int(part) for part in wanted.removeprefix("bytes=").split("-"))
        dated["Content_Range"] = f"bytes {first}-{last}/{len(data)}"
        self.send(206, data[first : last + 1], **dated)


def _tag(data: bytes) -> str:
    return f'"{md5(data).hexdigest()}"'


def _listing(objects: dict[str, bytes]) -> bytes:
    contents = "".join(
        f"<Contents><Key>{escape(path.removeprefix('/bucket/'))}</Key>"
        "<LastModified>2026-01-01T00:00:00.000Z</LastModified>"
        f"<ETag>{escape(_tag(data))}</ETag><Size>{len(data)}</Size></Contents>"
        for path, data in sorted(objects.items())
    )
    return (
        f"<ListBucketResult>{contents}<IsTruncated>false</IsTruncated></ListBucketResult>".encode()
    )


@contextlib.contextmanager
def _running(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
