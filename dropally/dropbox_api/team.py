"""Reading the team: its profile, members, groups, folders and namespaces."""

import threading
from collections.abc import Iterator
from typing import Any

from dropally.dropbox_api import routes
from dropally.dropbox_api.errors import RouteError
from dropally.dropbox_api.gateway import Gateway
from dropally.dropbox_api.identity import TEAM, Identity
from dropally.dropbox_api.models import (
    Group,
    Layout,
    MemberStatus,
    Namespace,
    NamespaceKind,
    TeamBrief,
    TeamFolder,
    TeamMember,
    TeamProfile,
)
from dropally.dropbox_api.upload_meter import upload_limit_in

_PAGE = 1000
# Dropbox's role of full admins; its display name varies, lesser roles say what they are for.
_ADMIN_ROLES = {"team", "team admin", "team_admin"}
_FEATURES = ("upload_api_rate_limit", "has_team_shared_dropbox", "has_distinct_member_homes")
_KINDS: dict[str, NamespaceKind] = {
    "team_member_folder": "member",
    "team_folder": "team_folder",
    "shared_folder": "shared_folder",
    "app_folder": "app_folder",
}
_STATUSES: dict[str, MemberStatus] = {
    "active": "active",
    "invited": "invited",
    "suspended": "suspended",
    "removed": "removed",
}


def describe(gateway: Gateway, cancelled: threading.Event) -> TeamProfile:
    """The team's name, layout and limits, and the admin who linked it.

    Raises DeniedError when the link is not one of a team.
    """
    info = gateway.call(routes.TEAM_INFO, None, TEAM, cancelled)
    switches, upload_limit = _features(gateway, cancelled)
    admin = _linking_admin(gateway, cancelled)
    return TeamProfile(
        team_id=info["team_id"],
        name=info["name"],
        layout=layout_of(switches),
        features=switches,
        upload_limit=upload_limit,
        licensed_users=info.get("num_licensed_users", 0),
        admin_member_id=admin.get("team_member_id", ""),
        admin_email=admin.get("email", ""),
    )


def describe_in_brief(gateway: Gateway, cancelled: threading.Event) -> TeamBrief:
    """Which team it is, with two cheap calls. Raises like `describe`."""
    info = gateway.call(routes.TEAM_INFO, None, TEAM, cancelled)
    return TeamBrief(
        team_id=info["team_id"],
        name=info["name"],
        licensed_users=info.get("num_licensed_users", 0),
        upload_limit=gateway.upload_quota(cancelled).limit,
    )


def layout_of(features: dict[str, bool]) -> Layout:
    """A shared Dropbox means the team space of 2017, whatever the other switch says."""
    if features.get("has_team_shared_dropbox"):
        return "2017"
    return "2023" if features.get("has_distinct_member_homes") else "2016"


def members(
    gateway: Gateway, cancelled: threading.Event, *, include_removed: bool
) -> Iterator[TeamMember]:
    """Every member, in Dropbox's order."""
    arg = {"limit": _PAGE, "include_removed": include_removed}
    pages = paged(gateway, TEAM, cancelled, routes.TEAM_MEMBERS, routes.TEAM_MEMBERS_CONTINUE, arg)
    for page in pages:
        for entry in page["members"]:
            yield _member(entry)


def groups(gateway: Gateway, cancelled: threading.Event) -> Iterator[Group]:
    """Every group."""
    arg = {"limit": _PAGE}
    pages = paged(gateway, TEAM, cancelled, routes.TEAM_GROUPS, routes.TEAM_GROUPS_CONTINUE, arg)
    for page in pages:
        for entry in page["groups"]:
            yield Group(entry["group_id"], entry["group_name"], entry.get("member_count", 0))


def team_folders(gateway: Gateway, cancelled: threading.Event) -> Iterator[TeamFolder]:
    """Every team folder, archived ones too."""
    arg = {"limit": _PAGE}
    pages = paged(gateway, TEAM, cancelled, routes.TEAM_FOLDERS, routes.TEAM_FOLDERS_CONTINUE, arg)
    for page in pages:
        for entry in page["team_folders"]:
            yield TeamFolder(
                namespace=entry["team_folder_id"],
                name=entry["name"],
                status=entry["status"][".tag"],
                is_team_space=entry.get("is_team_shared_dropbox", False),
            )


def namespaces(gateway: Gateway, cancelled: threading.Event) -> Iterator[Namespace]:
    """Every namespace with content of its own, once.

    Dropbox may list one twice. A member's root only joins others together, so it is left out.
    """
    seen: set[str] = set()
    arg = {"limit": _PAGE}
    pages = paged(
        gateway, TEAM, cancelled, routes.TEAM_NAMESPACES, routes.TEAM_NAMESPACES_CONTINUE, arg
    )
    for page in pages:
        for entry in page["namespaces"]:
            kind = _KINDS.get(entry["namespace_type"][".tag"])
            if kind is None or entry["namespace_id"] in seen:
                continue
            seen.add(entry["namespace_id"])
            owner = entry.get("team_member_id", "")
            yield Namespace(entry["namespace_id"], entry["name"], kind, owner)


def paged(
    gateway: Gateway,
    identity: Identity,
    cancelled: threading.Event,
    first: routes.Route,
    following: routes.Route,
    arg: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    """All pages of a list route; `has_more` decides, or the cursor where there is no such field."""
    page = gateway.call(first, arg, identity, cancelled)
    yield page
    while page["has_more"] if "has_more" in page else page.get("cursor"):
        page = gateway.call(following, {"cursor": page["cursor"]}, identity, cancelled)
        yield page


def _features(gateway: Gateway, cancelled: threading.Event) -> tuple[dict[str, bool], int | None]:
    arg = {"features": [{".tag": name} for name in _FEATURES]}
    answer = gateway.call(routes.TEAM_FEATURES, arg, TEAM, cancelled)
    switches: dict[str, bool] = {}
    for value in answer["values"]:
        name = value[".tag"]
        inner = value.get(name, {})
        if isinstance(inner.get(name), bool):
            switches[name] = inner[name]
    return switches, upload_limit_in(answer)


def _linking_admin(gateway: Gateway, cancelled: threading.Event) -> dict[str, Any]:
    try:
        answer = gateway.call(routes.TEAM_ADMIN, None, TEAM, cancelled)
    except RouteError:
        # The admin has left or is no admin any more; the link goes on working.
        return {}
    profile: dict[str, Any] = answer["admin_profile"]
    return profile


def _member(entry: dict[str, Any]) -> TeamMember:
    profile = entry["profile"]
    status = profile["status"]
    roles = entry.get("roles") or ()
    return TeamMember(
        member_id=profile["team_member_id"],
        account_id=profile.get("account_id", ""),
        email=profile["email"],
        name=profile["name"]["display_name"],
        status=_STATUSES.get(status[".tag"], "invited"),
        home_namespace=profile.get("member_folder_id", ""),
        root_namespace=profile.get("root_folder_id", "") or profile.get("member_folder_id", ""),
        is_admin=any(_is_admin(role) for role in roles),
        groups=tuple(profile.get("groups", ())),
        recoverable=bool(status.get("is_recoverable", False)),
    )


def _is_admin(role: dict[str, Any]) -> bool:
    return str(role.get("name", "")).lower() in _ADMIN_ROLES
