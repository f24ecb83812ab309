"""Fetch chunks in the order asked for, reading ahead, with few and large reads of packs."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import NamedTuple

from dropally.store.errors import DamagedError, MissingPackError, StoreError
from dropally.store.index import ChunkIndex, Location
from dropally.store.reader.need import Need
from dropally.store.repository import BlobReader

RANGE_BYTES = 4 * 1024 * 1024
"""One read of a pack is about this long at most."""
GAP_BYTES = 64 * 1024
"""Bytes between two wanted blobs that are read along rather than left out."""
WINDOW_NEEDS = 4096

Fetched = bytes | StoreError


class Token(NamedTuple):
    """One step of a plan: a need of item number `item`, or why there is none, or its end (None)."""

    item: int
    need: Need | StoreError | None


@dataclass(slots=True)
class _Range:
    """Neighbouring blobs of a pack, and the chunks wanted from each."""

    pack_no: int
    start: int
    end: int
    blobs: list[tuple[Location, list[tuple[bytes, Location]]]] = field(default_factory=list)


@dataclass(slots=True)
class _Window:
    """A stretch of the plan whose chunks are being fetched."""

    tokens: list[Token]
    lost: dict[bytes, StoreError]
    reads: list[Future[dict[bytes, Fetched]]]


class Fetcher:
    """Runs plans of tokens. Safe for threads."""

    def __init__(
        self,
        index: ChunkIndex,
        blobs: BlobReader,
        chunk_key: bytes,
        executor: Executor,
        window_bytes: int,
    ) -> None:
        self._index = index
        self._blobs = blobs
        self._chunk_key = chunk_key
        self._executor = executor
        self._window_bytes = window_bytes

    def run(self, tokens: Iterable[Token]) -> Iterator[tuple[int, Fetched | None]]:
        """(item, bytes), (item, error) for what cannot be had, (item, None) at each item's end.

        While one window is handed out, the next is being fetched.
        """
        ahead: _Window | None = None
        for window in self._windows(iter(tokens)):
            if ahead is not None:
                yield from _hand_out(ahead)
            ahead = window
        if ahead is not None:
            yield from _hand_out(ahead)

    def _windows(self, tokens: Iterator[Token]) -> Iterator[_Window]:
        """Cut the plan where enough bytes are wanted, and start fetching each window."""
        window: list[Token] = []
        size = 0
        for token in tokens:
            window.append(token)
            if isinstance(token.need, Need):
                size += token.need.end - token.need.begin
            if size >= self._window_bytes or len(window) >= WINDOW_NEEDS:
                yield self._start(window)
                window, size = [], 0
        if window:
            yield self._start(window)

    def _start(self, tokens: list[Token]) -> _Window:
        wanted = {token.need.chunk_id for token in tokens if isinstance(token.need, Need)}
        places = self._index.locate(list(wanted))
        lost: dict[bytes, StoreError] = {
            chunk_id: lost_chunk(chunk_id) for chunk_id in wanted if chunk_id not in places
        }
        ranges = _plan_ranges(places)
        reads = [self._executor.submit(self._read_range, one) for one in ranges]
        return _Window(tokens, lost, reads)

    def _read_range(self, wanted: _Range) -> dict[bytes, Fetched]:
        """The chunks of a range; an error in a chunk's place concerns that chunk only."""
        found: dict[bytes, Fetched] = {}
        try:
            sealed = memoryview(
                self._blobs.fetch(wanted.pack_no, wanted.start, wanted.end - wanted.start)
            )
        except MissingPackError as error:
            return self._read_elsewhere(wanted, error)
        except DamagedError as error:
            if len(wanted.blobs) == 1:
                return {chunk_id: error for chunk_id, _ in wanted.blobs[0][1]}
            # The pack may be cut short: what lies before the cut can still be had.
            for one in _singly(wanted):
                found.update(self._read_range(one))
            return found
        for blob, chunks in wanted.blobs:
            at = blob.blob_offset - wanted.start
            found.update(self._open_blob(blob, sealed[at : at + blob.stored_bytes], chunks))
        return found

    def _read_elsewhere(self, wanted: _Range, error: MissingPackError) -> dict[bytes, Fetched]:
        """The chunks of a range whose pack was freed meanwhile, from the packs that have them now."""
        ids = [chunk_id for _, chunks in wanted.blobs for chunk_id, _ in chunks]
        self._index.avoid(wanted.pack_no)
        places = {
            chunk_id: place
            for chunk_id, place in self._index.locate(ids).items()
            if not self._index.is_avoided(place.pack_no)
        }
        found: dict[bytes, Fetched] = {one: error for one in ids if one not in places}
        for other in _plan_ranges(places):
            found.update(self._read_range(other))
        return found

    def _open_blob(
        self, blob: Location, sealed: memoryview, chunks: list[tuple[bytes, Location]]
    ) -> dict[bytes, Fetched]:
        try:
            plain = self._blobs.open(blob, sealed)
        except StoreError as error:
            return {chunk_id: error for chunk_id, _ in chunks}
        found: dict[bytes, Fetched] = {}
        for chunk_id, place in chunks:
            try:
                found[chunk_id] = self._blobs.cut(self._chunk_key, chunk_id, place, plain)
            except StoreError as error:
                found[chunk_id] = error
        return found


def lost_chunk(chunk_id: bytes) -> DamagedError:
    """The error for a chunk that the index does not know."""
    return DamagedError(
        f"chunk {chunk_id.hex()} is in no pack that the index knows",
        hint="Run rebuild: it makes the index again from the packs.",
    )


def _hand_out(window: _Window) -> Iterator[tuple[int, Fetched | None]]:
    found: dict[bytes, Fetched] = dict(window.lost)
    for read in window.reads:
        found.update(read.result())
    for item, need in window.tokens:
        if not isinstance(need, Need):
            yield item, need
            continue
        chunk = found[need.chunk_id]
        if isinstance(chunk, StoreError):
            yield item, chunk
        elif need.length != len(chunk):
            yield item, DamagedError("a chunk is not as long as the list that names it says")
        elif need.begin == 0 and need.end == len(chunk):
            yield item, chunk
        else:
            yield item, chunk[need.begin : need.end]


def _plan_ranges(places: dict[bytes, Location]) -> list[_Range]:
    """Group chunks by blob, and blobs by neighbourhood."""
    ordered = sorted(places.items(), key=lambda item: item[1])
    ranges: list[_Range] = []
    for chunk_id, place in ordered:
        end = place.blob_offset + place.stored_bytes
        last = ranges[-1] if ranges else None
        if last is None or not _joins(last, place, end):
            last = _Range(place.pack_no, place.blob_offset, end)
            ranges.append(last)
        last.end = end
        if last.blobs and last.blobs[-1][0].position == place.position:
            last.blobs[-1][1].append((chunk_id, place))
        else:
            last.blobs.append((place, [(chunk_id, place)]))
    return ranges


def _joins(last: _Range, place: Location, end: int) -> bool:
    if place.pack_no != last.pack_no:
        return False
    same_blob = last.blobs[-1][0].position == place.position
    near = place.blob_offset - last.end <= GAP_BYTES and end - last.start <= RANGE_BYTES
    return same_blob or near


def _singly(wanted: _Range) -> Iterator[_Range]:
    for blob, chunks in wanted.blobs:
        end = blob.blob_offset + blob.stored_bytes
        yield _Range(wanted.pack_no, blob.blob_offset, end, [(blob, chunks)])
