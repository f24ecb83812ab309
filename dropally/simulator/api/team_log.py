"""team_log/get_events: who did what, page by page.

As with Dropbox, the events of a page come in no particular order, a page may be empty although more
follow (knob `empty_event_pages`), and a cursor that reached the end goes on with what happens later.
"""

from collections.abc import Iterator
from typing import Any

from dropally.simulator.api.event_json import CATEGORIES, event_json
from dropally.simulator.api.paging import CursorError, decode_cursor, encode_cursor
from dropally.simulator.api.people import accounts_by_id, find_account
from dropally.simulator.errors import RouteError
from dropally.simulator.routing import Call, route, tag_of
from dropally.simulator.state.clock import parse_epoch
from dropally.simulator.state.events import Event
from dropally.simulator.state.world import World

Json = dict[str, Any]
_KIND = "events"


@route("team_log/get_events")
def get_events(call: Call) -> Json:
    """The first page of the events that match the filters."""
    return _page(call.world, _read_filter(call), after=0)


@route("team_log/get_events/continue")
def continue_events(call: Call) -> Json:
    """The next page; also what has happened since."""
    try:
        state = decode_cursor(_KIND, call.arg["cursor"])
    except CursorError:
        raise RouteError.of("bad_cursor") from None
    return _page(call.world, state["filter"], state["after"], was_empty=state["was_empty"])


def _read_filter(call: Call) -> Json:
    arg = call.arg
    if "category" in arg and "event_type" in arg:
        raise RouteError.of("invalid_filters")
    if "account_id" in arg and find_account(call.world, arg["account_id"]) is None:
        raise RouteError.of("account_id_not_found")
    times = arg.get("time", {})
    start, end = (parse_epoch(times[key]) if key in times else None for key in _TIMES)
    if start is not None and end is not None and end < start:
        raise RouteError.of("invalid_time_range")
    return {
        "limit": arg.get("limit", 1000),
        "account": arg.get("account_id"),
        "category": tag_of(arg.get("category")) or None,
        "type": tag_of(arg.get("event_type")) or None,
        "start": start,
        "end": end,
    }


_TIMES = ("start_time", "end_time")


def _page(world: World, wanted: Json, after: int, *, was_empty: bool = False) -> Json:
    newest = world.events.newest()
    if world.knobs.empty_event_pages and after < newest and not was_empty:
        return _answer(world, [], wanted, after, has_more=True, was_empty=True)
    found: list[Event] = []
    for event in _events_behind(world, after):
        after = event.number
        if _matches(event, wanted):
            found.append(event)
        if len(found) == wanted["limit"]:
            break
    return _answer(world, found, wanted, after, has_more=after < newest, was_empty=False)


def _events_behind(world: World, after: int) -> Iterator[Event]:
    for number in range(after + 1, world.events.newest() + 1):
        yield world.events.get(number)


def _matches(event: Event, wanted: Json) -> bool:
    return (
        (wanted["account"] is None or event.actor == wanted["account"])
        and (wanted["category"] is None or CATEGORIES[event.kind] == wanted["category"])
        and (wanted["type"] is None or event.kind == wanted["type"])
        and (wanted["start"] is None or event.at >= wanted["start"])
        and (wanted["end"] is None or event.at < wanted["end"])
    )


def _answer(
    world: World, events: list[Event], wanted: Json, after: int, *, has_more: bool, was_empty: bool
) -> Json:
    people = accounts_by_id(world) if events else {}
    return {
        # Dropbox promises no order; neither do we, so that no client comes to rely on one.
        "events": [event_json(world, people, event) for event in events[1::2] + events[::2]],
        "cursor": encode_cursor(_KIND, filter=wanted, after=after, was_empty=was_empty),
        "has_more": has_more,
    }
