"""Files shared one by one, outside any shared folder: who has them, and what one was given."""

import json
from collections.abc import Iterator
from typing import Any

from dropally.simulator.api.paging import CursorError, cut_page, decode_cursor, encode_cursor
from dropally.simulator.api.people import find_account
from dropally.simulator.api.sharing_folders import acting
from dropally.simulator.api.sharing_json import FOLDER_POLICY, read_level, team_json
from dropally.simulator.api.sharing_members import Line, find_person, line_json, lines_of
from dropally.simulator.errors import RouteError
from dropally.simulator.routing import Call, RawJson, route, tag_of
from dropally.simulator.state import access
from dropally.simulator.state.clock import format_epoch
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.links import FileShare
from dropally.simulator.state.sharing import share_file
from dropally.simulator.state.view import locate, resolve

Json = dict[str, Any]
_MEMBERS = "file_members"
_RECEIVED = "received_files"


@route("sharing/list_file_members")
def list_file_members(call: Call) -> Json:
    """The first page of who may see a file: people it was shared with, and those of its folder."""
    entry = _shared_file(call, call.arg["file"], "access_error")
    inherited = call.arg.get("include_inherited", True)
    return _member_page(call, entry, "", call.arg.get("limit", 100), inherited=inherited)


@route("sharing/list_file_members/continue")
def continue_file_members(call: Call) -> Json:
    """The next page."""
    state = _state(call, _MEMBERS)
    entry = _shared_file(call, state["file"], "access_error")
    return _member_page(call, entry, state["after"], state["limit"], inherited=state["inherited"])


@route("sharing/get_file_metadata")
def get_file_metadata(call: Call) -> Json:
    """A file as the sharing routes see it."""
    entry = _shared_file(call, call.arg["file"], "access_error")
    return _file_metadata(call, entry, call.world.file_shares.get(entry.id))


@route("sharing/list_received_files")
def list_received_files(call: Call) -> Json:
    """Files that others shared with the acting member, each by itself."""
    return _received_page(call, "", call.arg.get("limit", 100))


@route("sharing/list_received_files/continue")
def continue_received_files(call: Call) -> Json:
    """The next page."""
    state = _state(call, _RECEIVED)
    return _received_page(call, state["after"], state["limit"])


@route("sharing/add_file_member")
def add_file_member(call: Call) -> RawJson:
    """Share one file with people; the answer is a bare list, a line for each."""
    entry = _shared_file(call, call.arg["file"], "access_error")
    if not access.can_write(call.world, call.identity, entry.ns):
        raise RouteError.of("access_error", "no_permission")
    level = read_level(call.arg.get("access_level"))
    results = []
    for selector in call.arg["members"]:
        wanted = selector[tag_of(selector)]
        person = find_person(call.world, wanted)
        if person is None and tag_of(selector) != "email":
            outcome: Json = {".tag": "member_error", "member_error": {".tag": "invalid_member"}}
        else:
            share_file(call.world, entry, person or wanted, level, author=call.identity.author)
            outcome = {".tag": "success", "success": {".tag": level}}
        results.append({"member": selector, "result": outcome})
    return RawJson(json.dumps(results).encode())


def _shared_file(call: Call, file: str, *tags: str) -> Entry:
    """The file that an argument names. Raises RouteError with a SharingFileAccessError."""
    place = resolve(call.world, call.identity, file)
    entry = place.entry if place else None
    if entry is None:
        entry = _received(call, file)
    if entry is None:
        raise RouteError.of(*tags, "invalid_file")
    if entry.kind != "file":
        raise RouteError.of(*tags, "is_folder")
    return entry


def _received(call: Call, item_id: str) -> Entry | None:
    """A file in somebody else's home that was shared with the acting member."""
    share = call.world.file_shares.get(item_id)
    if share is None or acting(call).member_id not in share.members:
        return None
    return call.world.find_id(item_id)


def _file_lines(call: Call, entry: Entry, *, inherited: bool) -> Iterator[Line]:
    share = call.world.file_shares.get(entry.id)
    explicit: set[str] = set()
    for member_id, level in share.members.items() if share else ():
        explicit.add(member_id)
        yield Line("users", member_id, level, inherited=False)
    for email, level in share.invitees.items() if share else ():
        yield Line("invitees", email, level, inherited=False)
    namespace = call.world.namespaces[entry.ns]
    in_home = namespace.kind.startswith("team_member")
    for line in lines_of(call.world, namespace):
        if line.who not in explicit and (inherited or in_home):
            yield Line(line.kind, line.who, line.level, inherited=not in_home)


def _member_page(call: Call, entry: Entry, after: str, limit: int, *, inherited: bool) -> Json:
    lines = _file_lines(call, entry, inherited=inherited)
    page = cut_page(lines, lambda line: line.key, after, limit)
    answer: Json = {"users": [], "groups": [], "invitees": []}
    for line in page.rows:
        answer[line.kind].append(line_json(call.world, call.identity.member, line))
    if page.has_more:
        answer["cursor"] = encode_cursor(
            _MEMBERS, file=entry.id, after=page.last, limit=limit, inherited=inherited
        )
    return answer


def _received_page(call: Call, after: str, limit: int) -> Json:
    me = acting(call).member_id
    mine = (share for share in call.world.file_shares.values() if me in share.members)
    alive = ((share, call.world.find_id(share.item_id)) for share in mine)
    found = ((share, entry) for share, entry in alive if entry is not None)
    page = cut_page(found, lambda pair: pair[0].item_id, after, limit)
    answer: Json = {"entries": [_file_metadata(call, entry, share) for share, entry in page.rows]}
    if page.has_more:
        answer["cursor"] = encode_cursor(_RECEIVED, after=page.last, limit=limit)
    return answer


def _file_metadata(call: Call, entry: Entry, share: FileShare | None) -> Json:
    """The `SharedFileMetadata`; a path only for those who have the file in their own Dropbox."""
    world = call.world
    metadata: Json = {
        "id": entry.id,
        "name": entry.name,
        "policy": FOLDER_POLICY,
        "preview_url": f"https://www.dropbox.com/scl/fi/{entry.id[3:]}/{entry.rev}",
        "permissions": [],
        "access_type": {".tag": _level(call, entry, share)},
        "owner_team": team_json(world),
    }
    if not world.namespaces[entry.ns].kind.startswith("team_member"):
        metadata["parent_shared_folder_id"] = entry.ns
    seen = locate(world, call.identity, entry.ns)
    if seen.mounted and access.can_read(world, call.identity, entry.ns):
        metadata["path_lower"] = seen.lower + entry.path_lower
        metadata["path_display"] = seen.display + entry.path_display
    if share is not None:
        metadata["time_invited"] = format_epoch(share.shared_at)
        owner = find_account(world, share.owner)
        metadata["owner_display_names"] = [owner.display_name] if owner else []
    return metadata


def _level(call: Call, entry: Entry, share: FileShare | None) -> str:
    given = share.members.get(acting(call).member_id) if share else None
    if given is not None:
        return given
    own = access.level(call.world, call.identity, entry.ns)
    return "viewer" if own == "no_access" else own


def _state(call: Call, kind: str) -> Json:
    try:
        return decode_cursor(kind, call.arg["cursor"])
    except CursorError:
        raise RouteError.of("invalid_cursor") from None
