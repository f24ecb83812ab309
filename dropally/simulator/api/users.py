"""users/*: the account that a call acts as, and other people's."""

import json
from typing import Any

from dropally.simulator.api import people
from dropally.simulator.api.policies import member_policies
from dropally.simulator.auth.path_root import root_info
from dropally.simulator.errors import BadRequest, RouteError
from dropally.simulator.routing import Call, RawJson, route, tag_of
from dropally.simulator.state.access import belongs_to_team
from dropally.simulator.state.model import Member
from dropally.simulator.state.usage import namespace_size
from dropally.simulator.state.world import World

Json = dict[str, Any]

#: What a personal account holds, in bytes (Dropbox Plus).
_PERSONAL_SPACE = 2 * 1024**4
#: What a team holds for each licence, in bytes.
_SPACE_A_LICENCE = 5 * 1024**4


@route("users/get_current_account")
def get_current_account(call: Call) -> Json:
    """The acting account in full, with root and home."""
    member, world = _acting(call), call.world
    on_team = people.is_on_team(world, member)
    account: Json = {
        "account_id": member.account_id,
        "name": people.name_json(member),
        "email": member.email,
        "email_verified": True,
        "disabled": False,
        "country": "DE",
        "locale": "en",
        "referral_link": f"https://www.dropbox.com/referrals/{member.account_id[-12:]}",
        "is_paired": False,
        "account_type": {".tag": "business" if on_team else "pro"},
        "root_info": root_info(member, world),
    }
    if on_team:
        account["team_member_id"] = member.member_id
        account["team"] = _full_team(world)
    return account


@route("users/get_space_usage")
def get_space_usage(call: Call) -> Json:
    """How much the acting account uses, and of what."""
    member, world = _acting(call), call.world
    used = namespace_size(world, member.home_namespace)
    if not people.is_on_team(world, member):
        allocation: Json = {".tag": "individual", "allocated": _PERSONAL_SPACE}
        return {"used": used, "allocation": allocation}
    allocation = {
        ".tag": "team",
        "used": sum(
            namespace_size(world, one.ns_id)
            for one in world.namespaces.values()
            if belongs_to_team(world, one)
        ),
        "allocated": world.team.num_licensed_users * _SPACE_A_LICENCE,
        "user_within_team_space_allocated": 0,
        "user_within_team_space_limit_type": {".tag": "off"},
        "user_within_team_space_used_cached": used,
    }
    return {"used": used, "allocation": allocation}


@route("users/get_account")
def get_account(call: Call) -> Json:
    """Somebody's account by its id."""
    member = people.find_account(call.world, call.arg["account_id"])
    if member is None:
        raise RouteError.of("no_account")
    return people.basic_account(call.world, member)


@route("users/get_account_batch")
def get_account_batch(call: Call) -> RawJson:
    """Many accounts at once; one unknown id fails them all."""
    accounts = []
    for account_id in call.arg["account_ids"]:
        member = people.find_account(call.world, account_id)
        if member is None:
            raise RouteError({".tag": "no_account", "no_account": account_id})
        accounts.append(people.basic_account(call.world, member))
    return RawJson(json.dumps(accounts).encode())


@route("users/features/get_values")
def get_features(call: Call) -> Json:
    """Which of Dropbox's features the acting account has."""
    layout = call.world.team.layout if people.is_on_team(call.world, _acting(call)) else "2016"
    enabled = {
        "paper_as_files": True,
        "file_locking": True,
        "team_shared_dropbox": layout == "2017",
        "distinct_member_home": layout in ("2017", "2023"),
    }
    features = [tag_of(feature) for feature in call.arg["features"]]
    if not features:
        raise RouteError.of("empty_features_list")
    values = [
        {".tag": name, name: {".tag": "enabled", "enabled": enabled[name]}}
        if name in enabled
        else {".tag": "other"}
        for name in features
    ]
    return {"values": values}


def _acting(call: Call) -> Member:
    if call.identity.member is None:
        raise BadRequest(f'Error in call to API function "{call.route.name}": needs an account.')
    return call.identity.member


def _full_team(world: World) -> Json:
    policies = member_policies()
    return {
        "id": world.team.team_id,
        "name": world.team.name,
        "sharing_policies": policies["sharing"],
        "office_addin_policy": policies["office_addin"],
        "top_level_content_policy": policies["top_level_content_policy"],
    }
