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
    namespace = world.namespaces.get(ns)
    if namespace is None or namespace.status != "active":
        return False
    if identity.whole_team:
        return belongs_to_team(world, namespace) and not _is_closed_home(world, namespace)
    return level(world, identity, ns) in _READING


def can_write(world: World, identity: Identity, ns: str) -> bool:
    """Whether this identity may change a namespace."""
    namespace = world.namespaces.get(ns)
    if namespace is None or namespace.status != "active":
        return False
    if namespace.kind == "team_member_root" and not _may_add_at_the_top(world, identity):
        return False
    return level(world, identity, ns) in _WRITING


def _may_add_at_the_top(world: World, identity: Identity) -> bool:
    """Only admins put things beside the team folders, and only where all share one space."""
    shared_space = world.team.layout == "2017"
    return shared_space and identity.member is not None and identity.member.is_admin


def belongs_to_team(world: World, namespace: Namespace) -> bool:
    """Whether the team's list of namespaces has it.

    Homes of those who left or have not joined yet are not listed; folders that outsiders own are,
    when somebody on the team may see them.
    """
    if namespace.kind == "team_folder" or namespace.groups:
        return True
    if namespace.kind == "shared_folder":
        return any(one in world.members for one in (namespace.owner, *namespace.members))
    owner = world.members.get(namespace.owner)
    return owner is not None and owner.status in ("active", "suspended")


def is_team_owned(world: World, namespace: Namespace) -> bool:
    """Whether it is a team folder, or a folder that was shared inside one."""
    here: Namespace | None = namespace
    while here is not None:
        if here.kind == "team_folder":
            return True
        here = world.namespaces.get(here.parent)
    return False


def _is_closed_home(world: World, namespace: Namespace) -> bool:
    owner = world.members.get(namespace.owner)
    suspended = owner is not None and owner.status == "suspended"
    home = namespace.kind.startswith("team_member")
    return home and suspended and not world.knobs.read_suspended_homes


def level(world: World, identity: Identity, ns: str) -> AccessLevel:
    """The access of the acting member to a namespace; Select-Admin owns what the team owns."""
    namespace = world.namespaces.get(ns)
    if namespace is None or identity.member is None:
        return "no_access"
    if identity.kind == "admin" and is_team_owned(world, namespace):
        return "owner"
    return member_level(world, identity.member, namespace)


def member_level(world: World, member: Member, namespace: Namespace) -> AccessLevel:
    """The highest access a member has to a namespace, by itself or through groups."""
    if namespace.owner == member.member_id:
        return "owner"
    open_to_all = namespace.whole_team and member.member_id in world.members
    granted: list[AccessLevel] = ["editor"] if open_to_all else []
    if member.member_id in namespace.members:
        granted.append(namespace.members[member.member_id])
    for group_id, group_level in namespace.groups.items():
        group = world.groups.get(group_id)
        if group is not None and member.member_id in group.members:
            granted.append(group_level)
    if namespace.inherits and namespace.parent in world.namespaces:
        granted.append(member_level(world, member, world.namespaces[namespace.parent]))
    return max(granted, key=_RANK.index, default="no_access")
