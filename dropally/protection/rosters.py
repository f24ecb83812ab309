"""The last look at each team, kept in two files: runs about a few folders need not look again.

The roster of a large team takes megabytes and is the same on most days: it is written when it has
changed. A small file beside it says when it was last seen so. Both can be had again from Dropbox at
any time, so one that is missing or damaged is no harm.
"""

import hashlib
import os
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from dropally.common.errors import DeniedError
from dropally.dropbox_api import Roster
from dropally.protection.context import ProtectionContext


class _Seen(msgspec.Struct, frozen=True):
    """When the team was last seen to be as the roster of this digest says."""

    time: datetime
    digest: bytes


def keep_roster(ctx: ProtectionContext, connection_id: str, roster: Roster) -> None:
    """Keep it, readable by its owner only. Raises DeniedError when the folder cannot be written."""
    path = _path(ctx, connection_id)
    content = msgspec.msgpack.encode(roster)
    digest = _digest(content)
    before = _seen(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if before is None or before.digest != digest or not path.exists():
            _write(path, content)
        _write(_seen_path(path), msgspec.msgpack.encode(_Seen(ctx.now(), digest)))
    except OSError as error:
        raise DeniedError(
            f"{path} cannot be written: {error.strerror}",
            hint="check the data folder and its free space",
        ) from error


def kept_roster(
    ctx: ProtectionContext, connection_id: str, longest_ago: timedelta
) -> Roster | None:
    """The kept look at the team, if it is not older than that."""
    path = _path(ctx, connection_id)
    seen = _seen(path)
    if seen is None or ctx.now() - seen.time > longest_ago:
        return None
    try:
        content = path.read_bytes()
        if _digest(content) != seen.digest:
            return None  # the process ended between the two files
        return msgspec.msgpack.decode(content, type=Roster)
    except (OSError, msgspec.MsgspecError):
        return None


def _seen(path: Path) -> _Seen | None:
    try:
        return msgspec.msgpack.decode(_seen_path(path).read_bytes(), type=_Seen)
    except (OSError, msgspec.MsgspecError):
        return None


def _write(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def _path(ctx: ProtectionContext, connection_id: str) -> Path:
    return ctx.auth.data_folder / "rosters" / f"{connection_id}.msgpack"


def _seen_path(path: Path) -> Path:
    return path.with_suffix(".seen")
