"""Members as the API shows them: names, accounts, profiles.

The same person appears as a `BasicAccount` (users/*), a `TeamMemberProfile` (team/members/*), a
`MemberProfile` (groups) and a `UserInfo` (sharing).
"""

from typing import Any

from dropally.simulator.state.clock import format_epoch
from dropally.simulator.state.model import Member
from dropally.simulator.state.world import World

Json = dict[str, Any]

#: A removed member can be recovered for so long.
RECOVERY_WINDOW_S = 7 * 86_400

_ADMIN_ROLE = {
    "role_id": "pid_dbtmr:1001",
    "name": "Team",
    "description": "Manages the members, the groups and the settings of the whole team",
}


def find_account(world: World, account_id: str) -> Member | None:
    """Whoever has this account id, on the team or not."""
    everybody = (*world.members.values(), *world.outsiders.values())
    return next((one for one in everybody if one.account_id == account_id), None)


def accounts_by_id(world: World) -> dict[str, Member]:
    """Everybody by account id, for those who have many to look up."""
    return {
        one.account_id: one for table in (world.members, world.outsiders) for one in table.values()
    }


def find_email(world: World, email: str) -> Member | None:
    """Whoever has this address, on the team or not; case does not matter."""
    wanted = email.casefold()
    everybody = (*world.members.values(), *world.outsiders.values())
    return next((one for one in everybody if one.email.casefold() == wanted), None)


def is_on_team(world: World, member: Member) -> bool:
    """Whether this is a member of the team, removed ones included."""
    return member.member_id in world.members


def name_json(member: Member) -> Json:
    """The `Name` of a person."""
    initials = "".join(part[0] for part in (member.given_name, member.surname) if part)
    return {
        "given_name": member.given_name,
        "surname": member.surname,
        "familiar_name": member.given_name,
        "display_name": member.display_name,
        "abbreviated_name": initials,
    }


def basic_account(world: World, member: Member) -> Json:
    """The `BasicAccount` that others on the team see."""
    account: Json = {
        "account_id": member.account_id,
        "name": name_json(member),
        "email": member.email,
        "email_verified": True,
        "disabled": member.status == "suspended",
        "is_teammate": is_on_team(world, member),
    }
    if account["is_teammate"]:
        account["team_member_id"] = member.member_id
    return account


def user_info(world: World, member: Member) -> Json:
    """The `UserInfo` of sharing answers."""
    teammate = is_on_team(world, member)
    info: Json = {
        "account_id": member.account_id,
        "email": member.email,
        "display_name": member.display_name,
        "same_team": teammate,
    }
    if teammate:
        info["team_member_id"] = member.member_id
    return info


def status_json(world: World, member: Member) -> Json:
    """The `TeamMemberStatus`; a removed member says whether recovery is still possible."""
    if member.status != "removed":
        return {".tag": member.status}
    age_s = world.clock.epoch_s() - member.removed_at
    return {
        ".tag": "removed",
        "is_recoverable": age_s < RECOVERY_WINDOW_S,
        "is_disconnected": False,
    }


def member_profile(world: World, member: Member) -> Json:
    """The `MemberProfile` that groups show."""
    profile: Json = {
        "team_member_id": member.member_id,
        "email": member.email,
        "email_verified": member.status != "invited",
        "secondary_emails": [],
        "status": status_json(world, member),
        "name": name_json(member),
        "membership_type": {".tag": "full"},
    }
    if member.external_id:
        profile["external_id"] = member.external_id
    if member.status != "invited":
        profile["account_id"] = member.account_id
    moments = {"joined_on": member.joined_at, "suspended_on": member.suspended_at}
    for key, moment in moments.items():
        if moment:
            profile[key] = format_epoch(moment)
    return profile


def team_member_profile(world: World, member: Member) -> Json:
    """The `TeamMemberProfile`: the profile with groups, home and root."""
    return {
        **member_profile(world, member),
        "groups": [
            group.group_id for group in world.groups.values() if member.member_id in group.members
        ],
        "member_folder_id": member.home_namespace,
        "root_folder_id": member.root_namespace,
    }


def team_member_info(world: World, member: Member) -> Json:
    """The `TeamMemberInfo` of the first version of members/list and get_info."""
    return {
        "profile": team_member_profile(world, member),
        "role": {".tag": "team_admin" if member.is_admin else "member_only"},
    }


def team_member_info_v2(world: World, member: Member) -> Json:
    """The `TeamMemberInfoV2`: roles as a list."""
    return {
        "profile": team_member_profile(world, member),
        "roles": [_ADMIN_ROLE] if member.is_admin else [],
    }
