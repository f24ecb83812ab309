"""team/groups/*: groups and who is in them."""

from typing import Any

from dropally.simulator.api.paging import CursorError, cut_page, decode_cursor, encode_cursor
from dropally.simulator.api.people import member_profile
from dropally.simulator.errors import RouteError
from dropally.simulator.routing import Call, route, tag_of
from dropally.simulator.state.model import Group
from dropally.simulator.state.world import World

Json = dict[str, Any]
_GROUPS = "groups"
_GROUP_MEMBERS = "group_members"


@route("team/groups/list")
def list_groups(call: Call) -> Json:
    """The first page of groups."""
    return _group_page(call.world, "", call.arg.get("limit", 1000))


@route("team/groups/list/continue")
def continue_groups(call: Call) -> Json:
    """The next page of groups."""
    state = _state(_GROUPS, call)
    return _group_page(call.world, state["after"], state["limit"])


@route("team/groups/members/list")
def list_group_members(call: Call) -> Json:
    """The first page of a group's members."""
    group = _find_group(call.world, call.arg["group"])
    if group is None:
        raise RouteError.of("group_not_found")
    return _member_page(call.world, group, "", call.arg.get("limit", 1000))


@route("team/groups/members/list/continue")
def continue_group_members(call: Call) -> Json:
    """The next page of a group's members."""
    state = _state(_GROUP_MEMBERS, call)
    group = call.world.groups.get(state["group"])
    if group is None:
        raise RouteError.of("invalid_cursor")
    return _member_page(call.world, group, state["after"], state["limit"])


def group_summary(group: Group) -> Json:
    """The `GroupSummary`."""
    summary: Json = {
        "group_name": group.name,
        "group_id": group.group_id,
        "member_count": len(group.members),
        "group_management_type": {".tag": "company_managed"},
    }
    if group.external_id:
        summary["group_external_id"] = group.external_id
    return summary


def _state(kind: str, call: Call) -> Json:
    try:
        return decode_cursor(kind, call.arg["cursor"])
    except CursorError:
        raise RouteError.of("invalid_cursor") from None


def _group_page(world: World, after: str, limit: int) -> Json:
    page = cut_page(world.groups.values(), lambda group: group.group_id, after, limit)
    return {
        "groups": [group_summary(group) for group in page.rows],
        "cursor": encode_cursor(_GROUPS, after=page.last, limit=limit),
        "has_more": page.has_more,
    }


def _find_group(world: World, selector: Json) -> Group | None:
    tag = tag_of(selector)
    if tag == "group_id":
        return world.groups.get(selector[tag])
    groups = world.groups.values()
    return next((group for group in groups if group.external_id == selector[tag]), None)


def _member_page(world: World, group: Group, after: str, limit: int) -> Json:
    known = ((world.members[one], role) for one, role in group.members.items())
    present = ((member, role) for member, role in known if member.status != "removed")
    page = cut_page(present, lambda pair: pair[0].member_id, after, limit)
    return {
        "members": [
            {"profile": member_profile(world, member), "access_type": {".tag": role}}
            for member, role in page.rows
        ],
        "cursor": encode_cursor(_GROUP_MEMBERS, after=page.last, limit=limit, group=group.group_id),
        "has_more": page.has_more,
    }
