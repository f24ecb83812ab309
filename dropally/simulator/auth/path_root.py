"""Dropbox-API-Path-Root: from which namespace the paths of a call start.

Without the header a call starts in the member's home. `root` must name the member's root namespace
of this moment (else 422 with the right one, so that a client learns of a move between teams);
`namespace_id` may name any namespace the caller can see.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dropally.simulator.auth.identity import Identity
from dropally.simulator.errors import BadRequest, PathRootRefused, tagged
from dropally.simulator.routes_table import Route
from dropally.simulator.state.access import can_read
from dropally.simulator.state.model import Member
from dropally.simulator.state.world import World

Json = dict[str, Any]
_HEADER = "dropbox-api-path-root"


def root_info(member: Member, world: World) -> Json:
    """The `RootInfo` of a member in the team's layout.

    2016: root is the home. 2017: one root for all, tagged `team`. 2023: a root of one's own, tagged
    `user` although it differs from the home (so clients must compare the ids, not the tag).
    """
    info: Json = {
        ".tag": "team" if world.team.layout == "2017" and _on_team(member, world) else "user",
        "root_namespace_id": member.root_namespace,
        "home_namespace_id": member.home_namespace,
    }
    if member.root_namespace != member.home_namespace:
        info["home_path"] = f"/{world.namespaces[member.home_namespace].name}"
    return info


def with_root(
    headers: Mapping[str, str], route: Route, identity: Identity, world: World
) -> Identity:
    """The identity with the root in force for its call. Raises BadRequest or PathRootRefused."""
    if identity.member is None:
        return identity
    root = _effective_root(headers, route, identity, identity.member, world)
    return replace(identity, root_namespace=root)


def _effective_root(
    headers: Mapping[str, str], route: Route, identity: Identity, member: Member, world: World
) -> str:
    text = headers.get(_HEADER)
    if text is None:
        return member.home_namespace
    mode, namespace = _read_header(text, route)
    if mode == "home":
        return member.home_namespace
    if mode == "root":
        if namespace != member.root_namespace:
            raise PathRootRefused(
                {".tag": "invalid_root", "invalid_root": root_info(member, world)}
            )
        return namespace
    if not can_read(world, identity, namespace):
        raise PathRootRefused(tagged("no_permission"))
    return namespace


def _on_team(member: Member, world: World) -> bool:
    return member.member_id in world.members


def _read_header(text: str, route: Route) -> tuple[str, str]:
    start = f'Error in call to API function "{route.name}": HTTP header "Dropbox-API-Path-Root": '
    try:
        value = json.loads(text)
    except ValueError:
        raise BadRequest(start + "could not decode input as JSON") from None
    mode = value.get(".tag") if isinstance(value, dict) else value
    if mode == "home":
        return "home", ""
    if mode not in ("root", "namespace_id") or not isinstance(value, dict):
        raise BadRequest(start + "must be home, root or namespace_id")
    namespace = value.get(mode)
    if not isinstance(namespace, str) or not namespace:
        raise BadRequest(f"{start}missing field {mode!r}")
    return mode, namespace
