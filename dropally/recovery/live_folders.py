"""Folders of today's team, looked at in Dropbox: where a restore may go."""

import threading

import msgspec

from dropally.auth.actors import Actor
from dropally.auth.errors import FieldsError
from dropally.auth.verbs import Verb
from dropally.common.errors import NotFoundError
from dropally.dropbox_api import ItemFailure, Roster
from dropally.jobs.paths import likely_lower
from dropally.jobs.restore.destination import parse_target
from dropally.recovery.context import RecoveryContext


class LiveFolder(msgspec.Struct, frozen=True, kw_only=True):
    """A folder as it is now. `path` names it as the target of a restore."""

    path: str
    name: str
    is_mount: bool


class LiveFolders(msgspec.Struct, frozen=True, kw_only=True):
    """The folders directly in one. `is_complete` False: it holds too much to look through."""

    path: str
    folders: list[LiveFolder]
    is_complete: bool


def list_live_folders(ctx: RecoveryContext, actor: Actor, entity_id: str, path: str) -> LiveFolders:
    """The folders in a folder of a member or team folder now; through mounted folders.

    Whoever may restore there may look. Raises NotFoundError, FieldsError, ForbiddenError.
    """
    entity = ctx.entity(actor, entity_id, Verb.RESTORE_ELSEWHERE)
    if {".", ".."} & set(path.split("/")):
        raise FieldsError([("path", "contains a part . or ..")])
    if entity.is_archived:
        raise NotFoundError(f"{entity.name} has left the team", hint="choose somebody else")
    shown = "".join(f"/{part}" for part in path.split("/") if part)
    cancelled = threading.Event()
    with ctx.teams.handle(entity.team_id).open(ctx.auth.clock, cancelled) as team:
        roster = ctx.rosters.get(entity.team_id, ctx.now())
        if roster is None:
            roster = team.discover()
            ctx.rosters.put(entity.team_id, ctx.now(), roster)
        spot = parse_target(roster, f"ns:{entity.namespace}:{shown or '/'}")
        try:
            found = team.namespace(spot.namespace, roster).folders(spot.path)
        except ItemFailure as failure:
            raise NotFoundError(
                f"{shown or '/'} cannot be looked at: {failure.detail}",
                hint="it may have been moved or deleted; a restore makes it anew",
            ) from failure
    folders = {
        entry["path_lower"].rpartition("/")[2]: LiveFolder(
            path=f"{shown}/{entry['name']}",
            name=entry["name"],
            is_mount=bool(entry.get("sharing_info", {}).get("shared_folder_id")),
        )
        for entry in found.folders
    }
    folders.update(_mounted(roster, entity.member_id, shown))
    ordered = [folders[key] for key in sorted(folders)]
    return LiveFolders(path=shown, folders=ordered, is_complete=found.is_complete)


def _mounted(roster: Roster, member_id: str, folder: str) -> dict[str, LiveFolder]:
    """Shared folders that Dropbox tells by the member and not in the home's own listing."""
    found: dict[str, LiveFolder] = {}
    for mount in roster.mounts:
        above, _, key = mount.path_lower.rpartition("/")
        if member_id and mount.member_id == member_id and above == likely_lower(folder):
            name = mount.path_display.rpartition("/")[2]
            found[key] = LiveFolder(path=f"{folder}/{name}", name=name, is_mount=True)
    return found
