"""Building and changing a team: its members and groups, in each of the three layouts.

2016: team folders are mounted in each home, and the home is the root.
2017: one team space is everybody's root; homes and team folders are mounted in it.
2023: each member has a root of one's own, with the home and the team folders mounted in it.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Literal

from dropally.simulator.state import mounts
from dropally.simulator.state.events import Event
from dropally.simulator.state.model import (
    Group,
    Layout,
    Member,
    MemberStatus,
    Namespace,
    Team,
)
from dropally.simulator.state.team_folders import mount_team_folders_of
from dropally.simulator.state.world import World

GroupRole = Literal["member", "owner"]


def found_team(
    world: World,
    name: str,
    *,
    layout: Layout = "2023",
    num_licensed_users: int = 100,
    upload_api_rate_limit: int | None = None,
) -> Team:
    """Create the one team of this world, with its team space in layout 2017."""
    team = Team(
        team_id=stable_id("dbtid:", name),
        name=name,
        layout=layout,
        num_licensed_users=num_licensed_users,
        upload_api_rate_limit=upload_api_rate_limit,
    )
    if layout == "2017":
        space = Namespace(
            ns_id=world.new_namespace_id(), kind="team_folder", name=name, whole_team=True
        )
        team.root_namespace = world.add_namespace(space).ns_id
    return world.teams.put(team.team_id, team)


def add_member(
    world: World,
    email: str,
    given_name: str,
    surname: str,
    *,
    is_admin: bool = False,
    status: MemberStatus = "active",
    external_id: str = "",
    joined_at: float | None = None,
) -> Member:
    """Add a person to the team, with home, root and the team folders everybody sees."""
    seed = f"{email}#{len(world.members)}"
    member = Member(
        member_id=stable_id("dbmid:", seed),
        account_id=stable_id("dbid:", seed),
        email=email,
        given_name=given_name,
        surname=surname,
        is_admin=is_admin,
        external_id=external_id,
        joined_at=world.clock.epoch_s() if joined_at is None else joined_at,
    )
    world.members.put(member.member_id, member)
    _add_home(world, member)
    _add_root(world, member)
    mount_team_folders_of(world, member)
    if status != "active":
        set_member_status(world, member, status)
    return member


def add_outsider(world: World, email: str, given_name: str, surname: str) -> Member:
    """Add somebody with a personal account, who belongs to no team."""
    seed = f"{email}#outside"
    person = Member(
        member_id=stable_id("dbmid:", seed),
        account_id=stable_id("dbid:", seed),
        email=email,
        given_name=given_name,
        surname=surname,
        joined_at=world.clock.epoch_s(),
    )
    world.outsiders.put(person.member_id, person)
    _add_home(world, person)
    person.root_namespace = person.home_namespace
    return world.outsiders.put(person.member_id, person)


def add_group(
    world: World, name: str, members: Mapping[str, GroupRole], *, external_id: str = ""
) -> Group:
    """Add a group of members (member id to role)."""
    group = Group(
        group_id=stable_id("g:", f"{name}#{len(world.groups)}", 32),
        name=name,
        external_id=external_id,
        members=dict(members),
        created_at=world.clock.epoch_s(),
    )
    return world.groups.put(group.group_id, group)


def set_member_status(
    world: World, member: Member, status: MemberStatus, *, author: str = ""
) -> None:
    """Suspend, unsuspend, remove or recover a member; the files stay as they are."""
    old, member.status = member.status, status
    now = world.clock.epoch_s()
    member.suspended_at = now if status == "suspended" else 0
    member.removed_at = now if status == "removed" else 0
    world.members.put(member.member_id, member)
    # Dropbox's log knows `not_joined` where the member list says `invited`.
    world.events.record(
        Event(
            kind="member_change_status",
            actor=author,
            subject=member.account_id,
            old=old,
            new=status,
        )
    )


def rename_member(
    world: World, member: Member, *, email: str = "", display_name: str = "", author: str = ""
) -> None:
    """Change a member's address or name; ids stay."""
    if email:
        old, member.email = member.email, email
        world.events.record(
            Event(
                kind="member_change_email",
                actor=author,
                subject=member.account_id,
                old=old,
                new=email,
            )
        )
    if display_name:
        old = member.display_name
        given, _, surname = display_name.rpartition(" ")
        member.given_name, member.surname = given or surname, surname if given else ""
        world.events.record(
            Event(
                kind="member_change_name",
                actor=author,
                subject=member.account_id,
                old=old,
                new=display_name,
            )
        )
    world.members.put(member.member_id, member)


def stable_id(prefix: str, seed: str, length: int = 35) -> str:
    """An id like Dropbox's that comes out the same in every run."""
    digest = hashlib.blake2b(f"{prefix}{seed}".encode(), digest_size=32).digest()
    text = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return prefix + ("AA" + text)[:length]


def _add_home(world: World, member: Member) -> None:
    home = Namespace(
        ns_id=world.new_namespace_id(),
        kind="team_member_folder",
        name=member.display_name,
        owner=member.member_id,
        created_at=member.joined_at,
    )
    member.home_namespace = world.add_namespace(home).ns_id


def _add_root(world: World, member: Member) -> None:
    match world.team.layout:
        case "2016":
            member.root_namespace = member.home_namespace
        case "2017":
            member.root_namespace = world.team.root_namespace
        case "2023":
            root = Namespace(
                ns_id=world.new_namespace_id(),
                kind="team_member_root",
                name=member.display_name,
                owner=member.member_id,
                created_at=member.joined_at,
            )
            member.root_namespace = world.add_namespace(root).ns_id
    if member.root_namespace != member.home_namespace:
        entry = mounts.mount_at(
            world, member.root_namespace, f"/{member.display_name}", member.home_namespace
        )
        home = world.namespaces[member.home_namespace]
        # Two people of the same name: the second home shows under another one.
        home.name = entry.name
    world.members.put(member.member_id, member)
