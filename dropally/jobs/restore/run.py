"""Carrying a restore plan out: folders, then what Dropbox still has, then uploads."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any

from dropally.catalog.restore_log import PlannedItem, RestoreLog, State
from dropally.common.errors import TryLaterError
from dropally.dropbox_api import (
    ContentHasher,
    ItemFailure,
    MissingScopeError,
    NamespaceClient,
    Roster,
    TeamConnection,
    UploadItem,
    UploadOutcome,
)
from dropally.jobs.context import JobContext
from dropally.jobs.entries import decode_content
from dropally.jobs.restore.destination import parse_target
from dropally.jobs.restore.work import RestorePlan, RestoreProblem, RestoreResult, RestoreWork
from dropally.store import Content, DamagedError, Reader

_NAMESPACES_AT_ONCE = 4
_BATCH = 1000
_TAG = "restored"
_IN_MEMORY_BYTES = 8 << 20


def run(context: JobContext, work: RestoreWork, plan: RestorePlan) -> RestoreResult:
    """Do what the plan says. Interrupted, it goes on when it is planned and run again.

    An item that cannot be restored is in the result; the rest is. Raises QuotaUsedUpError when
    Dropbox's monthly uploads are used up, DeniedError when the link may not write.
    """
    with ExitStack() as opened:
        repository = opened.enter_context(work.repository.open(context.clock))
        reader = opened.enter_context(repository.reader())
        team = opened.enter_context(work.team.open(context.clock, context.cancelled, watch=context))
        log = RestoreLog(plan.log)
        opened.callback(log.close)
        log.settle("identical", "identical")
        log.settle("skip", "skipped")
        log.refuse_impossible()
        roster = team.discover()
        open_totals = log.state_totals().get("open", (0, 0))
        files, size = context.phase("restore", "files"), context.phase("upload", "bytes")
        files.expect(open_totals[0])
        size.expect(open_totals[1])
        files.settle()
        size.settle()
        # Only who asked for duplicates gets them; a place taken since the plan is a conflict else.
        autorename = work.mode == "new-folder" or work.conflict == "duplicate"
        namespaces = log.namespaces()
        _run_namespaces(context, log, team, roster, reader, namespaces, autorename=autorename)
        if work.mode == "new-folder":
            _tag_new_folders(context, work, namespaces, team, roster)
        result = _result(log, plan)
    if not work.keep_log:
        log.discard()
    return result


def _run_namespaces(
    context: JobContext,
    log: RestoreLog,
    team: TeamConnection,
    roster: Roster,
    reader: Reader,
    namespaces: Iterable[str],
    *,
    autorename: bool,
) -> None:
    with ThreadPoolExecutor(_NAMESPACES_AT_ONCE, thread_name_prefix="restore") as threads:
        futures = [
            threads.submit(
                _NamespaceRestore(
                    context, log, team.namespace(name, roster), reader, autorename=autorename
                ).run
            )
            for name in namespaces
        ]
        for future in futures:
            future.result()


def _tag_new_folders(
    context: JobContext,
    work: RestoreWork,
    namespaces: Iterable[str],
    team: TeamConnection,
    roster: Roster,
) -> None:
    """Whoever finds the folder sees what it is (F97). It is a courtesy: no failure counts."""
    above = parse_target(roster, work.target).path if work.target else ""
    for namespace in namespaces:
        path = f"{above}/{work.folder_name}"
        try:
            team.namespace(namespace, roster).tag(path, _TAG)
        except ItemFailure as failure:
            if failure.reason != "vanished":  # nothing could be restored: there is no folder
                context.note(f"{path} is not tagged as {_TAG}: {failure.detail}")
        except (MissingScopeError, TryLaterError) as error:
            context.note(f"{path} is not tagged as {_TAG}: {error}")


class _NamespaceRestore:
    """Everything that goes into one namespace, in one thread: Dropbox takes one writer at a time."""

    def __init__(
        self,
        context: JobContext,
        log: RestoreLog,
        client: NamespaceClient,
        reader: Reader,
        *,
        autorename: bool,
    ) -> None:
        self._context = context
        self._log = log
        self._client = client
        self._namespace = client.namespace_id
        self._reader = reader
        self._autorename = autorename
        self._files = context.phase("restore", "files")
        self._bytes = context.phase("upload", "bytes")

    def run(self) -> None:
        """Folders first; what cannot be had cheaply is uploaded with the rest."""
        self._make_folders()
        for item in self._log.open_items(self._namespace, "revision"):
            self._try_cheaply(item, self._bring_back)
        for item in self._log.open_items(self._namespace, "copy"):
            self._try_cheaply(item, self._copy)
        self._upload()

    def _make_folders(self) -> None:
        items = self._log.open_items(self._namespace, "folder")
        while batch := list(islice(items, _BATCH)):
            self._context.check()
            outcomes = self._client.create_folders([item.path for item in batch])
            self._log.record_many(
                (item.seq, "failed" if failure else "restored", failure.detail if failure else "")
                for item in batch
                for failure in [outcomes.get(item.path)]
            )

    # -- what Dropbox still has ------------------------------------------------------------

    def _try_cheaply(self, item: PlannedItem, way: Callable[[PlannedItem], dict[str, Any]]) -> None:
        self._context.check()
        try:
            entry = way(item)
        except ItemFailure:
            # Gone from Dropbox's history, moved, or taken meanwhile: the bytes are here anyway.
            self._log.upload_instead(item.seq)
            return
        if entry.get("content_hash") == item.content_hash:
            self._finish(item, entry)
        else:
            self._log.upload_instead(item.seq, str(entry.get("rev", "")))

    def _bring_back(self, item: PlannedItem) -> dict[str, Any]:
        # files/restore would replace what came there since the plan was made.
        try:
            self._client.metadata(item.path)
        except ItemFailure as failure:
            if failure.reason != "vanished":
                raise
        else:
            raise ItemFailure("conflict", f"{item.path} is taken meanwhile")
        return self._client.restore(item.path, item.argument)

    def _copy(self, item: PlannedItem) -> dict[str, Any]:
        return self._client.copy(item.argument, item.path, content_hash=item.content_hash)

    # -- bytes from the repository ---------------------------------------------------------

    def _upload(self) -> None:
        under_way: dict[str, list[PlannedItem]] = {}
        for outcome in self._client.upload_batch(self._upload_items(under_way)):
            self._context.check()
            self._finish_upload(under_way[outcome.item.path].pop(0), outcome)

    def _upload_items(self, under_way: dict[str, list[PlannedItem]]) -> Iterator[UploadItem]:
        """Small contents come out of the packs many at a time, large ones while they are sent."""
        items = self._log.open_items(self._namespace, "upload")
        while batch := list(islice(items, _BATCH)):
            small = [item for item in batch if item.size_bytes <= _IN_MEMORY_BYTES]
            contents = [(item, _content(item)) for item in small]
            for item, pieces in self._reader.read_many(contents):
                self._context.check()
                try:
                    held = b"".join(pieces)
                except DamagedError as error:
                    self._fail(item, str(error))
                    continue
                under_way.setdefault(item.path, []).append(item)
                yield self._upload_item(
                    item, item.content_hash or _hash_of([held]), partial(_held, held)
                )
            for item in batch:
                if item.size_bytes > _IN_MEMORY_BYTES:
                    content = _content(item)
                    content_hash = item.content_hash or _hash_of(self._reader.read(content))
                    under_way.setdefault(item.path, []).append(item)
                    whole = partial(_read_whole, self._reader, content, item.path)
                    yield self._upload_item(item, content_hash, whole)

    def _upload_item(
        self, item: PlannedItem, content_hash: str, pieces: Callable[[], Iterable[bytes]]
    ) -> UploadItem:
        modified = item.client_modified
        return UploadItem(
            path=item.path,
            size_bytes=item.size_bytes,
            content_hash=content_hash,
            pieces=pieces,
            client_modified=datetime.fromtimestamp(modified, UTC) if modified is not None else None,
            # A planned replacement names the revision that the admin saw; anything newer stays.
            mode="update" if item.argument else "add",
            rev=item.argument,
            autorename=self._autorename and not item.argument,
        )

    def _finish_upload(self, item: PlannedItem, outcome: UploadOutcome) -> None:
        if outcome.entry is not None:
            self._bytes.add(item.size_bytes)
            self._finish(item, outcome.entry)
        else:
            self._fail(item, outcome.failure.detail if outcome.failure else "no outcome")

    def _finish(self, item: PlannedItem, entry: dict[str, Any]) -> None:
        """Dropbox's answer was verified by content hash; its name may be another."""
        name = str(entry.get("name", ""))
        if name and name != item.path.rpartition("/")[2]:
            shown = f"{item.path.rpartition('/')[0]}/{name}"
            self._log.record(item.seq, "renamed", shown)
        else:
            self._log.record(item.seq, "restored")
        self._files.add()

    def _fail(self, item: PlannedItem, detail: str) -> None:
        self._log.record(item.seq, "failed", detail)
        self._context.note(f"{item.source}: {detail}")
        self._files.add()


