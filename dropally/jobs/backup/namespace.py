"""One namespace up to the moment when everything it needs is in the repository's packs."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import TypeVar

from dropally.catalog.contents import ContentKey, WantedItem
from dropally.catalog.stage import Stage
from dropally.catalog.staged_page import StagedItem
from dropally.dropbox_api import ItemFailure, ListPage, NamespaceClient
from dropally.jobs.backup.excluding import Exclusions
from dropally.jobs.backup.fetch import Fetchers
from dropally.jobs.backup.flights import Passenger
from dropally.jobs.backup.work import NamespaceWork
from dropally.jobs.context import JobContext
from dropally.jobs.entries import encode_content, why_not_offered
from dropally.jobs.listing import list_namespace
from dropally.store import (
    Content,
    Entry,
    Fingerprint,
    Reader,
    Snapshot,
    Writer,
    decode_entry,
    encode_entry,
    path_key,
)

LARGE_BYTES = 32 << 20
_BATCH = 1000
_WAIT_S = 0.25
_MOST_ROUNDS = 3
# What Dropbox refuses for good is asked for again now and then: the refusals are sometimes errors.
_REFUSED_AGAIN_AFTER = timedelta(days=7)
REFUSED_LABEL = "refused-tried"
_PASSING = frozenset({"too_many_retries", "mismatch", "export_failed"})
_REFUSALS = frozenset({"restricted_content", "unsupported"})
ItemT = TypeVar("ItemT")


class NamespaceRun:
    """One namespace of a run: stage, plan, fetch. One thread works on it at a time."""

    def __init__(
        self,
        context: JobContext,
        work: NamespaceWork,
        client: NamespaceClient,
        stage: Stage,
        parent: Snapshot | None,
        reader: Reader,
        begun: Iterator[ListPage] | None = None,
        lost: frozenset[str] = frozenset(),
        exclusions: Exclusions | None = None,
    ) -> None:
        """`begun`: the listing from the stage's cursor on, where it was begun already.

        `lost`: paths whose stored content is damaged beyond repair, to be fetched again.
        `exclusions`: what is to be left out.
        """
        self.work = work
        self.stage = stage
        self.parent = parent
        self.retried_refusals = False
        self._context = context
        self._client = client
        self._reader = reader
        self._begun = begun
        self._lost = lost
        self._exclusions = exclusions
        self._progress = threading.Condition()
        self._under_way = 0
        self._awaited = -1
        self._stored: queue.SimpleQueue[tuple[bytes, bytes, int]] = queue.SimpleQueue()
        self._exported: queue.SimpleQueue[tuple[int, bytes]] = queue.SimpleQueue()
        self._failed: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        self._something_vanished = False
        self._something_broke = False
        self._had_another_round = False
        self._others_wait = False

    def prepare(self, writer: Writer, fetchers: Fetchers, on_planned: Callable[[], None]) -> None:
        """List, find what is stored already, fetch the rest.

        When it returns, every content is with the writer, though perhaps not durable yet.
        `on_planned` is called once it is known what there is to fetch.
        """
        self.stage.settle_on(writer.generation)
        self.stage.contents.want_failed_again()
        for round_number in range(_MOST_ROUNDS):
            begun, self._begun = self._begun, None
            list_namespace(self._context, self._client, self.stage, begun)
            if self._exclusions is not None and (count := self._exclusions.apply(self.stage)):
                self._context.note(
                    f"{self.work.name}: {count} items were left out: they were erased"
                )
            if round_number == 0:
                self._retry_failures()
                self._fetch_lost_again()
            self._reuse_from_parent()
            self.stage.contents.plan()
            self._find_stored(writer)
            self._something_vanished = False
            self._fetch(writer, fetchers, on_planned)
            # A file that vanished between listing and download: the listing knows where it went.
            # Trouble that passes gets one more round, when the worst may be over.
            if self._something_broke:
                self.stage.contents.want_failed_again(_PASSING)
            if not (self._something_vanished or self._something_broke):
                return
            self._something_broke, self._had_another_round = False, True

    def record_durable(self) -> None:
        """Write to the stage what became durable since the last time."""
        contents = self.stage.contents
        if batch := list(_drained(self._stored)):
            contents.store(batch)
        if exports := list(_drained(self._exported)):
            contents.store_exports(exports)
        if failures := list(_drained(self._failed)):
            self._others_wait = contents.fail(failures) or self._others_wait

    # -- plan ------------------------------------------------------------------------------

    def _retry_failures(self) -> None:
        """Stage what failed last time, unless the listing named it again anyway."""
        if self.parent is None or self.stage.is_full or not self.parent.failures:
            return
        self.retried_refusals = refusals_are_due(self.parent, self._context.clock.now())
        view = self._reader.tree(self.parent.root)
        again: list[StagedItem] = []
        for failure in self.parent.failures:
            if failure.reason in _REFUSALS and not self.retried_refusals:
                continue
            entry = view.get(failure.path)
            # What the listing ruled out needs no second look: a change would be listed.
            if entry is not None and entry.failure and not why_not_offered(entry):
                entry.failure = ""
                again.append(_wanted_again(failure.path, entry))
        self.stage.add_items(again)

    def _fetch_lost_again(self) -> None:
        """Stage the files whose content was lost in the repository, as the parent knows them.

        What is deleted or changed meanwhile is in the listing, which has the last word.
        """
        if self.parent is None or self.stage.is_full or not self._lost:
            return
        view = self._reader.tree(self.parent.root)
        again: list[StagedItem] = []
        for path, entry in view.get_many(sorted(self._lost, key=path_key)):
            if entry is not None and entry.kind in {"file", "cloud_file"} and not entry.failure:
                entry.content, entry.export = None, None
                again.append(_wanted_again(path, entry))
        self.stage.add_items(again)

    def _reuse_from_parent(self) -> None:
        """A cloud document whose revision the parent has needs no second export.

        Files with a content hash are found by it; these have none.
        """
        if self.parent is None:
            return
        view = self._reader.tree(self.parent.root)
        after = -1
        while items := self.stage.contents.exports(after, _BATCH):
            after = items[-1].seq
            self._context.check()
            reused = [
                (item.seq, encode_entry(entry))
                for item in items
                if item.path not in self._lost
                and (entry := _with_known_export(decode_entry(item.entry), view.get(item.path)))
            ]
            if reused:
                self.stage.contents.store_exports(reused)

    def _find_stored(self, writer: Writer) -> None:
        """Contents that the repository has, from whatever file or time, are not downloaded."""
        found = self._context.phase("known", "files")
        after: ContentKey | None = None
        while keys := self.stage.contents.missing(after, _BATCH):
            after = keys[-1]
            self._context.check()
            known = _known(writer, keys)
            if known:
                self.stage.contents.store(known)
                digests = {digest for _, digest, _ in known}
                found.add(sum(key.files for key in keys if key.fingerprint in digests))

    # -- fetch -----------------------------------------------------------------------------

    def _fetch(self, writer: Writer, fetchers: Fetchers, on_planned: Callable[[], None]) -> None:
        files, size_bytes = self.stage.contents.totals()
        self._context.phase("fetch", "files").expect(files)
        self._context.phase("download", "bytes").expect(size_bytes)
        on_planned()
        self._others_wait = True
        while self._others_wait:
            self._others_wait = False
            for items in self._in_good_order():
                for item in self._still_missing(writer, items):
                    self._wait_for_room(fetchers)
                    self._begin(fetchers, item)
            self._wait_until_landed(fetchers)
            self.record_durable()

    def _in_good_order(self) -> Iterator[list[WantedItem]]:
        """Large files first, then the others as they are listed, then the exports."""
        contents = self.stage.contents
        mark: tuple[int, int] | None = None
        while items := contents.large(LARGE_BYTES, mark, _BATCH):
            mark = (items[-1].size_bytes, items[-1].seq)
            yield items
        after = -1
        while items := contents.small(LARGE_BYTES, after, _BATCH):
            after = items[-1].seq
            yield items
        after = -1
        while items := contents.exports(after, _BATCH):
            after = items[-1].seq
            yield items

    def _still_missing(self, writer: Writer, items: list[WantedItem]) -> list[WantedItem]:
        """Without those that another namespace stored since the plan."""
        if items[0].fingerprint is None:
            return items
        known = _known(writer, items)
        if not known:
            return items
        self.stage.contents.store(known)
        stored = {(digest, size) for _, digest, size in known}
        return [item for item in items if (item.fingerprint, item.size_bytes) not in stored]

    def _begin(self, fetchers: Fetchers, item: WantedItem) -> None:
        with self._progress:
            self._under_way += 1
        entry = decode_entry(item.entry)
        passenger = Passenger(
            owner=self,
            added=self._landed,
            durable=partial(self._durable, entry),
            failed=partial(self._give_up, item),
            take_over=partial(fetchers.take_over, self._client, entry),
        )
        if entry.kind == "cloud_file":
            fetchers.fetch_export(
                self._client, entry, partial(self._export_durable, item.seq), passenger
            )
        else:
            fetchers.fetch(self._client, entry, passenger)

    def _wait_for_room(self, fetchers: Fetchers) -> None:
        """When the window is full, wait until half of it is free: waking for each file is dear."""
        fetchers.check()
        if self._under_way < fetchers.window:
            return
        self._wait_until_at_most(fetchers.window // 2, fetchers)

    def _wait_until_landed(self, fetchers: Fetchers) -> None:
        self._wait_until_at_most(0, fetchers)

    def _wait_until_at_most(self, count: int, fetchers: Fetchers) -> None:
        while True:
            fetchers.check()
            with self._progress:
                self._awaited = count
                if self._under_way <= count:
                    self._awaited = -1
                    return
                self._progress.wait(_WAIT_S)
            if self._stored.qsize() >= _BATCH:
                self.record_durable()

    def _landed(self) -> None:
        with self._progress:
            self._under_way -= 1
            if self._under_way <= self._awaited:
                self._progress.notify()

    def _durable(self, entry: Entry, content: Content) -> None:
        if entry.content_hash is not None:
            self._stored.put((encode_content(content), entry.content_hash, entry.size_bytes))

    def _export_durable(self, seq: int, entry: Entry) -> None:
        self._exported.put((seq, encode_entry(entry)))

    def _give_up(self, item: WantedItem, failure: ItemFailure) -> None:
        if failure.reason == "vanished":
            self._something_vanished = True
        self._failed.put((item.seq, f"{failure.reason}: {failure.detail}"))
        line = f"{self.work.name}:{item.path}: {failure.detail}"
        if failure.reason in _PASSING and not self._had_another_round:
            self._something_broke = True
            line += " (it is tried again)"
        self._context.note(line)
        self._landed()


def refusals_are_due(parent: Snapshot, now: datetime) -> bool:
    """True if what Dropbox refused for good is to be asked for once more."""
    tried = parent.labels.get(REFUSED_LABEL)
    return not tried or datetime.fromisoformat(tried) + _REFUSED_AGAIN_AFTER <= now


def has_retries(parent: Snapshot, now: datetime) -> bool:
    """True if a run is to try again what the last one could not have."""
    reasons = {failure.reason for failure in parent.failures}
    return bool(reasons - _REFUSALS) or (bool(reasons) and refusals_are_due(parent, now))


def _known(
    writer: Writer, keys: Sequence[ContentKey | WantedItem]
) -> list[tuple[bytes, bytes, int]]:
    """Those of these contents that the repository has, as the stage records them."""
    fingerprints = [Fingerprint(key.fingerprint or b"", key.size_bytes) for key in keys]
    return [
        (encode_content(content), wanted.digest, wanted.size_bytes)
        for wanted, content in zip(fingerprints, writer.find_many(fingerprints), strict=True)
        if content is not None
    ]


def _wanted_again(path: str, entry: Entry) -> StagedItem:
    fingerprint = entry.content_hash if entry.kind == "file" else None
    return StagedItem(path, False, encode_entry(entry), fingerprint, entry.size_bytes, True)


def _with_known_export(entry: Entry, before: Entry | None) -> Entry | None:
    if before is None or before.export is None or (before.id, before.rev) != (entry.id, entry.rev):
        return None
    entry.export = before.export
    return entry


def _drained(waiting: "queue.SimpleQueue[ItemT]") -> Iterable[ItemT]:
    return islice(iter(waiting.get_nowait, None), waiting.qsize())
