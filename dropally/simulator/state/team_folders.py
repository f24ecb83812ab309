"""Team folders: made, archived, renamed, and mounted where the team's layout shows them.

2016: in the home of everybody who may see them; 2017: once, in the team space; 2023: in the root
of everybody who may see them.
"""

from collections.abc import Mapping
from typing import Literal

from dropally.simulator.state import access, mounts, paths
from dropally.simulator.state.events import Event
from dropally.simulator.state.model import AccessLevel, Member, Namespace
from dropally.simulator.state.world import World


class TeamFolderRefused(Exception):  # noqa: N818 - an answer, not a fault
    """The team folder cannot be made or changed; `tags` are those of Dropbox's error."""

    def __init__(self, *tags: str) -> None:
        super().__init__("/".join(tags))
        self.tags = tags


def create_team_folder(
    world: World,
    name: str,
    *,
    author: str = "",
    members: Mapping[str, AccessLevel] | None = None,
    groups: Mapping[str, AccessLevel] | None = None,
) -> Namespace:
    """Make a team folder; without members and groups the whole team may edit it.

    Raises TeamFolderRefused when the name is taken or not allowed.
    """
    _check_name(world, name)
    namespace = Namespace(
        ns_id=world.new_namespace_id(),
        kind="team_folder",
        name=name,
        members=dict(members or {}),
        groups=dict(groups or {}),
        whole_team=not members and not groups,
        created_at=world.clock.epoch_s(),
    )
    world.add_namespace(namespace)
    mount_team_folder(world, namespace)
    world.events.record(
        Event(kind="team_folder_create", actor=author, ns=namespace.ns_id, folder=True)
    )
    return namespace


def mount_team_folder(world: World, namespace: Namespace) -> None:
    """Mount a team folder wherever the layout shows it and it is not mounted yet."""
    if namespace.status != "active" or namespace.ns_id == world.team.root_namespace:
        return
    if world.team.layout == "2017":
        _mount_once(world, namespace, world.team.root_namespace)
        return
    for member in world.members.values():
        _mount_for(world, namespace, member)


def mount_team_folders_of(world: World, member: Member) -> None:
    """Mount what a new member may see; in the team space of layout 2017 it is mounted already."""
    if world.team.layout == "2017":
        return
    for namespace in list(world.namespaces.values()):
        if namespace.kind == "team_folder" and namespace.status == "active":
            _mount_for(world, namespace, member)


def set_team_folder_status(
    world: World, namespace: Namespace, status: Literal["active", "archived"], *, author: str = ""
) -> None:
    """Archive or activate a team folder. Raises TeamFolderRefused when it is that already."""
    if namespace.status == status:
        raise TeamFolderRefused("status_error", status)
    old, namespace.status = namespace.status, status
    world.namespaces.put(namespace.ns_id, namespace)
    if status == "active":
        mount_team_folder(world, namespace)
    else:
        _dismount_everywhere(world, namespace)
    world.events.record(
        Event(
            kind="team_folder_change_status",
            actor=author,
            ns=namespace.ns_id,
            folder=True,
            old=old,
            new=status,
        )
    )


def rename_team_folder(world: World, namespace: Namespace, name: str, *, author: str = "") -> None:
    """Give a team folder another name, wherever it is mounted. Raises TeamFolderRefused."""
    _check_name(world, name)
    _dismount_everywhere(world, namespace)
    old, namespace.name = namespace.name, name
    world.namespaces.put(namespace.ns_id, namespace)
    mount_team_folder(world, namespace)
    world.events.record(
        Event(
            kind="team_folder_rename",
            actor=author,
            ns=namespace.ns_id,
            folder=True,
            old=old,
            new=name,
        )
    )


def _mount_for(world: World, namespace: Namespace, member: Member) -> None:
    if access.member_level(world, member, namespace) != "no_access":
        _mount_once(world, namespace, member.root_namespace)


def _mount_once(world: World, namespace: Namespace, ns: str) -> None:
    if namespace.ns_id not in world.trees[ns].mounts.values():
        mounts.mount_at(world, ns, f"/{namespace.name}", namespace.ns_id)


def _dismount_everywhere(world: World, namespace: Namespace) -> None:
    for entry in list(mounts.mount_points(world, namespace.ns_id)):
        mounts.dismount(world, entry)


def _check_name(world: World, name: str) -> None:
    if not name or "/" in name or not paths.is_well_formed(f"/{name}"):
        raise TeamFolderRefused("invalid_folder_name")
    if not paths.is_allowed_name(name):
        raise TeamFolderRefused("folder_name_reserved")
    taken = (one for one in world.namespaces.values() if one.kind == "team_folder")
    if any(paths.lower(one.name) == paths.lower(name) for one in taken):
        raise TeamFolderRefused("folder_name_already_used")
