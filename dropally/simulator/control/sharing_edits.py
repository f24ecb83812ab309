"""Edits of who shares what with whom."""

from typing import Any

import msgspec

from dropally.common.errors import UsageError
from dropally.simulator.control.locate import (
    Somewhere,
    author_of,
    find_entry,
    find_group,
    find_member,
    find_namespace,
    locate,
)
from dropally.simulator.control.truth import describe
from dropally.simulator.state import sharing
from dropally.simulator.state.model import AccessLevel, Namespace
from dropally.simulator.state.world import World


class Share(Somewhere, tag="share", tag_field="op"):
    """Make a folder a shared folder; `members` and `groups` get access, `mount_at` says where.

    Whoever is in `members` mounts it under its own name unless `mount_at` names a path; an empty
    path leaves it unmounted.
    """

    members: dict[str, AccessLevel] = msgspec.field(default_factory=dict)
    groups: dict[str, AccessLevel] = msgspec.field(default_factory=dict)
    mount_at: dict[str, str] = msgspec.field(default_factory=dict)

    def apply(self, world: World) -> dict[str, Any]:
        """Share it; the new namespace."""
        ns, path = locate(world, self)
        owner = find_member(world, author_of(world, self, ns))
        shared = sharing.share_folder(world, ns, path, owner)
        author = owner.account_id
        for who, level in self.members.items():
            person = find_member(world, who)
            sharing.grant_access(world, shared, person, level, author=author)
            place = self.mount_at.get(who, f"/{shared.name}")
            if place:
                sharing.mount_folder(world, person, shared, place)
        for name, level in self.groups.items():
            group = find_group(world, name)
            sharing.grant_group_access(world, shared, group.group_id, level, author=author)
        return {"namespace_id": shared.ns_id}


class SharedPlace(Somewhere):
    """A shared folder: its namespace by id, or a place where it is mounted."""

    def shared(self, world: World) -> Namespace:
        """Its namespace. Raises NotFoundError, UsageError for a folder that nobody shares."""
        if not self.path:
            return find_namespace(world, self)
        entry = find_entry(world, self)
        if not entry.mount:
            raise UsageError(
                f"{self.path!r} is not a shared folder.",
                hint="Share it first, or name a place where a shared folder is mounted.",
            )
        return world.namespaces[entry.mount]


class Unshare(SharedPlace, tag="unshare", tag_field="op"):
    """Make a shared folder its owner's ordinary folder again."""

    leave_a_copy: bool = False

    def apply(self, world: World) -> dict[str, Any]:
        """Unshare it; the namespace that is gone."""
        shared = self.shared(world)
        author = author_of(world, self, shared.ns_id)
        sharing.unshare_folder(world, shared, author=author, leave_a_copy=self.leave_a_copy)
        return {"namespace_id": shared.ns_id}


class Mount(SharedPlace, tag="mount", tag_field="op"):
    """A member puts a shared folder into the home, at `at` or under its own name."""

    who: str
    at: str = ""

    def apply(self, world: World) -> dict[str, Any]:
        """Mount it; the mount point."""
        person = find_member(world, self.who)
        return describe(sharing.mount_folder(world, person, self.shared(world), self.at))


class Unmount(SharedPlace, tag="unmount", tag_field="op"):
    """A member takes a shared folder out of the home, but keeps the access."""

    who: str

    def apply(self, world: World) -> dict[str, Any]:
        """Unmount it."""
        shared = self.shared(world)
        sharing.unmount_folder(world, find_member(world, self.who), shared)
        return {"namespace_id": shared.ns_id}


class GrantAccess(SharedPlace, tag="grant_access", tag_field="op"):
    """Give a member access to a shared or team folder, or change it."""

    who: str
    level: AccessLevel

    def apply(self, world: World) -> dict[str, Any]:
        """Grant it."""
        shared = self.shared(world)
        author = author_of(world, self, shared.ns_id)
        person = find_member(world, self.who)
        sharing.grant_access(world, shared, person, self.level, author=author)
        return {"namespace_id": shared.ns_id}


class WithdrawAccess(SharedPlace, tag="withdraw_access", tag_field="op"):
    """Take a member's access away."""

    who: str

    def apply(self, world: World) -> dict[str, Any]:
        """Withdraw it."""
        shared = self.shared(world)
        author = author_of(world, self, shared.ns_id)
        sharing.withdraw_access(world, shared, find_member(world, self.who), author=author)
        return {"namespace_id": shared.ns_id}
