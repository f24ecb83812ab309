"""Uploading files: gathered into batches, staged, committed, verified."""

from collections.abc import Iterable, Iterator
from functools import partial

from dropally.dropbox_api import routes
from dropally.dropbox_api.commit import YOUNG_FOLDER, commit, find_written, verified
from dropally.dropbox_api.errors import AnswerLostError, ItemFailure, RouteError, item_failure
from dropally.dropbox_api.identity import Identity
from dropally.dropbox_api.stage import (
    NotStaged,
    StagedFile,
    read_content,
    session_failure,
    stage_large,
    stage_small,
)
from dropally.dropbox_api.upload_values import UploadItem, UploadOutcome
from dropally.dropbox_api.writer import NamespaceWriter

# Larger files get an upload session of their own.
SMALL_BYTES = 8 * 1024 * 1024
BATCH_FILES = 1000
# Files and the request made of them are in memory together.
BATCH_BYTES = 24 * 1024 * 1024
# Below this many small files single uploads cost no more calls than a batch of three.
_LEAST_BATCH = 3
_SESSIONS_A_FILE = 3
_YOUNG_FOLDER_PAUSE_S = 0.5


def upload_batch(writer: NamespaceWriter, items: Iterable[UploadItem]) -> Iterator[UploadOutcome]:
    """Upload files; an outcome for each, not in the order of `items`.

    Small files cost four calls a thousand, large ones one call for each 64 MiB and two
    more. At most two parts of 64 MiB are held in memory. Raises QuotaUsedUpError, DeniedError, TryLaterError
    or CancelledError when nothing more can be written; what was yielded before is done.
    """
    small: list[UploadItem] = []
    small_bytes = 0
    for item in items:
        if item.size_bytes > SMALL_BYTES:
            yield writer.in_some_name(partial(_large, writer, item))
            continue
        small.append(item)
        small_bytes += item.size_bytes
        if len(small) == BATCH_FILES or small_bytes >= BATCH_BYTES:
            yield from _small_batch(writer, small)
            small, small_bytes = [], 0
    if small:
        yield from _small_batch(writer, small)


def _small_batch(writer: NamespaceWriter, items: list[UploadItem]) -> list[UploadOutcome]:
    def in_name(identity: Identity) -> list[UploadOutcome]:
        if len(items) < _LEAST_BATCH:
            return [_single(writer, identity, item) for item in items]
        return list(_batch(writer, identity, items))

    return writer.in_some_name(in_name)


def _batch(
    writer: NamespaceWriter, identity: Identity, items: list[UploadItem]
) -> Iterator[UploadOutcome]:
    for attempt in range(_SESSIONS_A_FILE):
        again: list[UploadItem] = []
        staged: list[StagedFile] = []
        for result in _stage(writer, identity, items):
            if isinstance(result, StagedFile):
                staged.append(result)
            elif attempt + 1 < _SESSIONS_A_FILE and result.failure.retryable:
                again.append(result.item)
            else:
                yield UploadOutcome(result.item, failure=result.failure)
        for outcome in commit(writer, identity, staged):
            if isinstance(outcome, StagedFile):
                again.append(outcome.item)
            else:
                yield outcome
        items = again
        if not items:
            return
    for item in items:
        yield _kept_failing(item, "its session was used up")


def _stage(
    writer: NamespaceWriter, identity: Identity, items: list[UploadItem]
) -> Iterator[StagedFile | NotStaged]:
    contents: list[tuple[UploadItem, bytes]] = []
    for item in items:
        try:
            contents.append((item, read_content(item)))
        except ItemFailure as failure:
            yield NotStaged(item, failure)
    try:
        yield from stage_small(writer, identity, contents)
    except RouteError as error:
        # One refusal for the whole request, such as a body that arrived damaged.
        for item, _ in contents:
            yield NotStaged(item, session_failure(error, item))


def _large(writer: NamespaceWriter, item: UploadItem, identity: Identity) -> UploadOutcome:
    cause = "its session was used up"
    for _ in range(_SESSIONS_A_FILE):
        try:
            staged = stage_large(writer, identity, item)
        except ItemFailure as failure:
            return UploadOutcome(item, failure=failure)
        except RouteError as error:
            # The session is lost or mixed up; a new one starts clean.
            cause = error.message
            continue
        outcome = next(iter(commit(writer, identity, [staged])))
        if isinstance(outcome, UploadOutcome):
            return outcome
    return _kept_failing(item, cause)


def _single(writer: NamespaceWriter, identity: Identity, item: UploadItem) -> UploadOutcome:
    try:
        content = read_content(item)
    except ItemFailure as failure:
        return UploadOutcome(item, failure=failure)
    arg = {**item.commit_info(), "content_hash": item.content_hash}
    cause = ""
    for attempt in range(_SESSIONS_A_FILE):
        try:
            with writer.committing():
                entry = writer.call(routes.UPLOAD, arg, identity, body=content, repeatable=False)
        except AnswerLostError:
            found = find_written(writer, identity, item)
            cause = "its answer was lost"
            if found is not None:
                return UploadOutcome(item, entry=found)
        except RouteError as error:
            # Damaged on the way: send it again. A young folder may refuse its first child once.
            # Everything else is Dropbox's last word.
            if attempt == 0 and error.tag.startswith(YOUNG_FOLDER):
                writer.pause(_YOUNG_FOLDER_PAUSE_S)
            elif error.tag != "content_hash_mismatch":
                return UploadOutcome(item, failure=item_failure(error, item.path))
            cause = error.message
        else:
            return verified(item, entry)
    return _kept_failing(item, cause)


def _kept_failing(item: UploadItem, cause: str) -> UploadOutcome:
    words = f"{item.path}: the upload broke {_SESSIONS_A_FILE} times: {cause}"
    return UploadOutcome(item, failure=ItemFailure("too_many_retries", words, retryable=True))
