"""Bringing bytes to Dropbox before they get a name: upload sessions.

Small files share requests (one body for up to 500 of them), because a team has a monthly
allowance of upload calls. Large files go in parts of 64 MiB. Lost answers do no harm: Dropbox says
how far a session is, and a session without a commit is nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from dropally.dropbox_api import routes
from dropally.dropbox_api.content_hash import block_digests, hash_of_digests
from dropally.dropbox_api.errors import ItemFailure, RouteError, item_failure
from dropally.dropbox_api.identity import Identity
from dropally.dropbox_api.upload_values import UploadItem
from dropally.dropbox_api.writer import NamespaceWriter

# A multiple of 4 MiB, well below the 150 MiB a request may have, and held in memory once.
PART_BYTES = 64 * 1024 * 1024
# Dropbox's bound for one request; the other batch routes take a thousand.
APPENDS_A_CALL = 500


class StagedFile(msgspec.Struct, frozen=True):
    """Bytes in a closed session, ready to be committed."""

    item: UploadItem
    session_id: str

    def cursor(self) -> dict[str, Any]:
        """The session's end, as Dropbox wants it."""
        return {"session_id": self.session_id, "offset": self.item.size_bytes}


class NotStaged(msgspec.Struct, frozen=True):
    """A file whose bytes did not get there."""

    item: UploadItem
    failure: ItemFailure


def session_failure(error: RouteError, item: UploadItem) -> ItemFailure:
    """What a refusal before the commit means: a new session may go better."""
    failure = item_failure(error, item.path)
    return ItemFailure(failure.reason, failure.detail, failure.hint, retryable=True)


def read_content(item: UploadItem) -> bytes:
    """All bytes of a small file, checked. Raises ItemFailure."""
    content = b"".join(item.pieces())
    _check(item, len(content), hash_of_digests(block_digests(content)))
    return content


def stage_small(
    writer: NamespaceWriter, identity: Identity, files: Sequence[tuple[UploadItem, bytes]]
) -> Iterator[StagedFile | NotStaged]:
    """Put up to a thousand small files into closed sessions. Raises RouteError."""
    if not files:
        return
    arg = {"num_sessions": len(files), "session_type": "sequential"}
    started = writer.call(routes.SESSION_START_BATCH, arg, identity)
    staged = [
        (StagedFile(item, session), content)
        for (item, content), session in zip(files, started["session_ids"], strict=True)
    ]
    for at in range(0, len(staged), APPENDS_A_CALL):
        yield from _append_many(writer, identity, staged[at : at + APPENDS_A_CALL])


def _append_many(
    writer: NamespaceWriter, identity: Identity, staged: Sequence[tuple[StagedFile, bytes]]
) -> Iterator[StagedFile | NotStaged]:
    body = b"".join(content for _, content in staged)
    entries = [
        {
            "cursor": {"session_id": file.session_id, "offset": 0},
            "length": file.item.size_bytes,
            "close": True,
        }
        for file, _ in staged
    ]
    arg = {"entries": entries, "content_hash": hash_of_digests(block_digests(body))}
    answer = writer.call(routes.SESSION_APPEND_BATCH, arg, identity, body=body)
    for (file, _), result in zip(staged, answer["entries"], strict=True):
        error = result.get("failure")
        if result[".tag"] == "success" or _arrived(error, file.item.size_bytes):
            yield file
        else:
            refused = RouteError(routes.SESSION_APPEND_BATCH.path, error)
            yield NotStaged(file.item, session_failure(refused, file.item))


def stage_large(writer: NamespaceWriter, identity: Identity, item: UploadItem) -> StagedFile:
    """Put one file into a closed session, part by part. Raises ItemFailure, RouteError."""
    arg: dict[str, Any] = {"num_sessions": 1, "session_type": "sequential"}
    session_id = writer.call(routes.SESSION_START_BATCH, arg, identity)["session_ids"][0]
    offset = 0
    digests = b""
    for part in _parts(item.pieces()):
        part_digests = block_digests(part)
        digests += part_digests
        end = offset + len(part)
        last = end >= item.size_bytes
        if last:
            _check(item, end, hash_of_digests(digests))
        _append(writer, identity, session_id, offset, part, hash_of_digests(part_digests), last)
        offset = end
    if offset != item.size_bytes:
        _check(item, offset, hash_of_digests(digests))
    return StagedFile(item, session_id)


def _append(
    writer: NamespaceWriter,
    identity: Identity,
    session_id: str,
    offset: int,
    part: bytes,
    part_hash: str,
    last: bool,
) -> None:
    arg = {
        "cursor": {"session_id": session_id, "offset": offset},
        "close": last,
        "content_hash": part_hash,
    }
    try:
        writer.call(routes.SESSION_APPEND, arg, identity, body=part)
    except RouteError as error:
        # The answer to an earlier try was lost, but the part had arrived.
        if not _arrived(error.error, offset + len(part)):
            raise


def _arrived(error: Any, end: int) -> bool:
    if not isinstance(error, dict):
        return False
    if error.get(".tag") == "closed":
        return True
    return error.get(".tag") == "incorrect_offset" and error.get("correct_offset") == end


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    gathered: list[memoryview] = []
    missing = PART_BYTES
    for piece in pieces:
        view = memoryview(piece)
        while len(view) >= missing:
            gathered.append(view[:missing])
            view = view[missing:]
            yield b"".join(gathered)
            gathered, missing = [], PART_BYTES
        if view:
            gathered.append(view)
            missing -= len(view)
    if gathered:
        yield b"".join(gathered)


def _check(item: UploadItem, size_bytes: int, content_hash: str) -> None:
    if (size_bytes, content_hash) != (item.size_bytes, item.content_hash):
        raise ItemFailure(
            "mismatch",
            f"{item.path}: {size_bytes} bytes came that are not the {item.size_bytes} announced; "
            "nothing was written",
        )
