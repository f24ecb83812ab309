"""Edits of the team: its members and groups, and the tokens that open it."""

from typing import Any, Literal

import msgspec

from dropally.simulator.control.locate import find_group, find_member
from dropally.simulator.state import team_space
from dropally.simulator.state.model import MemberStatus
from dropally.simulator.state.world import World


class AddMember(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag="add_member", tag_field="op"
):
    """A person joins the team, with an empty home."""

    email: str
    given_name: str
    surname: str
    is_admin: bool = False
    status: MemberStatus = "active"

    def apply(self, world: World) -> dict[str, Any]:
        """Add the person; the ids they got."""
        member = team_space.add_member(
            world,
            self.email,
            self.given_name,
            self.surname,
            is_admin=self.is_admin,
            status=self.status,
        )
        return _describe(world, member.email)


class SetStatus(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag="set_status", tag_field="op"
):
    """Suspend, reactivate, remove or invite a member."""

    member: str
    status: MemberStatus

    def apply(self, world: World) -> dict[str, Any]:
        """Set it."""
        team_space.set_member_status(world, find_member(world, self.member), self.status)
        return _describe(world, self.member)


class RenameMember(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag="rename_member", tag_field="op"
):
    """Change a member's address or name; all ids stay."""

    member: str
    email: str = ""
    display_name: str = ""

    def apply(self, world: World) -> dict[str, Any]:
        """Rename the member."""
        person = find_member(world, self.member)
        team_space.rename_member(world, person, email=self.email, display_name=self.display_name)
        return _describe(world, person.member_id)


class SetAdmin(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag="set_admin", tag_field="op"
):
    """Make a member an admin, or no admin any more."""

    member: str
    is_admin: bool

    def apply(self, world: World) -> dict[str, Any]:
        """Set it."""
        person = find_member(world, self.member)
        person.is_admin = self.is_admin
        world.members.put(person.member_id, person)
        return _describe(world, self.member)


class AddGroup(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag="add_group", tag_field="op"
):
    """Make a group of members."""

    name: str
    members: list[str] = []

    def apply(self, world: World) -> dict[str, Any]:
        """Make it."""
        people = {find_member(world, who).member_id: _role() for who in self.members}
        return {"group_id": team_space.add_group(world, self.name, people).group_id}


class SetGroupMembers(
    msgspec.Struct,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="set_group_members",
    tag_field="op",
):
    """Say anew who is in a group."""

    group: str
    members: list[str]

    def apply(self, world: World) -> dict[str, Any]:
        """Set it."""
        group = find_group(world, self.group)
        group.members = {find_member(world, who).member_id: _role() for who in self.members}
        world.groups.put(group.group_id, group)
        return {"group_id": group.group_id}


class ExpireTokens(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag="expire_tokens", tag_field="op"
):
    """All access tokens expire now; refresh tokens stay good."""

    def apply(self, world: World) -> dict[str, Any]:
        """Expire them."""
        world.auth.grants.expire_access_tokens()
        return {}


class RevokeTokens(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag="revoke_tokens", tag_field="op"
):
    """The admin unlinks all apps: access and refresh tokens die."""

    def apply(self, world: World) -> dict[str, Any]:
        """Revoke every grant."""
        grants = list(world.auth.grants.grants.values())
        for grant in grants:
            world.auth.grants.revoke(grant)
        return {"revoked": len(grants)}


class DropScope(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag="drop_scope", tag_field="op"
):
    """Take a scope away from every token."""

    scope: str

    def apply(self, world: World) -> dict[str, Any]:
        """Drop it."""
        world.auth.grants.drop_scope(self.scope)
        return {}


def _describe(world: World, who: str) -> dict[str, Any]:
    member = find_member(world, who)
    return {
        "member_id": member.member_id,
        "account_id": member.account_id,
        "email": member.email,
        "status": member.status,
        "home_namespace": member.home_namespace,
        "root_namespace": member.root_namespace,
    }


def _role() -> Literal["member", "owner"]:
    return "member"
