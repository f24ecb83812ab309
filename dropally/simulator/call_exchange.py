"""One call of the API: what is checked before its body, while it streams in, and after."""

import asyncio
import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol
from urllib.parse import parse_qs

from dropally.simulator import schema
from dropally.simulator.auth.identify import identify
from dropally.simulator.errors import ApiError, BadRequest, RouteError, TaggedError
from dropally.simulator.routing import (
    Answer,
    Call,
    Download,
    Endpoint,
    RawJson,
    Redo,
    UploadBody,
)
from dropally.simulator.state.spool import SpooledBody
from dropally.simulator.state.world import World
from dropally.simulator.transport.disturbance import CallWatcher, Disturbance
from dropally.simulator.transport.http1 import Deliver, RequestHead
from dropally.simulator.transport.replies import (
    Reply,
    download_reply,
    error_reply,
    is_unchanged,
    json_reply,
    not_modified_reply,
    parse_range,
    text_reply,
)

_log = logging.getLogger(__name__)

MAX_BODY = 150 * 1024 * 1024
_CONTENT_TYPES = {
    "rpc": ("application/json", "text/plain"),
    "upload": ("application/octet-stream", "text/plain"),
    "download": ("text/plain", "application/octet-stream", "application/json"),
}


class WaitingRoom(Protocol):
    """What a call needs of whoever dispatched it."""

    world: World
    strict: bool
    watcher: CallWatcher | None

    def park(self, exchange: "CallExchange") -> None:
        """Let an exchange wait for the next change."""
        ...

    def unpark(self, exchange: "CallExchange") -> None:
        """It waits no more."""
        ...


