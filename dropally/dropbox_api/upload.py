"""Uploading files: gathered into batches, staged, committed, verified."""

from collections.abc import Iterable, Iterator
from functools import partial

from dropally.dropbox_api import routes
from dropally.dropbox_api.commit import commit, find_written, verified
from dropally.dropbox_api.content_hash import block_digests, hash_of_digests
from dropally.dropbox_api.errors import AnswerLostError, ItemFailure, RouteError, item_failure
from dropally.dropbox_api.identity import Identity
from dropally.dropbox_api.stage import (
    PART_BYTES,
    StagedFile,
    read_content,
    stage_large,
    stage_small,
)
from dropally.dropbox_api.upload_values import UploadItem, UploadOutcome
from dropally.dropbox_api.writer import NamespaceWriter

# Larger files get an upload session of their own.
SMALL_BYTES = 8 * 1024 * 1024
BATCH_FILES = 1000
# Below this many small files single uploads cost no more calls than a batch of three.
_LEAST_BATCH = 3
_SESSIONS_A_FILE = 3


def upload_batch(writer: NamespaceWriter, items: Iterable[UploadItem]) -> Iterator[UploadOutcome]:
    """Upload files; an outcome for each, not in the order of `items`.

    Small files cost about three calls a thousand, large ones one call for each 64 MiB and two
    more. At most 72 MiB are held in memory. Raises QuotaUsedUpError, DeniedError, TryLaterError
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
        if len(small) == BATCH_FILES or small_bytes >= PART_BYTES:
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
        contents: list[tuple[UploadItem, bytes]] = []
        for item in items:
            try:
                contents.append((item, read_content(item)))
            except ItemFailure as failure:
                yield UploadOutcome(item, failure=failure)
        for result in stage_small(writer, identity, contents) if contents else ():
            if isinstance(result, StagedFile):
                staged.append(result)
            elif attempt + 1 < _SESSIONS_A_FILE:
                again.append(result[0])
            else:
                yield UploadOutcome(result[0], failure=result[1])
        del contents
        for outcome in commit(writer, identity, staged):
            if isinstance(outcome, StagedFile):
                again.append(outcome.item)
            else:
                yield outcome
        if not again:
            return
        items = again
    for item in items:
        yield _session_kept_failing(item)


def _large(writer: NamespaceWriter, item: UploadItem, identity: Identity) -> UploadOutcome:
    for _ in range(_SESSIONS_A_FILE):
        try:
            staged = stage_large(writer, identity, item)
        except ItemFailure as failure:
            return UploadOutcome(item, failure=failure)
        except RouteError:
            # The session is lost or mixed up; a new one starts clean.
            continue
        outcome = next(iter(commit(writer, identity, [staged])))
        if isinstance(outcome, UploadOutcome):
            return outcome
    return _session_kept_failing(item)


def _single(writer: NamespaceWriter, identity: Identity, item: UploadItem) -> UploadOutcome:
    try:
        content = read_content(item)
        arg = {**item.commit_info(), "content_hash": hash_of_digests(block_digests(content))}
        for _ in range(_SESSIONS_A_FILE):
            try:
                with writer.committing():
                    entry = writer.call(
                        routes.UPLOAD, arg, identity, body=content, repeatable=False
                    )
            except AnswerLostError:
                found = find_written(writer, identity, item)
                if found is not None:
                    return UploadOutcome(item, entry=found)
            else:
                return verified(item, entry)
    except ItemFailure as failure:
        return UploadOutcome(item, failure=failure)
    except RouteError as error:
        return UploadOutcome(item, failure=item_failure(error, item.path))
    return _session_kept_failing(item)


def _session_kept_failing(item: UploadItem) -> UploadOutcome:
    words = f"{item.path}: the upload broke {_SESSIONS_A_FILE} times"
    return UploadOutcome(item, failure=ItemFailure("too_many_retries", words, retryable=True))
