"""team/team_folder/*: the folders that belong to the team as a whole.

In layout 2017 the team space itself is the only one: it is listed, and cannot be archived.
"""

import json
from typing import Any, Literal

from dropally.simulator.api.paging import CursorError, cut_page, decode_cursor, encode_cursor
from dropally.simulator.errors import AccessRefused, RouteError, tagged
from dropally.simulator.routing import Call, RawJson, route
from dropally.simulator.state.model import Namespace
from dropally.simulator.state.team_folders import (
    TeamFolderRefused,
    create_team_folder,
    rename_team_folder,
    set_team_folder_status,
)
from dropally.simulator.state.world import World

Json = dict[str, Any]
_KIND = "team_folders"


@route("team/team_folder/list")
def list_team_folders(call: Call) -> Json:
    """The first page, archived ones included."""
    return _page(call.world, "", call.arg.get("limit", 1000))


@route("team/team_folder/list/continue")
def continue_team_folders(call: Call) -> Json:
    """The next page."""
    try:
        state = decode_cursor(_KIND, call.arg["cursor"])
    except CursorError:
        raise RouteError.of("invalid_cursor") from None
    return _page(call.world, state["after"], state["limit"])


@route("team/team_folder/get_info")
def get_info(call: Call) -> RawJson:
    """Some team folders by id; the answer is a bare list."""
    rows = []
    for folder_id in call.arg["team_folder_ids"]:
        namespace = _find(call.world, folder_id)
        if namespace is None:
            rows.append({".tag": "id_not_found", "id_not_found": folder_id})
        else:
            rows.append({".tag": "team_folder_metadata", **_metadata(call.world, namespace)})
    return RawJson(json.dumps(rows).encode())


@route("team/team_folder/create")
def create(call: Call) -> Json:
    """Make a team folder that the whole team may edit."""
    if call.world.team.layout == "2017":
        raise AccessRefused(tagged("invalid_account_type", "feature"))
    try:
        namespace = create_team_folder(call.world, call.arg["name"], author=_admin(call))
    except TeamFolderRefused as refused:
        raise RouteError.of(*refused.tags) from None
    return _metadata(call.world, namespace)


@route("team/team_folder/rename")
def rename(call: Call) -> Json:
    """Give a team folder another name."""
    namespace = _accessible(call)
    try:
        rename_team_folder(call.world, namespace, call.arg["name"], author=_admin(call))
    except TeamFolderRefused as refused:
        raise RouteError.of(*refused.tags) from None
    return _metadata(call.world, namespace)


@route("team/team_folder/archive")
def archive(call: Call) -> Json:
    """Close a team folder: nobody sees it until it is activated again."""
    namespace = _accessible(call)
    _set_status(call, namespace, "archived")
    if call.arg.get("force_async_off", False):
        return {".tag": "complete", **_metadata(call.world, namespace)}
    return {".tag": "async_job_id", "async_job_id": f"archive-{namespace.ns_id}"}


@route("team/team_folder/archive/check")
def check_archive(call: Call) -> Json:
    """Whether archiving is done; here it always is."""
    folder_id = call.arg["async_job_id"].removeprefix("archive-")
    namespace = _find(call.world, folder_id)
    if namespace is None or folder_id == call.arg["async_job_id"]:
        raise RouteError.of("invalid_async_job_id")
    return {".tag": "complete", **_metadata(call.world, namespace)}


@route("team/team_folder/activate")
def activate(call: Call) -> Json:
    """Open an archived team folder again."""
    namespace = _accessible(call)
    _set_status(call, namespace, "active")
    return _metadata(call.world, namespace)


def _page(world: World, after: str, limit: int) -> Json:
    folders = (one for one in world.namespaces.values() if _is_listed(world, one))
    page = cut_page(folders, lambda one: one.ns_id, after, limit)
    return {
        "team_folders": [_metadata(world, namespace) for namespace in page.rows],
        "cursor": encode_cursor(_KIND, after=page.last, limit=limit),
        "has_more": page.has_more,
    }


def _is_listed(world: World, namespace: Namespace) -> bool:
    if world.team.layout == "2017":
        return namespace.ns_id == world.team.root_namespace
    return namespace.kind == "team_folder"


def _find(world: World, folder_id: str) -> Namespace | None:
    namespace = world.namespaces.get(folder_id)
    return namespace if namespace is not None and _is_listed(world, namespace) else None


def _accessible(call: Call) -> Namespace:
    namespace = _find(call.world, call.arg["team_folder_id"])
    if namespace is None:
        raise RouteError.of("access_error", "invalid_team_folder_id")
    if namespace.ns_id == call.world.team.root_namespace:
        raise RouteError.of("team_shared_dropbox_error", "disallowed")
    return namespace


def _set_status(call: Call, namespace: Namespace, status: Literal["active", "archived"]) -> None:
    try:
        set_team_folder_status(call.world, namespace, status, author=_admin(call))
    except TeamFolderRefused as refused:
        raise RouteError.of(*refused.tags) from None


def _admin(call: Call) -> str:
    """The account id of the admin who linked the app: team calls are made in that name."""
    grant = call.identity.grant
    admin = call.world.members.get(grant.subject.id) if grant else None
    return admin.account_id if admin else ""


def _metadata(world: World, namespace: Namespace) -> Json:
    return {
        "team_folder_id": namespace.ns_id,
        "name": namespace.name,
        "status": {".tag": namespace.status},
        "is_team_shared_dropbox": namespace.ns_id == world.team.root_namespace,
        "sync_setting": {".tag": "default"},
        "content_sync_settings": [],
    }
