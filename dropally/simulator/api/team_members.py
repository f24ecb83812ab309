"""team/members/*: who is on the team."""

import json
from collections.abc import Callable
from typing import Any

from dropally.simulator.api.paging import CursorError, cut_page, decode_cursor, encode_cursor
from dropally.simulator.api.people import team_member_info, team_member_info_v2
from dropally.simulator.errors import RouteError
from dropally.simulator.routing import Call, RawJson, route, tag_of
from dropally.simulator.state.model import Member
from dropally.simulator.state.world import World

Json = dict[str, Any]
Render = Callable[[World, Member], Json]
_KIND = "members"


@route("team/members/list_v2")
def list_members_v2(call: Call) -> Json:
    """The first page, with roles."""
    return _first_page(call, team_member_info_v2)


@route("team/members/list/continue_v2")
def continue_members_v2(call: Call) -> Json:
    """The next page, with roles."""
    return _next_page(call, team_member_info_v2)


@route("team/members/list")
def list_members(call: Call) -> Json:
    """The first page, with the old admin tiers."""
    return _first_page(call, team_member_info)


@route("team/members/list/continue")
def continue_members(call: Call) -> Json:
    """The next page, with the old admin tiers."""
    return _next_page(call, team_member_info)


@route("team/members/get_info")
def get_info(call: Call) -> RawJson:
    """Some members by id, external id or address; the answer is a bare list."""
    return RawJson(json.dumps(_look_up(call, team_member_info)).encode())


@route("team/members/get_info_v2")
def get_info_v2(call: Call) -> Json:
    """The same with roles, and in a field."""
    return {"members_info": _look_up(call, team_member_info_v2)}


def find_member(world: World, selector: Json) -> Member | None:
    """The member that a `UserSelectorArg` means."""
    tag = tag_of(selector)
    wanted = selector[tag]
    if tag == "team_member_id":
        return world.members.get(wanted)
    for member in world.members.values():
        if tag == "external_id" and member.external_id == wanted:
            return member
        if tag == "email" and member.email.casefold() == wanted.casefold():
            return member
    return None


def _first_page(call: Call, render: Render) -> Json:
    limit = call.arg.get("limit", 1000)
    return _page(call.world, "", limit, call.arg.get("include_removed", False), render)


def _next_page(call: Call, render: Render) -> Json:
    try:
        state = decode_cursor(_KIND, call.arg["cursor"])
    except CursorError:
        raise RouteError.of("invalid_cursor") from None
    return _page(call.world, state["after"], state["limit"], state["removed"], render)


def _page(world: World, after: str, limit: int, removed: bool, render: Render) -> Json:
    wanted = (one for one in world.members.values() if removed or one.status != "removed")
    page = cut_page(wanted, lambda member: member.member_id, after, limit)
    return {
        "members": [render(world, member) for member in page.rows],
        "cursor": encode_cursor(_KIND, after=page.last, limit=limit, removed=removed),
        "has_more": page.has_more,
    }


def _look_up(call: Call, render: Render) -> list[Json]:
    found = []
    for selector in call.arg["members"]:
        member = find_member(call.world, selector)
        if member is None:
            found.append({".tag": "id_not_found", "id_not_found": selector[tag_of(selector)]})
        else:
            found.append({".tag": "member_info", **render(call.world, member)})
    return found
