"""Tree pages on their way in: saved through the pipeline, loaded from the repository."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from dropally.store.codec import name_bytes
from dropally.store.pack import PackKind
from dropally.store.repository import MetadataReader
from dropally.store.tree import PageId
from dropally.store.writer.intake import Intake

RECENT_BYTES = 8 * 1024 * 1024


class PageWriter:
    """A page store over a writer. Safe for threads."""

    def __init__(
        self,
        key: bytes,
        intake: Intake,
        metadata: MetadataReader,
        pending: set[bytes],
        *,
        settle: Callable[[], None],
    ) -> None:
        """`settle` waits until all that is `pending` can be read."""
        self._key = key
        self._intake = intake
        self._metadata = metadata
        self._pending = pending
        self._recent: OrderedDict[bytes, bytes] = OrderedDict()
        self._recent_bytes = 0
        self._lock = threading.Lock()
        self._settle = settle

    def save_page(self, page: bytes) -> PageId:
        """Store a page, unless it is there; its id."""
        page_id = name_bytes(self._key, page)
        self._intake.store(PackKind.TREE, [page_id], [page])
        with self._lock:
            if page_id not in self._recent:
                self._recent[page_id] = page
                self._recent_bytes += len(page)
            while self._recent_bytes > RECENT_BYTES:
                self._recent_bytes -= len(self._recent.popitem(last=False)[1])
        return PageId(page_id)

    def load_page(self, page_id: PageId) -> bytes:
        """A page, be it stored long ago or a moment ago. Raises `DamagedError`."""
        with self._lock:
            recent = self._recent.get(page_id)
        if recent is not None:
            return recent
        if page_id in self._pending:
            self._settle()
        return self._metadata.load_page(page_id)
