"""sharing/list_folder_members and add_folder_member: who may see a shared or team folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from dropally.simulator.api.paging import CursorError, cut_page, decode_cursor, encode_cursor
from dropally.simulator.api.people import find_account, find_email
from dropally.simulator.api.sharing_folders import answering_refusals, readable_folder
from dropally.simulator.api.sharing_json import (
    group_membership,
    invitee_membership,
    read_level,
    user_membership,
    whole_team_membership,
)
from dropally.simulator.errors import RouteError, tagged
from dropally.simulator.routing import Call, route, tag_of
from dropally.simulator.state import access, async_jobs, sharing
from dropally.simulator.state.model import AccessLevel, Member, Namespace
from dropally.simulator.state.world import World

Json = dict[str, Any]
_KIND = "folder_members"
_EVERYBODY = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an access list, before it is put into words."""

    kind: Literal["users", "groups", "invitees"]
    who: str
    """Member id, group id or address; empty for the group of the whole team."""
    level: AccessLevel
    inherited: bool

    @property
    def key(self) -> str:
        """What pages are ordered by: groups, then invitees, then users."""
        return f"{self.kind}:{self.who}"


@route("sharing/list_folder_members")
def list_folder_members(call: Call) -> Json:
    """The first page of everybody who may see a folder, by itself or by what it lies in."""
    return _page(call, readable_folder(call), "", call.arg.get("limit", 1000))


@route("sharing/list_folder_members/continue")
def continue_folder_members(call: Call) -> Json:
    """The next page."""
    try:
        state = decode_cursor(_KIND, call.arg["cursor"])
    except CursorError:
        raise RouteError.of("invalid_cursor") from None
    call.arg["shared_folder_id"] = state["folder"]
    return _page(call, readable_folder(call, "access_error"), state["after"], state["limit"])


@route("sharing/add_folder_member")
def add_folder_member(call: Call) -> None:
    """Give people, groups or addresses access; who has it already gets the new level."""
    folder = _changeable_folder(call)
    for added in call.arg["members"]:
        _add(call, folder, added["member"], read_level(added.get("access_level")))


@route("sharing/remove_folder_member")
def remove_folder_member(call: Call) -> Json:
    """Take a person's access away; a job to ask after."""
    folder = _changeable_folder(call)
    selector = call.arg["member"]
    person = find_person(call.world, selector[tag_of(selector)])
    if person is None:
        raise RouteError.of("member_error", "invalid_dropbox_id")
    if person.member_id == folder.owner:
        raise RouteError.of("folder_owner")
    with answering_refusals():
        sharing.withdraw_access(call.world, folder, person, author=call.identity.author)
    return async_jobs.start(call.world, "sharing", {})


def lines_of(world: World, folder: Namespace) -> Iterator[Line]:
    """The access list of a folder, followed by what it inherits."""
    met: set[str] = set()
    inherited, here = False, folder
    while True:
        for line in _own_lines(here, inherited=inherited):
            if line.key not in met:
                met.add(line.key)
                yield line
        above = world.namespaces.get(here.parent)
        if not here.inherits or above is None:
            return
        inherited, here = True, above


def line_json(world: World, viewer: Member | None, line: Line) -> Json:
    """One line in Dropbox's words."""
    if line.kind == "invitees":
        return invitee_membership(line.who, line.level, inherited=line.inherited)
    if line.kind == "users":
        person = world.members.get(line.who) or world.outsiders[line.who]
        return user_membership(world, person, line.level, inherited=line.inherited)
    if line.who == _EVERYBODY:
        return whole_team_membership(world, viewer, line.level, inherited=line.inherited)
    group = world.groups[line.who]
    return group_membership(world, group, line.level, viewer, inherited=line.inherited)


def find_person(world: World, wanted: str) -> Member | None:
    """Somebody by member id, account id or address, on the team or not."""
    by_id = world.members.get(wanted) or world.outsiders.get(wanted)
    return by_id or find_account(world, wanted) or find_email(world, wanted)


def _own_lines(folder: Namespace, *, inherited: bool) -> Iterator[Line]:
    if folder.whole_team:
        yield Line("groups", _EVERYBODY, "editor", inherited)
    for group_id, level in folder.groups.items():
        yield Line("groups", group_id, level, inherited)
    if folder.owner:
        yield Line("users", folder.owner, "owner", inherited)
    for member_id, level in folder.members.items():
        if member_id != folder.owner:
            yield Line("users", member_id, level, inherited)
    for email, level in folder.invitees.items():
        yield Line("invitees", email, level, inherited)


def _is_known(world: World, line: Line) -> bool:
    """Whether the person or group of a line still exists; removed members are not shown."""
    if line.kind == "users":
        member = world.members.get(line.who)
        return line.who in world.outsiders or (member is not None and member.status != "removed")
    return line.kind == "invitees" or line.who == _EVERYBODY or line.who in world.groups


def _page(call: Call, folder: Namespace, after: str, limit: int) -> Json:
    world = call.world
    known = (line for line in lines_of(world, folder) if _is_known(world, line))
    page = cut_page(known, lambda line: line.key, after, limit)
    answer: Json = {"users": [], "groups": [], "invitees": []}
    for line in page.rows:
        answer[line.kind].append(line_json(world, call.identity.member, line))
    if page.has_more:
        answer["cursor"] = encode_cursor(_KIND, folder=folder.ns_id, after=page.last, limit=limit)
    return answer


def _changeable_folder(call: Call) -> Namespace:
    folder = readable_folder(call, "access_error")
    if not access.can_write(call.world, call.identity, folder.ns_id):
        raise RouteError.of("no_permission")
    return folder


def _add(call: Call, folder: Namespace, selector: Json, level: AccessLevel) -> None:
    world, author = call.world, call.identity.author
    tag = tag_of(selector)
    wanted = selector[tag]
    if wanted in world.groups:
        sharing.grant_group_access(world, folder, wanted, level, author=author)
        return
    person = find_person(world, wanted)
    if person is not None:
        sharing.grant_access(world, folder, person, level, author=author)
    elif tag == "email":
        sharing.invite(world, folder, wanted, level, author=author)
    else:
        raise RouteError(tagged("bad_member", "invalid_dropbox_id", invalid_dropbox_id=wanted))
