"""Worker threads, shared by all namespaces of a run, that bring contents into the repository."""

import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from queue import SimpleQueue

from dropally.dropbox_api import ItemFailure, NamespaceClient
from dropally.jobs.backup.flights import Flights, Passenger
from dropally.jobs.context import JobContext
from dropally.jobs.entries import export_formats
from dropally.store import BytesLike, Content, Entry, ExportForm, Fingerprint, Writer


class Fetchers:
    """The threads that download. An error that concerns the whole run stops all of them."""

    def __init__(self, context: JobContext, writer: Writer, threads: int) -> None:
        self._context = context
        self._writer = writer
        self._flights = Flights()
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._files = context.phase("fetch", "files")
        self._bytes = context.phase("download", "bytes")
        self._lock = threading.Lock()
        self._closed = False
        self.error: BaseException | None = None
        self.window = 4 * threads
        """How many files one namespace may have under way."""
        self._threads = [
            threading.Thread(target=self._work, name=f"fetch_{number}") for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Drop what has not begun and wait for what has."""
        self._closed = True
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def fetch(self, client: NamespaceClient, entry: Entry, passenger: Passenger) -> None:
        """Bring a file's content in, unless another file of this run is just doing that.

        Exactly one of `passenger.added` and `passenger.failed` follows, unless the run stops.
        """
        if self._flights.board(_fingerprint(entry), passenger):
            self.take_over(client, entry)

    def fetch_export(
        self,
        client: NamespaceClient,
        entry: Entry,
        done: Callable[[Entry], None],
        passenger: Passenger,
    ) -> None:
        """Bring in a cloud document in every format worth keeping; `done` gets the entry with it."""
        self._tasks.put(partial(self._export, client, entry, done, passenger))

    def take_over(self, client: NamespaceClient, entry: Entry) -> None:
        """Download a content that is announced already: this file is the one to get it from."""
        self._tasks.put(partial(self._download, client, entry))

    def check(self) -> None:
        """Raise what stopped the run, if something did."""
        if self.error is not None:
            raise self.error
        self._context.check()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            if self._closed or self.error is not None or self._context.cancelled.is_set():
                continue
            try:
                task()
            except BaseException as error:  # noqa: BLE001  told to the thread that waits for us
                self.stop(error)

    def stop(self, error: BaseException) -> None:
        """The first error that is not about one file ends the run."""
        with self._lock:
            if self.error is None:
                self.error = error

    def _download(self, client: NamespaceClient, entry: Entry) -> None:
        fingerprint = _fingerprint(entry)
        pieces = client.download(entry.rev, entry.size_bytes, fingerprint.digest.hex())
        try:
            self._writer.add(
                self._counted(pieces),
                fingerprint=fingerprint,
                on_durable=partial(self._flights.durable, fingerprint),
            )
        except ItemFailure as failure:
            self._flights.failed(fingerprint, failure)
            return
        self._files.add()
        self._flights.added(fingerprint)

    def _export(
        self,
        client: NamespaceClient,
        entry: Entry,
        done: Callable[[Entry], None],
        passenger: Passenger,
    ) -> None:
        formats = export_formats(entry)
        collected = _ExportParts(entry, len(formats), done)
        try:
            for name in formats:
                export = client.export(entry.id, name)
                self._writer.add(
                    self._counted(export.pieces), on_durable=partial(collected.add, name)
                )
        except ItemFailure as failure:
            passenger.failed(failure)
            return
        self._files.add()
        passenger.added()

    def _counted(self, pieces: Iterable[BytesLike]) -> Iterator[BytesLike]:
        for piece in pieces:
            if self.error is not None:
                raise self.error
            self._context.check()
            self._bytes.add(len(piece))
            yield piece


class _ExportParts:
    """Waits until every format of one document is durable."""

    def __init__(self, entry: Entry, count: int, done: Callable[[Entry], None]) -> None:
        self._entry = entry
        self._count = count
        self._done = done
        self._lock = threading.Lock()
        self._formats: dict[str, Content] = {}

    def add(self, name: str, content: Content) -> None:
        with self._lock:
            self._formats[name] = content
            complete = len(self._formats) == self._count
        if complete:
            self._entry.export = ExportForm(dict(sorted(self._formats.items())))
            self._done(self._entry)


def _fingerprint(entry: Entry) -> Fingerprint:
    if entry.content_hash is None:
        raise ValueError("a file without a content hash is never fetched")
    return Fingerprint(entry.content_hash, entry.size_bytes)
