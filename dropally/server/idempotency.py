"""Requests that start work can be repeated safely: the header `Idempotency-Key`.

The same key with the same body gets the same answer for 24 hours, from the same actor; whatever the
network did to the first answer, the work is started once. Not for answers that hold a secret: they
are kept as they are.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.params import HeaderParameter
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from dropally.catalog import idempotency
from dropally.catalog.idempotency import StoredAnswer
from dropally.common.errors import ConflictError, UsageError
from dropally.server.exchange import exchange_of, header
from dropally.server.parts import Parts

HEADER = "Idempotency-Key"
IdempotencyKey = Annotated[
    str,
    HeaderParameter(
        name=HEADER,
        max_length=255,
        description="Any text unique to this intent; a repeat gets the first answer.",
    ),
]
_LONGEST_KEY = 255
_Header = tuple[bytes, bytes]


class Idempotency(ASGIMiddleware):
    """Keeps and repeats the answers of handlers with `opt={"idempotent": True}`."""

    scopes = (ScopeType.HTTP,)

    def __init__(self) -> None:
        self._under_way: set[bytes] = set()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Repeat what was answered, else answer and keep it."""
        key = header(scope, HEADER.lower().encode())
        if not key or not scope["route_handler"].opt.get("idempotent"):
            await next_app(scope, receive, send)
            return
        if len(key) > _LONGEST_KEY:
            raise UsageError(f"{HEADER} is longer than {_LONGEST_KEY} characters")
        body = await _whole_body(receive)
        key_hash = _key_hash(scope, key)
        if key_hash in self._under_way:
            raise _still_under_way()
        self._under_way.add(key_hash)
        try:
            await self._once(scope, body, key_hash, send, next_app)
        finally:
            self._under_way.discard(key_hash)

    async def _once(
        self, scope: Scope, body: bytes, key_hash: bytes, send: Send, next_app: ASGIApp
    ) -> None:
        parts, body_hash = exchange_of(scope).parts, hashlib.sha256(body).digest()
        stored = await asyncio.to_thread(_take, parts, key_hash, body_hash)
        if stored is not None:
            await _repeat(stored, body_hash, send)
            return
        answer = _Recorded()
        try:
            await next_app(scope, _receive_again(body), answer.wrap(send))
        except BaseException:
            await asyncio.to_thread(_free, parts, key_hash)
            raise
        if answer.is_success:
            await asyncio.to_thread(_store, parts, key_hash, answer)
        else:
            await asyncio.to_thread(_free, parts, key_hash)


class _Recorded:
    """An answer on its way, kept as well."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[_Header] = []
        self.body = bytearray()

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def header_texts(self) -> list[tuple[str, str]]:
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.headers]

    def wrap(self, send: Send) -> Send:
        async def recording(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = list(message["headers"])
            elif message["type"] == "http.response.body":
                self.body += message["body"]
            await send(message)

        return recording


def _take(parts: Parts, key_hash: bytes, body_hash: bytes) -> StoredAnswer | None:
    with parts.database.write() as database:
        return idempotency.take_key(database.conn, key_hash, body_hash, parts.clock.now())


def _store(parts: Parts, key_hash: bytes, answer: "_Recorded") -> None:
    headers = msgspec.json.encode(answer.header_texts()).decode()
    with parts.database.write() as database:
        idempotency.store_answer(
            database.conn, key_hash, answer.status, headers, bytes(answer.body)
        )


def _free(parts: Parts, key_hash: bytes) -> None:
    with parts.database.write() as database:
        idempotency.free_key(database.conn, key_hash)


async def _repeat(stored: StoredAnswer, body_hash: bytes, send: Send) -> None:
    if stored.body_hash != body_hash:
        raise HTTPException(
            status_code=422, detail=f"this {HEADER} was used with another body before"
        )
    if stored.status is None:
        raise ConflictError(
            "outcome_unknown",
            f"a request with this {HEADER} was interrupted before it was answered",
            hint="look at the list of jobs; if it is not there, send it with a new key",
        )
    texts = msgspec.json.decode(stored.headers, type=list[tuple[str, str]])
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": stored.status,
        "headers": [
            *((name.encode("latin-1"), value.encode("latin-1")) for name, value in texts),
            (b"idempotent-replayed", b"true"),
        ],
    }
    await send(start)
    await send({"type": "http.response.body", "body": stored.body, "more_body": False})


def _key_hash(scope: Scope, key: str) -> bytes:
    exchange = exchange_of(scope)
    actor = exchange.actor
    intent = (actor.kind, actor.token_id or actor.id, exchange.method, scope["path"], key)
    return hashlib.sha256(msgspec.msgpack.encode(intent)).digest()


def _still_under_way() -> ConflictError:
    return ConflictError(
        "still_under_way",
        f"a request with this {HEADER} is being worked on",
        hint="repeat it in a moment to get its answer",
    )


async def _whole_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise HTTPException(status_code=400, detail="the client went away")
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _receive_again(body: bytes) -> Receive:
    """The body once, then silence until the client goes away."""
    waiting: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]
    never: Callable[[], Awaitable[bool]] = asyncio.Event().wait

    async def receive() -> Any:
        if waiting:
            return waiting.pop()
        await never()
        raise AssertionError("nobody sets that event")

    return receive
