"""Upload sessions: bytes that arrive in pieces and become a file when the session is finished.

The bytes go straight into one file at their offset. Hashes of 4 MiB blocks are taken as they
stream by; only what arrived unaligned is read again at the end.
"""

import os
from pathlib import Path
from typing import Literal

from dropally.simulator.content_hash import BLOCK_SIZE, ContentHasher, combine
from dropally.simulator.state.model import UploadSession
from dropally.simulator.state.spool import SpooledBody
from dropally.simulator.state.world import World

LIFETIME_S = 7 * 24 * 3600


class SessionError(Exception):
    """Dropbox's UploadSessionLookupError; `tags`, and for a wrong offset the right one."""

    def __init__(self, tag: str, correct_offset: int | None = None) -> None:
        super().__init__(tag)
        self.tag = tag
        self.correct_offset = correct_offset

    def union(self) -> dict[str, object]:
        """As it stands in an answer."""
        if self.correct_offset is None:
            return {".tag": self.tag}
        return {".tag": self.tag, "correct_offset": self.correct_offset}


def start(world: World, kind: Literal["sequential", "concurrent"]) -> UploadSession:
    """Open a session with an empty file."""
    world.counters.ids += 1
    session = UploadSession(
        session_id=f"pid_upload_session:{world.counters.ids:012d}",
        kind=kind,
        started_at=world.clock.epoch_s(),
    )
    _path(world, session.session_id).touch()
    return world.upload_sessions.put(session.session_id, session)


def fill(world: World, session: UploadSession, body: SpooledBody, *, close: bool) -> None:
    """Make a body the beginning of a fresh session."""
    body.save_as(_path(world, session.session_id))
    session.blocks = dict(enumerate(body.hasher.block_digests()))
    session.size = body.size
    session.closed = close
    world.upload_sessions.put(session.session_id, session)


def find(world: World, session_id: str) -> UploadSession:
    """An open session. Raises SessionError `not_found`, also for one past its seven days."""
    session = world.upload_sessions.get(session_id)
    if session is None or world.clock.epoch_s() > session.started_at + LIFETIME_S:
        raise SessionError("not_found")
    return session


class SessionBody:
    """The body of an append, written to its place in the session's file while it arrives."""

    def __init__(self, world: World, session: UploadSession | None, offset: int) -> None:
        self.size = 0
        self.hasher = ContentHasher()
        self._offset = offset
        self._descriptor: int | None = None
        if session is not None and _takes(session, offset):
            self._descriptor = os.open(_path(world, session.session_id), os.O_WRONLY)

    def write(self, piece: bytes) -> None:
        """Take the next bytes."""
        if self._descriptor is not None:
            os.pwrite(self._descriptor, piece, self._offset + self.size)
        self.hasher.update(piece)
        self.size += len(piece)

    def abort(self) -> None:
        """Close the file; bytes that no append accepted are overwritten by the next."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _takes(session: UploadSession, offset: int) -> bool:
    """Whether bytes at this offset would not overwrite what was accepted."""
    if session.kind == "concurrent":
        return offset not in session.parts
    return offset == session.size and not session.closed


def check_acceptable(session: UploadSession, offset: int) -> None:
    """Whether bytes may be added at an offset. Raises SessionError."""
    if session.closed and session.kind == "sequential":
        raise SessionError("closed")
    if session.kind == "sequential" and offset != session.size:
        raise SessionError("incorrect_offset", session.size)
    if session.kind == "concurrent" and offset % BLOCK_SIZE:
        raise SessionError("concurrent_session_invalid_offset")


def accept(
    world: World, session: UploadSession, offset: int, body: SessionBody, *, close: bool
) -> None:
    """Count a body that has arrived completely as part of the session. Raises SessionError."""
    if session.kind == "concurrent":
        if body.size % BLOCK_SIZE and not close:
            raise SessionError("concurrent_session_invalid_data_size")
        session.parts[offset] = body.size
    if offset % BLOCK_SIZE == 0:
        first = offset // BLOCK_SIZE
        session.blocks |= dict(enumerate(body.hasher.block_digests(), first))
    else:
        session.blocks.pop(offset // BLOCK_SIZE, None)
    session.size = max(session.size, offset + body.size)
    session.closed = session.closed or close
    world.upload_sessions.put(session.session_id, session)


def check_closed(session: UploadSession) -> None:
    """Whether no more bytes will come, as batches demand. Raises SessionError."""
    if not session.closed:
        raise SessionError("not_closed")


def check_complete(session: UploadSession, offset: int) -> None:
    """Whether a session can be finished at this offset. Raises SessionError."""
    if session.kind == "concurrent":
        if not session.closed:
            raise SessionError("concurrent_session_not_closed")
        if sum(session.parts.values()) < session.size:
            raise SessionError("concurrent_session_missing_data")
    elif offset != session.size:
        raise SessionError("incorrect_offset", session.size)


def content_hash(world: World, session: UploadSession) -> str:
    """The content hash of everything that was accepted."""
    path = _path(world, session.session_id)
    os.truncate(path, session.size)
    return combine(_block_digests(session, path))


def store(world: World, session: UploadSession, digest: str) -> None:
    """Hand the session's bytes to the content store; the session is over."""
    world.contents.adopt(_path(world, session.session_id), digest)
    world.upload_sessions.remove(session.session_id)


def _block_digests(session: UploadSession, path: Path) -> list[bytes]:
    count = -(-session.size // BLOCK_SIZE)
    return [session.blocks.get(at) or _digest_again(path, at) for at in range(count)]


def _digest_again(path: Path, block: int) -> bytes:
    hasher = ContentHasher()
    with path.open("rb") as file:
        file.seek(block * BLOCK_SIZE)
        hasher.update(file.read(BLOCK_SIZE))
    return hasher.block_digests()[0]


def _path(world: World, session_id: str) -> Path:
    return world.contents.spool_path(session_id)
