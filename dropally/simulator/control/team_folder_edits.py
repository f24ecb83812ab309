"""Edits of team folders, and reading a folder team's directory again."""

from pathlib import Path
from typing import Any, Literal

import msgspec

from dropally.simulator.control.locate import (
    Somewhere,
    author_of,
    find_group,
    find_member,
    find_namespace,
)
from dropally.simulator.state import team_folders
from dropally.simulator.state.model import AccessLevel
from dropally.simulator.state.world import World
from dropally.simulator.world.folder import scan_folder


class AddTeamFolder(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag="add_team_folder", tag_field="op"
):
    """Make a team folder; without members and groups the whole team may edit it."""

    name: str
    members: dict[str, AccessLevel] = {}
    groups: dict[str, AccessLevel] = {}

    def apply(self, world: World) -> dict[str, Any]:
        """Make it."""
        space = team_folders.create_team_folder(
            world,
            self.name,
            members={find_member(world, who).member_id: how for who, how in self.members.items()},
            groups={find_group(world, name).group_id: how for name, how in self.groups.items()},
        )
        return {"namespace_id": space.ns_id}


class SetTeamFolderStatus(Somewhere, tag="set_team_folder_status", tag_field="op"):
    """Archive or reactivate a team folder."""

    status: Literal["active", "archived"]

    def apply(self, world: World) -> dict[str, Any]:
        """Set it."""
        space = find_namespace(world, self)
        team_folders.set_team_folder_status(world, space, self.status)
        return {"namespace_id": space.ns_id}


class RenameTeamFolder(Somewhere, tag="rename_team_folder", tag_field="op"):
    """Give a team folder another name."""

    name: str

    def apply(self, world: World) -> dict[str, Any]:
        """Rename it."""
        space = find_namespace(world, self)
        team_folders.rename_team_folder(world, space, self.name)
        return {"namespace_id": space.ns_id}


class Rescan(Somewhere, tag="rescan", tag_field="op"):
    """Make a namespace show what lies in a directory now."""

    folder: str

    def apply(self, world: World) -> dict[str, Any]:
        """Read the directory."""
        space = find_namespace(world, self)
        author = author_of(world, self, space.ns_id)
        result = scan_folder(world, space.ns_id, Path(self.folder), author=author)
        return {
            "written": result.written,
            "folders": result.folders,
            "deleted": result.deleted,
            "skipped": result.skipped,
        }
