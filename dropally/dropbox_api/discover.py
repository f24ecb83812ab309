"""One look at the whole team: who is there, what there is, who sees what where."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dropally.dropbox_api import routes, team
from dropally.dropbox_api.errors import IdentityRefusedError, RouteError
from dropally.dropbox_api.gateway import Gateway
from dropally.dropbox_api.identity import Identity, as_admin, as_user
from dropally.dropbox_api.models import Mount, Namespace, Reach, Roster, TeamMember

_WRITERS = {"owner", "editor"}
_READERS = {"viewer", "viewer_no_comment"}
_THREADS = 16
# More names to read one namespace would bring no more speed; rosters of large teams stay small.
_MOST_REACHES = 16


def discover(gateway: Gateway, cancelled: threading.Event) -> Roster:
    """Everything about the team that a restore point records.

    One call per active member finds what is mounted where and who may read or write it. In the
    name of a suspended member nothing can be asked, so an admin looks at the top of that
    member's home; deeper mounts of suspended members show up in the home's listing.
    """
    profile = team.describe(gateway, cancelled)
    members = tuple(team.members(gateway, cancelled, include_removed=True))
    folders = tuple(team.team_folders(gateway, cancelled))
    namespaces = {space.id: space for space in team.namespaces(gateway, cancelled)}
    active = {member.member_id for member in members if member.can_be_acted_for}
    views = _views(gateway, cancelled, members, admin_of(profile.admin_member_id, members))
    reach: defaultdict[str, list[Reach]] = defaultdict(list)
    for space in namespaces.values():
        if space.member_id in active:
            reach[space.id].append(Reach(space.member_id, can_write=True))
    mounts: list[Mount] = []
    for member, entries in views:
        for entry in entries:
            space = _namespace(entry, profile.team_id)
            known = namespaces.get(space.id)
            if known is None or space.external:
                namespaces[space.id] = space
            mounts.extend(_mounts(member, entry))
            reach[space.id].extend(_reach(member, entry))
    return Roster(
        profile=profile,
        members=members,
        team_folders=folders,
        namespaces=tuple(namespaces.values()),
        mounts=tuple(mounts),
        reach={space: _most_useful(names) for space, names in reach.items()},
        groups=tuple(team.groups(gateway, cancelled)),
    )


def admin_of(preferred: str, members: Iterable[TeamMember]) -> str:
    """The admin to act as: the one who linked the team while active, else another; "" if none."""
    admins = [m.member_id for m in members if m.is_admin and m.can_be_acted_for]
    if preferred in admins or not admins:
        return preferred
    return admins[0]


def _views(
    gateway: Gateway, cancelled: threading.Event, members: tuple[TeamMember, ...], admin: str
) -> Iterator[tuple[TeamMember, list[dict[str, Any]]]]:
    def look(member: TeamMember) -> list[dict[str, Any]]:
        try:
            if member.can_be_acted_for:
                return _shared_folders(gateway, cancelled, as_user(member.member_id))
            if member.status == "suspended" and admin and member.home_namespace:
                return _top_mounts(gateway, cancelled, as_admin(admin), member.home_namespace)
        except (IdentityRefusedError, RouteError):
            # Suspended or removed since the list of members was read.
            pass
        return []

    pool = ThreadPoolExecutor(min(_THREADS, max(1, len(members))), "discover")
    try:
        yield from zip(members, pool.map(look, members), strict=True)
    finally:
        pool.shutdown(cancel_futures=True)


def _shared_folders(
    gateway: Gateway, cancelled: threading.Event, identity: Identity
) -> list[dict[str, Any]]:
    pages = team.paged(
        gateway,
        identity,
        cancelled,
        routes.SHARED_FOLDERS,
        routes.SHARED_FOLDERS_CONTINUE,
        {"limit": 1000},
    )
    return [entry for page in pages for entry in page["entries"]]


def _top_mounts(
    gateway: Gateway, cancelled: threading.Event, admin: Identity, home: str
) -> list[dict[str, Any]]:
    arg: dict[str, Any] = {"path": "", "include_mounted_folders": True, "limit": 2000}
    page = gateway.call(routes.LIST_FOLDER, arg, admin, cancelled, root=home)
    entries = list(page["entries"])
    while page["has_more"]:
        arg = {"cursor": page["cursor"]}
        page = gateway.call(routes.LIST_FOLDER_CONTINUE, arg, admin, cancelled, root=home)
        entries.extend(page["entries"])
    return [
        {**entry, "shared_folder_id": space}
        for entry in entries
        if (space := entry.get("sharing_info", {}).get("shared_folder_id"))
    ]


def _namespace(entry: dict[str, Any], team_id: str) -> Namespace:
    # Dropbox names the owning team; none means that a person outside any team owns the folder.
    # An entry of a listing (without access_type) says nothing about the owner.
    owner = entry.get("owner_team") or {}
    external = "access_type" in entry and owner.get("id") != team_id
    return Namespace(
        id=entry["shared_folder_id"],
        name=entry["name"],
        kind="team_folder" if entry.get("is_team_folder") else "shared_folder",
        external=external,
    )


def _mounts(member: TeamMember, entry: dict[str, Any]) -> Iterator[Mount]:
    path_lower = entry.get("path_lower")
    if path_lower:
        display = entry.get("path_display") or path_lower
        yield Mount(member.member_id, path_lower, display, entry["shared_folder_id"])


def _reach(member: TeamMember, entry: dict[str, Any]) -> Iterator[Reach]:
    access = entry.get("access_type", {}).get(".tag", "")
    if member.can_be_acted_for and access in _WRITERS | _READERS:
        yield Reach(member.member_id, can_write=access in _WRITERS)


def _most_useful(names: list[Reach]) -> tuple[Reach, ...]:
    # Sorted by id, so that a listing's cursor finds its member again in the next roster.
    return tuple(sorted(names, key=lambda name: (not name.can_write, name.member_id)))[
        :_MOST_REACHES
    ]
