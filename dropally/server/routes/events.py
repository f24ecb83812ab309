"""What happens, as it happens: one stream of server-sent events for everything the console shows."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, HeaderParameter
from litestar.response import Stream

from dropally.auth.actors import Actor, Place
from dropally.auth.permissions import allowed
from dropally.auth.verbs import Verb
from dropally.common.errors import UsageError
from dropally.jobs.events import Event, Missed, Subscription
from dropally.server.authentication import still_signed_in
from dropally.server.exchange import Exchange
from dropally.server.given import GivenExchange, GivenParts
from dropally.server.parts import Parts
from dropally.server.problems import documented

HEARTBEAT_S = 15.0
_LOOK_AGAIN_AFTER_S = 1.0
_RETRY_MS = 3000
_LONGEST_ID = 20
_VERBS = frozenset(Verb)


class EventView(msgspec.Struct, frozen=True, kw_only=True):
    """One event, the `data` of a message whose `event` is the name and whose `id` is the id."""

    id: int
    name: str
    time: datetime
    task_id: str
    entity_id: str
    data: dict[str, object]


class MissedView(msgspec.Struct, frozen=True):
    """The `data` of a message `missed`: some events are gone, load anew what is shown."""

    last_id: int


@get(
    "/events",
    operation_id="stream_events",
    summary="Events as they happen (server-sent events)",
    tags=["events"],
    media_type="text/event-stream",
    responses={
        200: ResponseSpec(
            data_container=EventView,
            media_type="text/event-stream",
            description="Messages until the session ends; a comment every 15 s as a heartbeat.",
            generate_examples=False,
        ),
        **documented(400, 401),
    },
)
async def stream_events(
    parts: GivenParts,
    exchange: GivenExchange,
    last_event_id: Annotated[str, HeaderParameter(name="Last-Event-ID")] = "",
    after: FromQuery[str] = "",
) -> Stream:
    """Send what the actor may see, from now on or from after the event that they saw last.

    Browsers send Last-Event-ID by themselves when they connect again; `after` is for the rest.
    """
    subscription = parts.events.subscribe(_position(last_event_id or after))
    return Stream(
        _messages(parts, exchange, subscription),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _position(sent: str) -> int | None:
    if not sent:
        return None
    if not (sent.isascii() and sent.isdigit() and len(sent) <= _LONGEST_ID):
        raise UsageError("this is no event's id", hint="leave it out to begin from now on")
    return int(sent)


async def _messages(
    parts: Parts, exchange: Exchange, subscription: Subscription
) -> AsyncIterator[bytes]:
    """Asks again who the listener is before anything is told, at most once a second."""
    loop = asyncio.get_running_loop()
    actor, looked_at = exchange.actor, loop.time()
    with subscription:
        yield f"retry: {_RETRY_MS}\n\n".encode()
        while not subscription.is_closed:
            found = await subscription.next(HEARTBEAT_S)
            if loop.time() - looked_at >= _LOOK_AGAIN_AFTER_S:
                current = await asyncio.to_thread(still_signed_in, parts.auth, exchange)
                if current is None:
                    return
                actor, looked_at = current, loop.time()
            if found is None:  # nothing for a while, or closed: the loop's condition tells
                yield b": still here\n\n"
            elif isinstance(found, Missed):
                yield _message(found.last_id, "missed", MissedView(found.last_id))
            elif _may_see(actor, found):
                yield _message(found.id, found.name, _view(found))


def _may_see(actor: Actor, event: Event) -> bool:
    if event.needs not in _VERBS:
        return False
    place = Place(event.task_id, event.entity_id)
    return allowed(actor, Verb(event.needs), place).is_allowed


def _view(event: Event) -> EventView:
    return EventView(
        id=event.id,
        name=event.name,
        time=event.time,
        task_id=event.task_id,
        entity_id=event.entity_id,
        data=dict(event.data),
    )


def _message(event_id: int, name: str, content: msgspec.Struct) -> bytes:
    # JSON has no line breaks of its own, so one `data` line holds it.
    return (
        f"id: {event_id}\nevent: {name}\ndata: ".encode() + msgspec.json.encode(content) + b"\n\n"
    )


handlers = [stream_events]
