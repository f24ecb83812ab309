"""All kinds of edits, read from JSON and applied in order."""

from collections.abc import Iterable
from typing import Any

import msgspec

from dropally.common.errors import DropallyError, UsageError
from dropally.simulator.control.content_edits import (
    Copy,
    Delete,
    MakeFolder,
    Move,
    Put,
    Restrict,
    Unrestrict,
)
from dropally.simulator.control.people_edits import (
    AddGroup,
    AddMember,
    DropScope,
    ExpireTokens,
    RenameMember,
    RevokeTokens,
    SetAdmin,
    SetGroupMembers,
    SetStatus,
)
from dropally.simulator.control.sharing_edits import (
    GrantAccess,
    Mount,
    Share,
    Unmount,
    Unshare,
    WithdrawAccess,
)
from dropally.simulator.control.team_folder_edits import (
    AddTeamFolder,
    RenameTeamFolder,
    Rescan,
    SetTeamFolderStatus,
)
from dropally.simulator.faults.scene import Scene
from dropally.simulator.state.edits import EditRefused
from dropally.simulator.state.sharing import ShareRefused
from dropally.simulator.state.team_folders import TeamFolderRefused
from dropally.simulator.state.world import World
from dropally.simulator.transport.disturbance import Disturbance

Edit = (
    Put
    | MakeFolder
    | Delete
    | Move
    | Copy
    | Restrict
    | Unrestrict
    | AddMember
    | SetStatus
    | RenameMember
    | SetAdmin
    | AddGroup
    | SetGroupMembers
    | ExpireTokens
    | RevokeTokens
    | DropScope
    | AddTeamFolder
    | SetTeamFolderStatus
    | RenameTeamFolder
    | Rescan
    | Share
    | Unshare
    | Mount
    | Unmount
    | GrantAccess
    | WithdrawAccess
)


def apply_edits(world: World, documents: Iterable[object]) -> list[dict[str, Any]]:
    """Apply edits in order; what each one made.

    All are read before the first is applied. Raises UsageError for one that cannot be read, and
    DropallyError, naming its number, for one that cannot be applied: those before it stay applied.
    """
    edits = [_read(number, document) for number, document in enumerate(documents, 1)]
    return [_apply(world, number, edit) for number, edit in enumerate(edits, 1)]


def _read(number: int, document: object) -> Edit:
    try:
        edit: Edit = msgspec.convert(document, Edit)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"Edit {number} cannot be read: {error}", hint="docs/simulator.md lists the edits."
        ) from error
    return edit


def _apply(world: World, number: int, edit: Edit) -> dict[str, Any]:
    try:
        return edit.apply(world)
    except (EditRefused, TeamFolderRefused, ShareRefused) as refused:
        said = "/".join(refused.tags)
        raise UsageError(
            f"Edit {number} was refused: {said}", hint="Dropbox would refuse it as well."
        ) from refused
    except DropallyError as error:
        raise type(error)(f"Edit {number}: {error}", hint=error.hint) from error


class EditAction(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A fault action that edits the world when its rule fires, before the call is handled."""

    ops: list[dict[str, Any]]

    def __post_init__(self) -> None:
        for number, document in enumerate(self.ops, 1):
            _read(number, document)

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Apply the edits; the call itself goes on."""
        apply_edits(scene.call.world, self.ops)
        return True
