"""The last look at each team, kept in a file: runs about a few folders need not look again.

It can be had again from Dropbox at any time, so a file that is missing or damaged is no harm.
"""

import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from dropally.common.errors import DeniedError
from dropally.dropbox_api import Roster
from dropally.protection.context import ProtectionContext


class _Kept(msgspec.Struct, frozen=True):
    time: datetime
    roster: Roster


def keep_roster(ctx: ProtectionContext, connection_id: str, roster: Roster) -> None:
    """Keep it, readable by its owner only. Raises DeniedError when the folder cannot be written."""
    path = _path(ctx, connection_id)
    content = msgspec.msgpack.encode(_Kept(ctx.now(), roster))
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError as error:
        raise DeniedError(
            f"{path} cannot be written: {error.strerror}",
            hint="check the data folder and its free space",
        ) from error


def kept_roster(
    ctx: ProtectionContext, connection_id: str, longest_ago: timedelta
) -> Roster | None:
    """The kept look at the team, if it is not older than that."""
    try:
        kept = msgspec.msgpack.decode(_path(ctx, connection_id).read_bytes(), type=_Kept)
    except (OSError, msgspec.MsgspecError):
        return None
    return kept.roster if ctx.now() - kept.time <= longest_ago else None


def forget_roster(ctx: ProtectionContext, connection_id: str) -> None:
    """The connection is gone."""
    _path(ctx, connection_id).unlink(missing_ok=True)


def _path(ctx: ProtectionContext, connection_id: str) -> Path:
    return ctx.auth.data_folder / "rosters" / f"{connection_id}.msgpack"
