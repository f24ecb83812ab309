"""Writes without bytes: folders, old revisions, copies, deletions."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from dropally.common.errors import TryLaterError
from dropally.dropbox_api import routes
from dropally.dropbox_api.errors import (
    AnswerLostError,
    ItemFailure,
    RouteError,
    item_failure,
)
from dropally.dropbox_api.identity import Identity
from dropally.dropbox_api.writer import NamespaceWriter

_FOLDERS_A_CALL = 1000
_POLL_S = 0.5
_POLLS = 1200


def create_folders(writer: NamespaceWriter, paths: Sequence[str]) -> dict[str, ItemFailure | None]:
    """Make sure that the folders are there; per path None or why it is not.

    Give parents before children. A folder that exists already is fine.
    """
    outcomes: dict[str, ItemFailure | None] = {}
    wanted = list(dict.fromkeys(paths))
    for at in range(0, len(wanted), _FOLDERS_A_CALL):
        chunk = wanted[at : at + _FOLDERS_A_CALL]
        with writer.committing():
            results = writer.in_some_name(partial(_create_chunk, writer, chunk))
        for path, result in zip(chunk, results, strict=True):
            outcomes[path] = _folder_failure(path, result)
    return outcomes


def restore(writer: NamespaceWriter, path: str, rev: str) -> dict[str, Any]:
    """Bring back a revision that Dropbox still has to `path`; its new entry.

    Overwrites what is at `path`. Raises ItemFailure.
    """
    arg = {"path": path, "rev": rev}
    with writer.committing():
        entry: dict[str, Any] = _write(writer, routes.RESTORE, arg, f"{path} (rev:{rev})")
    return entry


def copy(
    writer: NamespaceWriter, from_path: str, to_path: str, *, content_hash: str
) -> dict[str, Any]:
    """Copy a live file within the namespace to a free place; the new entry.

    `content_hash` is that of the source, checked afterwards. Raises ItemFailure.
    """
    arg = {"from_path": from_path, "to_path": to_path, "autorename": False}

    def in_name(identity: Identity) -> dict[str, Any]:
        try:
            answer = writer.call(routes.COPY, arg, identity, repeatable=False)
        except AnswerLostError as error:
            entry = writer.settled(lambda: writer.entry_at(to_path, identity))
            if entry is None:
                raise ItemFailure(
                    "too_many_retries", f"{to_path}: {error}", retryable=True
                ) from error
            return entry
        metadata: dict[str, Any] = answer["metadata"]
        return metadata

    with writer.committing():
        try:
            entry = writer.in_some_name(in_name)
        except RouteError as error:
            raise item_failure(error, to_path) from error
    if entry.get("content_hash") != content_hash:
        raise ItemFailure("mismatch", f"{to_path}: the copy has another content than expected")
    return entry


def delete(writer: NamespaceWriter, path: str, *, parent_rev: str = "") -> bool:
    """Delete a file or folder; False if nothing was there. Raises ItemFailure.

    `parent_rev`: delete a file only while this is its current revision.
    """
    arg = {"path": path}
    if parent_rev:
        arg["parent_rev"] = parent_rev
    with writer.committing():
        try:
            _write(writer, routes.DELETE, arg, path)
        except ItemFailure as failure:
            if failure.reason == "vanished":
                return False
            raise
    return True


def tag(writer: NamespaceWriter, path: str, text: str) -> None:
    """Put a tag on a file or folder; again changes nothing. Raises ItemFailure.

    `text`: one word of letters, digits and underscores, at most 32.
    """
    _write(writer, routes.ADD_TAG, {"path": path, "tag_text": text}, path)


def _write(writer: NamespaceWriter, route: routes.Route, arg: dict[str, str], what: str) -> Any:
    try:
        return writer.in_some_name(lambda identity: writer.call(route, arg, identity))
    except RouteError as error:
        raise item_failure(error, what) from error


def _create_chunk(
    writer: NamespaceWriter, paths: Sequence[str], identity: Identity
) -> list[dict[str, Any]]:
    arg = {"paths": list(paths), "autorename": False, "force_async": False}
    answer = writer.call(routes.CREATE_FOLDER_BATCH, arg, identity)
    if answer[".tag"] == "async_job_id":
        answer = _finished_job(writer, identity, answer["async_job_id"])
    if answer[".tag"] != "complete":
        raise RouteError(routes.CREATE_FOLDER_BATCH.path, answer.get("failed", answer))
    results: list[dict[str, Any]] = answer["entries"]
    return results


def _finished_job(writer: NamespaceWriter, identity: Identity, job: str) -> dict[str, Any]:
    arg = {"async_job_id": job}
    for _ in range(_POLLS):
        answer: dict[str, Any] = writer.call(routes.CREATE_FOLDER_BATCH_CHECK, arg, identity)
        if answer[".tag"] != "in_progress":
            return answer
        writer.pause(_POLL_S)
    raise TryLaterError(
        "Dropbox is still busy creating folders.",
        hint="Run the restore again; folders that exist are kept.",
        retryable=True,
    )


def _folder_failure(path: str, result: dict[str, Any]) -> ItemFailure | None:
    if result[".tag"] == "success":
        return None
    error = RouteError(routes.CREATE_FOLDER_BATCH.path, result.get("failure"))
    if error.tag == "path/conflict/folder":
        return None
    return item_failure(error, path)
