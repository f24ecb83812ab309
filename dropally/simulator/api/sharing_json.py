"""Shared folders and their members in the words of the sharing routes."""

from typing import Any

from dropally.simulator.api.people import is_on_team, user_info
from dropally.simulator.auth.identity import Identity
from dropally.simulator.routing import tag_of
from dropally.simulator.state import access, mounts
from dropally.simulator.state.clock import format_epoch
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.model import AccessLevel, Group, Member, Namespace
from dropally.simulator.state.view import locate
from dropally.simulator.state.world import World

Json = dict[str, Any]

FOLDER_POLICY: Json = {
    "member_policy": {".tag": "anyone"},
    "resolved_member_policy": {".tag": "anyone"},
    "acl_update_policy": {".tag": "editors"},
    "shared_link_policy": {".tag": "anyone"},
    "viewer_info_policy": {".tag": "enabled"},
}


def team_json(world: World) -> Json:
    """The `Team` that owns something."""
    return {"id": world.team.team_id, "name": world.team.name}


def folder_metadata(world: World, identity: Identity, namespace: Namespace) -> Json:
    """The `SharedFolderMetadata` as the acting member sees it; no path when it is not mounted."""
    member = identity.member
    mount = mounts.mount_point_of(world, member, namespace.ns_id) if member else None
    is_team_folder = namespace.kind == "team_folder"
    metadata: Json = {
        "access_type": {".tag": _shown_level(world, identity, namespace)},
        "is_inside_team_folder": not is_team_folder and access.is_team_owned(world, namespace),
        "is_team_folder": is_team_folder,
        "name": mount.name if mount else namespace.name,
        "policy": _policy(namespace),
        "preview_url": f"https://www.dropbox.com/scl/fo/{namespace.ns_id}",
        "shared_folder_id": namespace.ns_id,
        "time_invited": format_epoch(namespace.created_at),
        "access_inheritance": {".tag": "inherit" if namespace.inherits else "no_inherit"},
        "permissions": [],
    }
    _add_owner(world, namespace, metadata)
    _add_place(world, identity, namespace, mount, metadata)
    return metadata


def is_shareable(namespace: Namespace | None) -> bool:
    """Whether the sharing routes know the namespace: homes and roots are nobody else's business."""
    return namespace is not None and namespace.kind in ("shared_folder", "team_folder")


_LEVELS: dict[str, AccessLevel] = {
    "editor": "editor",
    "viewer": "viewer",
    "viewer_no_comment": "viewer_no_comment",
}


def read_level(value: Any) -> AccessLevel:
    """The access level that an argument gives to somebody; `viewer` unless it says otherwise."""
    return _LEVELS.get(tag_of(value), "viewer")


def level_json(level: AccessLevel) -> Json:
    """An `AccessLevel`."""
    return {".tag": level}


def user_membership(
    world: World, member: Member, level: AccessLevel, *, inherited: bool = False
) -> Json:
    """The `UserMembershipInfo` (and, with nothing added, the `UserFileMembershipInfo`)."""
    return {
        "access_type": level_json(level),
        "is_inherited": inherited,
        "permissions": [],
        "initials": (member.given_name[:1] + member.surname[:1]).upper(),
        "user": user_info(world, member),
    }


def group_membership(
    world: World, group: Group, level: AccessLevel, viewer: Member | None, *, inherited: bool
) -> Json:
    """The `GroupMembershipInfo`."""
    role = group.members.get(viewer.member_id) if viewer else None
    described: Json = {
        "group_name": group.name,
        "group_id": group.group_id,
        "member_count": len(group.members),
        "group_management_type": {".tag": "company_managed"},
        "group_type": {".tag": "team"},
        "is_member": role is not None,
        "is_owner": role == "owner",
        "same_team": True,
    }
    if group.external_id:
        described["group_external_id"] = group.external_id
    return _group_line(described, level, inherited=inherited)


def whole_team_membership(
    world: World, viewer: Member | None, level: AccessLevel, *, inherited: bool
) -> Json:
    """The group of everybody on the team, which Dropbox itself manages."""
    joined = sum(1 for one in world.members.values() if one.status in ("active", "suspended"))
    described = {
        "group_name": f"Everyone at {world.team.name}",
        "group_id": f"g:everyone{world.team.team_id[-12:]}",
        "member_count": joined,
        "group_management_type": {".tag": "system_managed"},
        "group_type": {".tag": "team"},
        "is_member": viewer is not None and is_on_team(world, viewer),
        "is_owner": False,
        "same_team": True,
    }
    return _group_line(described, level, inherited=inherited)


def invitee_membership(email: str, level: AccessLevel, *, inherited: bool = False) -> Json:
    """The `InviteeMembershipInfo` of an address without an account."""
    return {
        "access_type": level_json(level),
        "is_inherited": inherited,
        "permissions": [],
        "invitee": {".tag": "email", "email": email},
    }


def _group_line(described: Json, level: AccessLevel, *, inherited: bool) -> Json:
    return {
        "access_type": level_json(level),
        "is_inherited": inherited,
        "permissions": [],
        "group": described,
    }


def _policy(namespace: Namespace) -> Json:
    chosen = {name: {".tag": tag} for name, tag in namespace.policy.items()}
    if "member_policy" in chosen:
        chosen["resolved_member_policy"] = chosen["member_policy"]
    return {**FOLDER_POLICY, **chosen}


def _shown_level(world: World, identity: Identity, namespace: Namespace) -> AccessLevel:
    """An admin who looks at other people's folders sees them as a viewer."""
    own = access.level(world, identity, namespace.ns_id)
    return "viewer" if own == "no_access" and identity.whole_team else own


def _add_owner(world: World, namespace: Namespace, metadata: Json) -> None:
    owner = world.members.get(namespace.owner) or world.outsiders.get(namespace.owner)
    if namespace.external_owner:
        metadata["owner_team"] = {"id": "dbtid:external", "name": namespace.external_owner}
    elif owner is None or is_on_team(world, owner):
        metadata["owner_team"] = team_json(world)
    if owner is not None:
        metadata["owner_display_names"] = [owner.display_name]


def _add_place(
    world: World, identity: Identity, namespace: Namespace, mount: Entry | None, metadata: Json
) -> None:
    if namespace.parent in world.namespaces:
        metadata["parent_shared_folder_id"] = namespace.parent
        metadata["parent_folder_name"] = world.namespaces[namespace.parent].name
    seen = locate(world, identity, namespace.ns_id)
    if seen.mounted and seen.lower:
        metadata["path_lower"] = seen.lower
        metadata["path_display"] = seen.display
    if mount is not None:
        metadata["folder_id"] = mount.id
