"""sharing/*: which folders are shared, sharing them, and putting them into one's own Dropbox."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dropally.simulator.api.paging import CursorError, cut_page, decode_cursor, encode_cursor
from dropally.simulator.api.places import writable
from dropally.simulator.api.sharing_json import folder_metadata, is_shareable
from dropally.simulator.errors import RouteError, tagged
from dropally.simulator.routing import Call, route, tag_of
from dropally.simulator.state import access, async_jobs, mounts, sharing
from dropally.simulator.state.edits import EditRefused, create_folder
from dropally.simulator.state.model import Member, Namespace
from dropally.simulator.state.sharing import ShareRefused
from dropally.simulator.state.view import Place

Json = dict[str, Any]
_FOLDERS = "shared_folders"
_MOUNTABLE = "mountable_folders"
_POLICIES = ("acl_update_policy", "member_policy", "shared_link_policy", "viewer_info_policy")


@route("sharing/list_folders")
def list_folders(call: Call) -> Json:
    """Shared and team folders that the acting member has access to, mounted or not."""
    return _page(call, _FOLDERS, "", call.arg.get("limit", 1000), _is_reachable)


@route("sharing/list_folders/continue")
def continue_folders(call: Call) -> Json:
    """The next page."""
    state = _state(call, _FOLDERS)
    return _page(call, _FOLDERS, state["after"], state["limit"], _is_reachable)


@route("sharing/list_mountable_folders")
def list_mountable_folders(call: Call) -> Json:
    """Those that the acting member could mount but has not."""
    return _page(call, _MOUNTABLE, "", call.arg.get("limit", 1000), _is_mountable)


@route("sharing/list_mountable_folders/continue")
def continue_mountable_folders(call: Call) -> Json:
    """The next page."""
    state = _state(call, _MOUNTABLE)
    return _page(call, _MOUNTABLE, state["after"], state["limit"], _is_mountable)


@route("sharing/get_folder_metadata")
def get_folder_metadata(call: Call) -> Json:
    """One shared folder."""
    return folder_metadata(call.world, call.identity, readable_folder(call))


@route("sharing/share_folder")
def share_folder(call: Call) -> Json:
    """Make a folder a shared folder, creating it first where nothing is."""
    shared = _share(call)
    metadata = folder_metadata(call.world, call.identity, shared)
    if call.arg.get("force_async", False):
        return async_jobs.start(call.world, "share", metadata)
    return {".tag": "complete", **metadata}


@route("sharing/check_share_job_status")
def check_share_job(call: Call) -> Json:
    """Whether sharing is done."""
    return _poll(call, "share")


@route("sharing/unshare_folder")
def unshare_folder(call: Call) -> Json:
    """Take a shared folder back from everybody; a job to ask after, as with Dropbox."""
    shared = readable_folder(call, "access_error")
    is_owner = access.level(call.world, call.identity, shared.ns_id) == "owner"
    if shared.kind == "shared_folder" and not is_owner:
        raise RouteError.of("no_permission")
    with answering_refusals():
        sharing.unshare_folder(
            call.world,
            shared,
            author=call.identity.author,
            leave_a_copy=call.arg.get("leave_a_copy", False),
        )
    return async_jobs.start(call.world, "sharing", {})


@route("sharing/check_job_status")
def check_job(call: Call) -> Json:
    """Whether unsharing, or taking access away, is done."""
    return _poll(call, "sharing")


@route("sharing/mount_folder")
def mount_folder(call: Call) -> Json:
    """Put a shared folder into the acting member's home."""
    shared = readable_folder(call, "access_error")
    with answering_refusals():
        sharing.mount_folder(call.world, acting(call), shared)
    return folder_metadata(call.world, call.identity, shared)


@route("sharing/unmount_folder")
def unmount_folder(call: Call) -> None:
    """Take a shared folder out of the acting member's home; access stays."""
    shared = readable_folder(call, "access_error")
    with answering_refusals():
        sharing.unmount_folder(call.world, acting(call), shared)


@contextmanager
def answering_refusals(*tags: str) -> Iterator[None]:
    """Answer what cannot be shared as asked with Dropbox's error, `tags` around its own."""
    try:
        yield
    except ShareRefused as refused:
        raise RouteError.of(*tags, *refused.tags) from None


def acting(call: Call) -> Member:
    """The acting member; every route here has one."""
    member = call.identity.member
    assert member is not None  # noqa: S101 - user routes are not reached without a member
    return member


def readable_folder(call: Call, *tags: str) -> Namespace:
    """The folder that the argument names, if the caller may see it.

    Raises RouteError with `tags` around Dropbox's SharedFolderAccessError.
    """
    namespace = call.world.namespaces.get(call.arg["shared_folder_id"])
    if namespace is None or not is_shareable(namespace):
        raise RouteError.of(*tags, "invalid_id")
    reached = access.can_read(call.world, call.identity, namespace.ns_id)
    if not reached and access.level(call.world, call.identity, namespace.ns_id) == "no_access":
        raise RouteError.of(*tags, "not_a_member")
    return namespace


def _share(call: Call) -> Namespace:
    world, place = call.world, _folder_to_share(call)
    entry = place.entry
    if entry is not None and entry.mount:
        metadata = folder_metadata(world, call.identity, world.namespaces[entry.mount])
        raise RouteError(tagged("bad_path", "already_shared", **metadata))
    with answering_refusals("bad_path"):
        shared = sharing.share_folder(world, place.ns, place.path, acting(call))
    shared.policy = {name: tag_of(call.arg[name]) for name in _POLICIES if name in call.arg}
    shared.inherits = tag_of(call.arg.get("access_inheritance"), "inherit") == "inherit"
    return world.namespaces.put(shared.ns_id, shared)


def _folder_to_share(call: Call) -> Place:
    """The place to share; a folder is made where nothing is."""
    try:
        place = writable(call, call.arg["path"])
        if place.entry is None:
            create_folder(call.world, place.ns, place.path, author=call.identity.author)
    except EditRefused as refused:
        if refused.tags == ("no_write_permission",):
            raise RouteError.of("no_permission") from None
        raise RouteError.of("bad_path", "invalid_path") from None
    return place


def _is_reachable(call: Call, namespace: Namespace) -> bool:
    if not is_shareable(namespace) or namespace.status != "active":
        return False
    return access.member_level(call.world, acting(call), namespace) != "no_access"


def _is_mountable(call: Call, namespace: Namespace) -> bool:
    if namespace.kind != "shared_folder" or not _is_reachable(call, namespace):
        return False
    return mounts.mount_point_of(call.world, acting(call), namespace.ns_id) is None


def _page(
    call: Call, kind: str, after: str, limit: int, wanted: Callable[[Call, Namespace], bool]
) -> Json:
    candidates = call.world.shared_folders.candidates(acting(call))
    folders = (one for one in candidates if wanted(call, one))
    page = cut_page(folders, lambda one: one.ns_id, after, limit)
    answer: Json = {
        "entries": [folder_metadata(call.world, call.identity, one) for one in page.rows]
    }
    if page.has_more:
        answer["cursor"] = encode_cursor(kind, after=page.last, limit=limit)
    return answer


def _state(call: Call, kind: str) -> Json:
    try:
        return decode_cursor(kind, call.arg["cursor"])
    except CursorError:
        raise RouteError.of("invalid_cursor") from None


def _poll(call: Call, kind: str) -> Json:
    status = async_jobs.poll(call.world, kind, call.arg["async_job_id"])
    if status is None:
        raise RouteError.of("invalid_async_job_id")
    return status