def _held(content: bytes) -> list[bytes]:
    return [content]


def _content(item: PlannedItem) -> Content:
    if item.content is None:
        raise ValueError(f"{item.path} is planned as a file without content")
    return decode_content(item.content)


def _hash_of(pieces: Iterable[bytes]) -> str:
    """Of an exported document: Dropbox never told a hash of these bytes."""
    hasher = ContentHasher()
    for piece in pieces:
        hasher.update(piece)
    return hasher.hexdigest()


def _read_whole(reader: Reader, content: Content, path: str) -> Iterator[bytes]:
    try:
        yield from reader.read(content)
    except DamagedError as error:
        raise ItemFailure("mismatch", f"{path}: {error}") from error


def _result(log: RestoreLog, plan: RestorePlan) -> RestoreResult:
    totals = log.state_totals()

    def problems(state: State) -> tuple[RestoreProblem, ...]:
        return tuple(RestoreProblem(*row) for row in log.details(state))

    renamed = totals.get("renamed", (0, 0))
    restored = totals.get("restored", (0, 0))
    return RestoreResult(
        destination=plan.destination,
        restored=restored[0] + renamed[0],
        restored_bytes=restored[1] + renamed[1],
        identical=totals.get("identical", (0, 0))[0],
        skipped=totals.get("skipped", (0, 0))[0],
        renamed=problems("renamed"),
        failed=problems("failed"),
    )
