"""What happens between a request and its answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from dropally.cli.api.client import ApiClient, ApiProblemError
from dropally.common.errors import DeniedError, NotFoundError, TryLaterError, UsageError

Answer = Callable[[BaseHTTPRequestHandler, int], None]


@contextmanager
def server(answer: Answer) -> Iterator[tuple[ApiClient, list[Any]]]:
    """A server that answers so; with the headers of the requests that it got."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append(dict(self.headers))
            answer(self, len(asked))

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{listening.server_port}") as http:
                yield ApiClient(http, "the server"), asked
        finally:
            listening.shutdown()
            thread.join()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def test_work_is_not_started_twice_when_the_answer_gets_lost() -> None:
    def answer(handler: BaseHTTPRequestHandler, count: int) -> None:
        if count == 1:
            handler.close_connection = True  # and no answer
        else:
            send(handler, 202, b'{"id":"job_1"}')

    with server(answer) as (api, asked):
        assert api.start("/tasks/tsk_1/run", None) == {"id": "job_1"}
    assert len({headers["Idempotency-Key"] for headers in asked}) == 1
    assert len(asked) == 2


def test_a_lost_answer_to_anything_else_is_told() -> None:
    def answer(handler: BaseHTTPRequestHandler, _count: int) -> None:
        handler.close_connection = True

    with server(answer) as (api, asked), pytest.raises(TryLaterError, match="cannot be reached"):
        api.ask("POST", "/mails/test", body={"recipient": "ann@example.com"})
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, UsageError),
        (403, DeniedError),
        (404, NotFoundError),
        (409, UsageError),
        (503, TryLaterError),
    ],
    ids=["wrong", "denied", "missing", "conflict", "busy"],
)
def test_problems_become_our_errors(status: int, kind: type[Exception]) -> None:
    body = b'{"detail":"so it is","hint":"do this","code":"so"}'
    with (
        server(lambda handler, _: send(handler, status, body)) as (api, _),
        pytest.raises(kind) as told,
    ):
        api.ask("GET", "/tasks")
    assert str(told.value) == "so it is"
    assert told.value.hint == "do this"  # type: ignore[attr-defined]  # ours have it
    assert told.value.code == "so"  # type: ignore[attr-defined]  # of the API


def test_what_is_no_problem_document_is_told_by_its_status() -> None:
    body = b"<h1>Bad gateway</h1>"
    with (
        server(lambda handler, _: send(handler, 502, body)) as (api, _),
        pytest.raises(ApiProblemError, match="the answer was 502"),
    ):
        api.ask("GET", "/tasks")