class CallExchange:
    """One call of `/2/...`."""

    def __init__(
        self, dispatcher: WaitingRoom, endpoint: Endpoint, head: RequestHead, query: str
    ) -> None:
        self._dispatcher = dispatcher
        self._endpoint = endpoint
        self._head = head
        self._query = query
        self._call: Call | None = None
        self._refusal: ApiError | None = None
        self._json = bytearray()
        self._sink: UploadBody | None = None
        self._size = 0
        self._disturbance: Disturbance | None = None
        self._deliver: Deliver | None = None
        self._again: Callable[[], Answer] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._watcher = dispatcher.watcher
        if self._watcher is not None:
            self._watcher.opened()
        try:
            self._open()
        except ApiError as error:
            self._refusal = error

    def write(self, piece: bytes) -> None:
        """The next bytes of the body."""
        self._size += len(piece)
        if self._refusal is not None:
            return
        if self._size > MAX_BODY:
            self._refuse(BadRequest(f"{self._complaint} the request body is too large"))
        elif self._sink is not None:
            self._sink.write(piece)
        else:
            self._json += piece

    def finish(self, deliver: Deliver) -> None:
        """The request is complete."""
        self._deliver = deliver
        self._run(self._first_answer)

    def retry(self) -> None:
        """Something changed while we waited."""
        if self._again is not None:
            self._stop_waiting()
            self._run(self._again)

    def sent(self, reply: Reply) -> None:
        """The last byte of the reply has left."""
        if self._disturbance is not None and self._disturbance.on_sent is not None:
            self._disturbance.on_sent()
        self._close(reply.status, reply.length or len(reply.body))

    def abort(self) -> None:
        """The client is gone."""
        self._close(0, 0)
        self._stop_waiting()
        if self._sink is not None:
            self._sink.abort()

    @property
    def _complaint(self) -> str:
        return schema.complaint(self._endpoint.route)

    def _open(self) -> None:
        """Everything that can be said before the body: who calls, and a header's argument."""
        world, route, headers = self._dispatcher.world, self._endpoint.route, self._head.headers
        self._check_form()
        identity = identify(headers, route, world)
        self._call = Call(route, {}, identity, headers, world)
        if route.style == "rpc":
            return
        self._call.arg = self._parse_arg(self._header_arg())
        if route.style == "upload":
            opener = self._endpoint.open_body
            self._sink = opener(self._call) if opener else SpooledBody(world.contents)
            self._call.body = self._sink

    def _check_form(self) -> None:
        """Method and content type, as far as Dropbox minds them."""
        style, method = self._endpoint.route.style, self._head.method
        if method != "POST" and not (style == "download" and method in ("GET", "HEAD")):
            raise BadRequest(
                f'{self._complaint} Your request\'s HTTP method is "{method}"; expecting "POST".'
            )
        given = self._head.headers.get("content-type", "")
        expected = _CONTENT_TYPES[style]
        if given and given.partition(";")[0].strip().lower() not in expected:
            named = " or ".join(f'"{one}"' for one in expected)
            raise BadRequest(
                f'{self._complaint} Bad HTTP "Content-Type" header: "{given}". Expecting {named}.'
            )

    def _header_arg(self) -> str:
        arg = self._head.headers.get("dropbox-api-arg")
        return arg if arg is not None else parse_qs(self._query).get("arg", [""])[0]

    def _parse_arg(self, text: str) -> Any:
        try:
            arg = json.loads(text) if text.strip() else None
        except ValueError:
            raise BadRequest(f"{self._complaint} could not decode input as JSON") from None
        schema.check_argument(self._endpoint.route, arg)
        return {} if arg is None else arg

    def _first_answer(self) -> Answer:
        if self._refusal is not None:
            raise self._refusal
        call = self._call
        assert call is not None  # noqa: S101 - set unless there is a refusal
        if call.route.style == "rpc":
            call.arg = self._parse_arg(self._json.decode("utf-8", "replace"))
        elif call.route.style == "download" and bytes(self._json).strip() not in (b"", b"null"):
            raise BadRequest(
                f"{self._complaint} The request body is supposed to be empty, but it isn't"
                f" (it starts with {bytes(self._json[:10])!r})"
            )
        return self._handle(call)

    def _handle(self, call: Call) -> Answer:
        self._disturbance = self._watcher.began(call, self._size) if self._watcher else None
        if self._disturbance is not None and (
            self._disturbance.reply is not None or self._disturbance.reset == "before"
        ):
            return None
        return self._endpoint.handler(call)

    def _run(self, ask: Callable[[], Answer]) -> None:
        try:
            answer = ask()
            if isinstance(answer, Redo):
                self._wait(answer)
                return
            reply = self._reply_to(answer)
        except (BadRequest, TaggedError) as error:
            reply = self._refusal_reply(error)
        except Exception as error:  # noqa: BLE001 - a bug of ours must not take the server down
            reply = self._crash(error)
        if self._sink is not None:
            self._sink.abort()
        self._send(reply)

    def _wait(self, redo: Redo) -> None:
        self._again = redo.again
        self._dispatcher.park(self)
        if redo.deadline is not None:
            left = redo.deadline - self._dispatcher.world.clock.epoch_s()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(left, 0) + 0.001, self.retry)

    def _stop_waiting(self) -> None:
        self._dispatcher.unpark(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _reply_to(self, answer: Answer) -> Reply:
        if isinstance(answer, Download):
            return self._download(answer)
        data = answer.data if isinstance(answer, RawJson) else json.dumps(answer).encode()
        if self._dispatcher.strict and self._disturbance is None:
            schema.check_result(self._endpoint.route, json.loads(data))
        return json_reply(data)

    def _download(self, answer: Download) -> Reply:
        if self._dispatcher.strict:
            schema.check_result(self._endpoint.route, answer.result)
        headers = self._head.headers
        if is_unchanged(answer.result, headers.get("if-none-match", "")):
            return not_modified_reply(answer.result)
        try:
            wanted = parse_range(headers.get("range", ""), answer.source.size)
        except ValueError:
            return text_reply("range/not_satisfiable", 416)
        return download_reply(answer.result, answer.source, wanted if answer.ranged else None)

    def _refusal_reply(self, error: BadRequest | TaggedError) -> Reply:
        if self._dispatcher.strict and isinstance(error, RouteError):
            try:
                schema.check_error(self._endpoint.route, error.error)
            except schema.AnswerInvalidError as invalid:
                return self._crash(invalid)
        return error_reply(error)

    def _crash(self, error: Exception) -> Reply:
        """Tell everybody: the log with its traceback, the caller with a 500."""
        _log.error("%s failed", self._endpoint.route.name, exc_info=error)
        return text_reply(f"The simulator failed: {error!r}", 500)

    def _refuse(self, error: ApiError) -> None:
        self._refusal = error
        if self._sink is not None:
            self._sink.abort()

    def _send(self, reply: Reply) -> None:
        disturbance = self._disturbance or Disturbance()
        if disturbance.reply is not None:
            reply = disturbance.reply
        if disturbance.alter is not None:
            reply = disturbance.alter(reply)
        out = None if disturbance.reset else reply
        deliver = self._deliver
        assert deliver is not None  # noqa: S101 - finish() came first
        if disturbance.delay_s and self._watcher is not None:
            self._watcher.keep_back(disturbance.delay_s, partial(deliver, out))
        else:
            deliver(out)

    def _close(self, status: int, bytes_out: int) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.closed(self._endpoint.route, self._call, status, self._size, bytes_out)
