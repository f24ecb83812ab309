"""Giving staged bytes their names: in batches, one batch at a time in a namespace, verified.

When the answer to a commit is lost, what is there now decides: a file with the right content is
done, the others are committed again (a session that was used up says so).
"""

import posixpath
from collections.abc import Iterator, Sequence
from typing import Any

from dropally.dropbox_api import routes
from dropally.dropbox_api.errors import AnswerLostError, ItemFailure, RouteError, item_failure
from dropally.dropbox_api.identity import Identity
from dropally.dropbox_api.stage import StagedFile
from dropally.dropbox_api.upload_values import UploadItem, UploadOutcome
from dropally.dropbox_api.writer import NamespaceWriter

_ROUNDS = 6
_PAUSE_S = 0.5
_BUSY = ("too_many_write_operations", "internal_error", "other")
# In a team space a folder that was just created refuses its first children for a moment.
YOUNG_FOLDER = ("path/no_write_permission", "path/conflict/file_ancestor")


def commit(
    writer: NamespaceWriter, identity: Identity, staged: Sequence[StagedFile]
) -> Iterator[UploadOutcome | StagedFile]:
    """Commit up to a thousand staged files.

    Yields an outcome for each, or the StagedFile itself when its session is gone and the file
    must be uploaded anew. Raises QuotaUsedUpError, DeniedError, TryLaterError, CancelledError.
    """
    waiting = list(staged)
    for round_number in range(_ROUNDS):
        if not waiting:
            return
        if round_number:
            writer.pause(_PAUSE_S * 2 ** (round_number - 1))
        with writer.committing():
            results = _finish_batch(writer, identity, waiting)
        later: list[StagedFile] = []
        for file, result in zip(waiting, results, strict=True):
            judged = _judge(writer, identity, file, result, round_number)
            if judged is None:
                later.append(file)
            else:
                yield judged
        waiting = later
    for file in waiting:
        words = f"{file.item.path}: Dropbox was busy {_ROUNDS} times"
        yield UploadOutcome(
            file.item, failure=ItemFailure("too_many_retries", words, retryable=True)
        )


def verified(item: UploadItem, entry: dict[str, Any]) -> UploadOutcome:
    """The outcome of a write whose answer is `entry`: right content or a failure."""
    if entry.get("content_hash") == item.content_hash and entry.get("size") == item.size_bytes:
        return UploadOutcome(item, entry=entry)
    words = f"{item.path}: Dropbox holds other bytes than were sent"
    return UploadOutcome(item, failure=ItemFailure("mismatch", words))


def find_written(
    writer: NamespaceWriter, identity: Identity, item: UploadItem
) -> dict[str, Any] | None:
    """The file that a write with a lost answer left, under its own or an automatic new name."""

    def look() -> dict[str, Any] | None:
        entry = writer.entry_at(item.path, identity)
        if entry is not None and _is_it(item, entry):
            return entry
        return _renamed(writer, identity, item) if item.autorename and entry else None

    return writer.settled(look)


def _finish_batch(
    writer: NamespaceWriter, identity: Identity, files: Sequence[StagedFile]
) -> list[dict[str, Any]]:
    entries = [{"cursor": file.cursor(), "commit": file.item.commit_info()} for file in files]
    try:
        answer = writer.call(
            routes.SESSION_FINISH_BATCH, {"entries": entries}, identity, repeatable=False
        )
    except AnswerLostError:
        return [_after_lost_answer(writer, identity, file.item) for file in files]
    results: list[dict[str, Any]] = answer["entries"]
    return results


def _after_lost_answer(
    writer: NamespaceWriter, identity: Identity, item: UploadItem
) -> dict[str, Any]:
    entry = writer.entry_at(item.path, identity)
    if entry is not None and _is_it(item, entry):
        return {**entry, ".tag": "success"}
    return {".tag": "failure", "failure": {".tag": "internal_error"}}


def _judge(
    writer: NamespaceWriter,
    identity: Identity,
    file: StagedFile,
    result: dict[str, Any],
    round_number: int,
) -> UploadOutcome | StagedFile | None:
    """None: commit it again."""
    if result[".tag"] == "success":
        return verified(file.item, result)
    refused = RouteError(routes.SESSION_FINISH_BATCH.path, result.get("failure"))
    if refused.tag.startswith(_BUSY) or refused.tag.endswith(_BUSY[0]):
        return None
    if refused.tag.startswith(YOUNG_FOLDER) and round_number == 0:
        return None
    if refused.tag.startswith("lookup_failed"):
        # Used up by a commit whose answer was lost, or expired.
        entry = find_written(writer, identity, file.item)
        return file if entry is None else UploadOutcome(file.item, entry=entry)
    return UploadOutcome(file.item, failure=item_failure(refused, file.item.path))


def _is_it(item: UploadItem, entry: dict[str, Any]) -> bool:
    same = entry.get("content_hash") == item.content_hash
    return same and entry.get("size") == item.size_bytes


def _renamed(
    writer: NamespaceWriter, identity: Identity, item: UploadItem
) -> dict[str, Any] | None:
    folder, name = posixpath.split(item.path)
    stem = posixpath.splitext(name)[0].lower()
    arg: dict[str, Any] = {"path": "" if folder == "/" else folder, "limit": 2000}
    route = routes.LIST_FOLDER
    while True:
        page = writer.call(route, arg, identity)
        for entry in page["entries"]:
            if entry["name"].lower().startswith(f"{stem} (") and _is_it(item, entry):
                found: dict[str, Any] = entry
                return found
        if not page["has_more"]:
            return None
        route, arg = routes.LIST_FOLDER_CONTINUE, {"cursor": page["cursor"]}
