"""What is really there: every live entry, for tests to compare with what they backed up."""

import json
from collections.abc import Iterator
from typing import Any

from dropally.simulator.state.clock import format_epoch
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.world import World


def list_namespaces(world: World) -> list[dict[str, Any]]:
    """All namespaces with owner, state, mount points and who may see them."""
    mounted: dict[str, list[dict[str, str]]] = {}
    for ns_id, tree in world.trees.items():
        for path, target in tree.mounts.items():
            mounted.setdefault(target, []).append({"namespace": ns_id, "path_lower": path})
    return [
        {
            "namespace_id": space.ns_id,
            "kind": space.kind,
            "name": space.name,
            "owner": _email(world, space.owner),
            "owner_id": space.owner,
            "status": space.status,
            "parent": space.parent,
            "whole_team": space.whole_team,
            "members": {_email(world, who): level for who, level in space.members.items()},
            "mounted_at": mounted.get(space.ns_id, []),
        }
        for space in world.namespaces.values()
    ]


def list_entries(world: World, ns: str) -> Iterator[dict[str, Any]]:
    """All live entries of a namespace, each folder before what lies in it."""
    for entry in world.trees[ns].walk(""):
        shown = describe(entry)
        if (tags := world.tags.get(entry.id)) is not None:
            shown["tags"] = list(tags.texts)
        yield shown


def render_entries(world: World, ns: str) -> Iterator[bytes]:
    """The same, one JSON line an entry."""
    for entry in list_entries(world, ns):
        yield json.dumps(entry, ensure_ascii=False).encode() + b"\n"


def describe(entry: Entry) -> dict[str, Any]:
    """One entry as plain values."""
    shown: dict[str, Any] = {
        "kind": entry.kind,
        "path_lower": entry.path_lower,
        "path_display": entry.path_display,
        "name": entry.name,
        "id": entry.id,
    }
    if entry.mount:
        shown["mount"] = entry.mount
    if entry.kind == "file":
        shown |= {
            "size": entry.size,
            "content_hash": entry.content_hash,
            "rev": entry.rev,
            "client_modified": format_epoch(entry.client_modified),
            "server_modified": format_epoch(entry.server_modified),
            "author": entry.author,
            "downloadable": entry.downloadable and entry.document is None,
        }
        if entry.document is not None:
            shown["export_as"] = entry.document.export_as
        if entry.symlink_target:
            shown["symlink_target"] = entry.symlink_target
    return shown


def _email(world: World, member_id: str) -> str:
    member = world.members.get(member_id) or world.outsiders.get(member_id)
    return member.email if member else member_id
