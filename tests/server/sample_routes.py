"""A small resource of the tests' own: a list in pages, settings with a tag, work that is started once."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.common.errors import ConflictError, DeniedError, NotFoundError, TryLaterError
from dropally.server.given import GivenActor, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.paging import DEFAULT_PAGE, Cursor, Limit, Page, decode_cursor, encode_cursor
from dropally.server.preconditions import IfMatch, etag_of, require_match
from dropally.store import BackendUnavailableError
from litestar import Response, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody


class Number(msgspec.Struct, frozen=True):
    value: int


class NewNumber(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    value: int
    note: str = ""


@dataclass
class Counter:
    """How often work was started, and settings with a counter of changes."""

    started: list[int] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)
    goes_on: threading.Event = field(default_factory=threading.Event)
    modno: int = 1


_ERRORS = {
    "not_found": NotFoundError("no such number", hint="list them"),
    "denied": DeniedError("not this one"),
    "conflict": ConflictError("wrong_number", "not now"),
    "later": TryLaterError("busy"),
    "storage": BackendUnavailableError("the bucket does not answer"),
    "bug": ValueError("a secret in a message"),
}


def sample_routes(counter: Counter) -> Sequence[HTTPRouteHandler]:
    """Handlers below `/api/v1/numbers`."""

    @get("/numbers", operation_id="list_numbers", sync_to_thread=True)
    def list_numbers(
        parts: GivenParts, actor: GivenActor, cursor: Cursor = "", limit: Limit = DEFAULT_PAGE
    ) -> Page[Number]:
        require(parts.auth, actor, Verb.STATUS_READ)
        start = decode_cursor(cursor, int) or 0
        values = [Number(value) for value in range(start, 10)]
        shown = values[:limit]
        following = encode_cursor(start + limit) if len(values) > limit else None
        return Page(items=shown, next_cursor=following, total=10)

    @post(
        "/numbers",
        operation_id="create_number",
        opt={"idempotent": True},
        status_code=202,
        sync_to_thread=True,
    )
    def create_number(
        parts: GivenParts,
        actor: GivenActor,
        data: JSONBody[NewNumber],
        idempotency_key: IdempotencyKey = "",
    ) -> Response[Number]:
        require(parts.auth, actor, Verb.TASK_CREATE)
        if data.value < 0:
            raise NotFoundError("no number below zero")
        counter.started.append(data.value)
        if data.note == "slow":
            counter.begun.set()
            counter.goes_on.wait(60)
        return Response(
            Number(len(counter.started)),
            status_code=202,
            headers={"Location": f"/api/v1/numbers/{len(counter.started)}"},
        )

    @patch("/numbers/settings", operation_id="change_settings_of_numbers", sync_to_thread=True)
    def change_settings(data: JSONBody[NewNumber], if_match: IfMatch = "") -> Response[Number]:
        require_match(if_match, etag_of(counter.modno))
        counter.modno += 1
        return Response(Number(data.value), headers={"ETag": etag_of(counter.modno)})

    @get("/numbers/{kind:str}/error", operation_id="fail", sync_to_thread=True)
    def fail(kind: FromPath[str]) -> None:
        raise _ERRORS[kind]

    @post("/numbers/public", operation_id="post_public", opt={"public": True}, sync_to_thread=True)
    def post_public(actor: GivenActor, data: JSONBody[NewNumber]) -> dict[str, str]:
        return {"kind": actor.kind}

    return [list_numbers, create_number, change_settings, fail, post_public]
