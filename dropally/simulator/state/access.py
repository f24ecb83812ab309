"""Who may see and change which namespace."""

from dropally.simulator.auth.identity import Identity
from dropally.simulator.state.model import AccessLevel, Member, Namespace
from dropally.simulator.state.world import World

_WRITING: frozenset[AccessLevel] = frozenset(["owner", "editor"])
_READING: frozenset[AccessLevel] = _WRITING | {"viewer", "viewer_no_comment"}
_RANK: tuple[AccessLevel, ...] = (
    "no_access", "traverse", "viewer_no_comment", "viewer", "editor", "owner",
)  # fmt: skip


def can_read(world: World, identity: Identity, ns: str) -> bool:
    """Whether this identity may list and download in a namespace."""
    return identity.whole_team or level(world, identity, ns) in _READING


def can_write(world: World, identity: Identity, ns: str) -> bool:
    """Whether this identity may change a namespace."""
    return level(world, identity, ns) in _WRITING


def level(world: World, identity: Identity, ns: str) -> AccessLevel:
    """The access of the acting member to a namespace; Select-Admin also owns team folders."""
    namespace = world.namespaces.get(ns)
    if namespace is None or identity.member is None:
        return "no_access"
    if identity.kind == "admin" and namespace.kind in ("team_folder", "team_member_root"):
        return "owner"
    return member_level(world, identity.member, namespace)


def member_level(world: World, member: Member, namespace: Namespace) -> AccessLevel:
    """The highest access a member has to a namespace, by itself or through groups."""
    if namespace.owner == member.member_id:
        return "owner"
    granted: list[AccessLevel] = ["editor"] if namespace.whole_team else []
    if member.member_id in namespace.members:
        granted.append(namespace.members[member.member_id])
    for group_id, group_level in namespace.groups.items():
        group = world.groups.get(group_id)
        if group is not None and member.member_id in group.members:
            granted.append(group_level)
    if not granted and namespace.parent in world.namespaces:
        return member_level(world, member, world.namespaces[namespace.parent])
    return max(granted, key=_RANK.index, default="no_access")
