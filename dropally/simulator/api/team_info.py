"""team/get_info, team/features/get_values, team/token/get_authenticated_admin."""

from typing import Any

from dropally.simulator.api.people import team_member_profile
from dropally.simulator.api.policies import member_policies
from dropally.simulator.errors import RouteError
from dropally.simulator.routing import Call, route, tag_of
from dropally.simulator.state.model import Team

Json = dict[str, Any]


@route("team/get_info")
def get_info(call: Call) -> Json:
    """Name, id, licences and policies."""
    team, members = call.world.team, call.world.members.values()
    joined = sum(1 for member in members if member.status in ("active", "suspended"))
    invited = sum(1 for member in members if member.status == "invited")
    return {
        "name": team.name,
        "team_id": team.team_id,
        "num_licensed_users": team.num_licensed_users,
        "num_provisioned_users": joined + invited,
        "num_used_licenses": joined,
        "policies": member_policies(),
    }


@route("team/features/get_values")
def get_features(call: Call) -> Json:
    """The features asked for, in the order asked."""
    features = [tag_of(feature) for feature in call.arg["features"]]
    if not features:
        raise RouteError.of("empty_features_list")
    known = _feature_values(call.world.team)
    values = [
        {".tag": name, name: known[name]} if name in known else {".tag": "other"}
        for name in features
    ]
    return {"values": values}


@route("team/token/get_authenticated_admin")
def get_authenticated_admin(call: Call) -> Json:
    """The admin who linked the app."""
    grant = call.identity.grant
    admin = call.world.members.get(grant.subject.id) if grant else None
    if admin is None:
        raise RouteError.of("mapping_not_found")
    if admin.status != "active" or not admin.is_admin:
        raise RouteError.of("admin_not_active")
    return {"admin_profile": team_member_profile(call.world, admin)}


def _feature_values(team: Team) -> dict[str, Json]:
    limit = team.upload_api_rate_limit
    rate: Json = {".tag": "unlimited"} if limit is None else {".tag": "limit", "limit": limit}
    shared, distinct = team.layout == "2017", team.layout in ("2017", "2023")
    return {
        "upload_api_rate_limit": rate,
        "has_team_shared_dropbox": _flag("has_team_shared_dropbox", enabled=shared),
        "has_team_file_events": _flag("enabled", enabled=True),
        "has_team_selective_sync": _flag("has_team_selective_sync", enabled=True),
        "has_distinct_member_homes": _flag("has_distinct_member_homes", enabled=distinct),
    }


def _flag(tag: str, *, enabled: bool) -> Json:
    return {".tag": tag, tag: enabled}
