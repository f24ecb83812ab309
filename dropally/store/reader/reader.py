"""The reader: what callers see of reading."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import TypeVar

from dropally.store.content import Content, direct_ids, unpack_entries
from dropally.store.errors import DamagedError, StoreError
from dropally.store.index import Location
from dropally.store.reader.fetching import Fetched, Fetcher, Token, lost_chunk
from dropally.store.reader.need import clip, needs_of
from dropally.store.reader.treeview import TreeView
from dropally.store.repository import RepositoryCore
from dropally.store.tree import PageId

BATCH_ITEMS = 20_000
"""So many contents at a time are put in the order of the packs."""

T = TypeVar("T")


class Reader:
    """Reads contents and trees. Threads may share it; use it in a `with` statement, or `close`."""

    def __init__(self, repository: RepositoryCore, *, memory_limit: int, threads: int) -> None:
        self._index = repository.index
        self._metadata = repository.metadata
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="store-reader")
        self._fetcher = Fetcher(
            repository.index,
            repository.blobs,
            repository.keyring.chunk_id_key,
            self._executor,
            # Two windows are held at once, each as sealed ranges and as plain chunks.
            max(memory_limit // 8, 1 << 20),
        )

    def __enter__(self) -> "Reader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the threads."""
        self._executor.shutdown(cancel_futures=True)

    def tree(self, root: PageId | None) -> TreeView:
        """The tree under a root, read as entries."""
        return TreeView(self._metadata, root)

    def read(self, content: Content, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of a content, or a range of them, in pieces; every chunk is checked.

        Raises `ValueError` for an offset outside, `DamagedError`, naming the pack, for wrong bytes.
        """
        begin, end = clip(content, offset, length)
        for _, fetched in self._fetcher.run(self._tokens(0, content, begin, end)):
            if isinstance(fetched, StoreError):
                raise fetched
            if fetched:
                yield fetched

    def read_many(self, items: Iterable[tuple[T, Content]]) -> Iterator[tuple[T, Iterator[bytes]]]:
        """Many contents, in the order in which they lie in packs; each one's pieces.

        The pieces are to be taken before the next item is asked for; what is left of them then is
        passed over. An item that cannot be read raises from its own pieces, and the next goes on.
        """
        remaining = iter(items)
        while batch := list(islice(remaining, BATCH_ITEMS)):
            yield from self._read_batch(batch)

    def _read_batch(
        self, batch: Sequence[tuple[T, Content]]
    ) -> Iterator[tuple[T, Iterator[bytes]]]:
        order = self._pack_order([content for _, content in batch])
        tokens = (
            token
            for number in order
            for token in self._tokens(number, batch[number][1], 0, batch[number][1].size_bytes)
        )
        fetched = self._fetcher.run(tokens)
        for number in order:
            pieces = _pieces(fetched)
            yield batch[number][0], pieces
            _drain(pieces)

    def _pack_order(self, contents: Sequence[Content]) -> list[int]:
        firsts = [_first_id(content) for content in contents]
        places = self._index.locate([first for first in set(firsts) if first])
        nowhere = Location(0, 0, 0, 0, 0, 0, 0, 0)
        return sorted(range(len(contents)), key=lambda number: places.get(firsts[number], nowhere))

    def _tokens(self, item: int, content: Content, begin: int, end: int) -> Iterator[Token]:
        try:
            for need in needs_of(
                content, begin, end, load_list=self._metadata.load, locate=self._locate
            ):
                yield Token(item, need)
        except StoreError as error:
            yield Token(item, error)
        yield Token(item, None)

    def _locate(self, ids: Sequence[bytes]) -> dict[bytes, Location]:
        places = self._index.locate(ids)
        for chunk_id in ids:
            if chunk_id not in places:
                raise lost_chunk(chunk_id)
        return places


def _pieces(fetched: Iterator[tuple[int, Fetched | None]]) -> Iterator[bytes]:
    """The pieces of one item, up to its end; the item is consumed even when it is in error."""
    error: StoreError | None = None
    for _, piece in fetched:
        if piece is None:
            break
        if isinstance(piece, StoreError):
            error = error or piece
        elif piece and error is None:
            yield piece
    if error is not None:
        raise error


def _drain(pieces: Iterator[bytes]) -> None:
    """Pass over what the caller left of an item; its errors were the caller's to see."""
    try:
        for _ in pieces:
            pass
    except StoreError:
        return


def _first_id(content: Content) -> bytes:
    """The first chunk or list, as a hint at where a content lies; b"" when there is none."""
    try:
        if content.depth:
            return unpack_entries(content.chunks)[0].id
        return direct_ids(content)[0]
    except (DamagedError, IndexError):
        return b""
