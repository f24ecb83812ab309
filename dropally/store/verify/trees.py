"""Walk the trees of snapshots: every page opens, every chunk named is in a pack that is whole."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from dropally.store.content import (
    MAX_DEPTH,
    Content,
    decode_list,
    direct_ids,
    unpack_entries,
)
from dropally.store.entry import Entry, decode_entry
from dropally.store.errors import DamagedError, StoreError
from dropally.store.index import PREFIX_BYTES, ChunkIndex
from dropally.store.repository import MetadataReader, RepositoryCore
from dropally.store.snapshot import Point, Snapshot
from dropally.store.tree import PageId
from dropally.store.tree.pages import Page, Reference, child_reference, load_child, load_page
from dropally.store.verify.findings import DamagedItem

_REMEMBERED = 2_000_000


class _Lost(NamedTuple):
    """Something below a tree that cannot be read: a path, or a stretch of them."""

    path: bytes
    last_path: bytes
    why: str


class TreeWalk:
    """Walks trees, each page once in its life; `damaged` holds first halves of ids of lost chunks."""

    def __init__(
        self,
        repository: RepositoryCore,
        damaged: frozenset[bytes] = frozenset(),
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """`check` is called now and then; what it raises ends the walk."""
        # A reader of its own: what another has in memory may be damaged on the backend by now.
        self._metadata = MetadataReader(repository.keyring, repository.index, repository.blobs)
        self._index: ChunkIndex = repository.index
        self._damaged = damaged
        self._check = check
        self._seen: set[bytes] = set()
        self._whole_lists: set[bytes] = set()

    def forget(self) -> None:
        """Walk pages again that were met already."""
        self._seen.clear()
        self._whole_lists.clear()

    def snapshot(self, snapshot: Snapshot, *, is_current: bool) -> Iterator[DamagedItem]:
        """What of a snapshot cannot be read, but for pages that an earlier walk met."""
        for lost in self._walk_root(snapshot.root, self._check_entries):
            yield DamagedItem(
                snapshot.source,
                snapshot.id,
                lost.path.decode(errors="replace"),
                lost.why,
                is_current,
                lost.last_path.decode(errors="replace"),
            )

    def point(self, point: Point) -> Iterator[DamagedItem]:
        """What of a restore point's map, and of what it carries, cannot be read."""
        for lost in self._walk_root(point.root, lambda page: iter(())):
            yield DamagedItem("", point.id, "", lost.why)
        if point.about is not None and (why := self._why_not(point.about)):
            yield DamagedItem("", point.id, "", why)

    def _walk_root(
        self, root: PageId | None, look: Callable[[Page], Iterator[_Lost]]
    ) -> Iterator[_Lost]:
        if root is None or not self._is_new(root):
            return
        try:
            page = load_page(self._metadata, root)
        except StoreError as error:
            self._seen.discard(root[:PREFIX_BYTES])
            yield _Lost(b"", b"\xff", _word(error))
            return
        yield from self._walk(page, None, look)

    def _walk(
        self, page: Page, low: bytes | None, look: Callable[[Page], Iterator[_Lost]]
    ) -> Iterator[_Lost]:
        self._check()
        if page.level == 0:
            yield from look(page)
            return
        for index, last_key in enumerate(page.keys):
            reference = child_reference(page, index)
            if self._is_new(reference.page_id):
                yield from self._walk_child(reference, page.level - 1, low, look)
            low = last_key

    def _walk_child(
        self,
        reference: Reference,
        level: int,
        low: bytes | None,
        look: Callable[[Page], Iterator[_Lost]],
    ) -> Iterator[_Lost]:
        try:
            page = load_child(self._metadata, reference, level, low)
        except StoreError as error:
            self._seen.discard(reference.page_id[:PREFIX_BYTES])
            yield _Lost(low or b"", reference.last_key or b"", _word(error))
            return
        yield from self._walk(page, low, look)

    def _is_new(self, page_id: bytes) -> bool:
        short = page_id[:PREFIX_BYTES]
        if short in self._seen:
            return False
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()  # pages are then walked again: slower, and as right
        self._seen.add(short)
        return True

    def _check_entries(self, page: Page) -> Iterator[_Lost]:
        entries: list[tuple[bytes, list[Content]]] = []
        for key, value in zip(page.keys, page.values, strict=True):
            try:
                entries.append((key, _contents(decode_entry(value))))
            except StoreError as error:
                yield _Lost(key, b"", error.message)
        # One question for the whole page, which is answered with yes nearly always.
        if self._are_whole([content for _, held in entries for content in held]):
            return
        for key, held in entries:
            if why := next(filter(None, map(self._why_not, held)), ""):
                yield _Lost(key, b"", why)

    def _are_whole(self, contents: Sequence[Content]) -> bool:
        try:
            ids = [one for content in contents if not content.depth for one in direct_ids(content)]
        except DamagedError:
            return False
        return not self._why_not_chunks(ids) and not any(
            self._why_not(content) for content in contents if content.depth
        )

    def _why_not(self, content: Content) -> str:
        """Why a content cannot be read; "" when it can."""
        try:
            if content.depth == 0:
                return self._why_not_chunks(direct_ids(content))
            if content.depth > MAX_DEPTH:
                return f"its lists nest {content.depth} deep"
            ids = [entry.id for entry in unpack_entries(content.chunks)]
            return self._why_not_lists(ids, content.depth)
        except StoreError as error:
            return _word(error)

    def _why_not_lists(self, ids: Sequence[bytes], depth: int) -> str:
        if depth == 0:
            return self._why_not_chunks(ids)
        for list_id in ids:
            if list_id in self._whole_lists:
                continue
            below = [entry.id for entry in decode_list(self._metadata.load(list_id))]
            if why := self._why_not_lists(below, depth - 1):
                return why
            if len(self._whole_lists) >= _REMEMBERED:
                self._whole_lists.clear()
            self._whole_lists.add(list_id)
        return ""

    def _why_not_chunks(self, ids: Sequence[bytes]) -> str:
        known = self._index.contains(ids)
        missing = [chunk_id for chunk_id in ids if chunk_id not in known]
        # A pack that is about to go is absent for writers, but not yet for readers.
        if missing and len(self._index.locate(missing)) < len(set(missing)):
            return f"{len(missing)} of its chunks are in no pack"
        if self._damaged and any(chunk_id[:PREFIX_BYTES] in self._damaged for chunk_id in ids):
            return "chunks of it are damaged"
        return ""


def _contents(entry: Entry) -> list[Content]:
    held = [] if entry.content is None else [entry.content]
    return held if entry.export is None else [*held, *entry.export.formats.values()]


def _word(error: StoreError) -> str:
    """What is wrong, for damage; anything else (no answer, no right to read) ends the walk."""
    if not isinstance(error, DamagedError):
        if error.retryable:
            raise error
        return error.message
    return str(error)
