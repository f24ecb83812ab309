"""Read tree pages and chunk lists, keeping the blobs used last.

Neighbouring pages lie in one blob, so one fetch usually serves the next pages too.
"""

import threading
from collections import OrderedDict

from dropally.store.codec import name_bytes
from dropally.store.errors import DamagedError, MissingPackError
from dropally.store.index import ChunkIndex, Location
from dropally.store.keys import Keyring
from dropally.store.repository.blobs import BlobReader
from dropally.store.tree import PageId

CACHE_BYTES = 24 * 1024 * 1024
_DOMAIN = b"dropally tree pages and chunk lists"
_BOUNDARY_DOMAIN = b"dropally tree page boundaries"


def metadata_key(keyring: Keyring) -> bytes:
    """The key that names pages and lists: never a data chunk's, so neither passes for the other."""
    return name_bytes(keyring.chunk_id_key, _DOMAIN)


def boundary_key(keyring: Keyring) -> bytes:
    """The key that says where tree pages end."""
    return name_bytes(keyring.chunk_id_key, _BOUNDARY_DOMAIN)


class MetadataReader:
    """A read-only page store over the repository. Safe for threads."""

    def __init__(self, keyring: Keyring, index: ChunkIndex, blobs: BlobReader) -> None:
        self._key = metadata_key(keyring)
        self._index = index
        self._blobs = blobs
        self._cached: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._cached_bytes = 0
        self._lock = threading.Lock()

    def load_page(self, page_id: PageId) -> bytes:
        """A page's plain bytes, checked against its id. Raises `DamagedError`."""
        return self.load(page_id)

    def save_page(self, page: bytes) -> PageId:
        """Never: whoever only reads does not write pages."""
        raise TypeError("pages are saved by a writer")

    def load(self, item_id: bytes) -> bytes:
        """A page or list by id, checked against it. Raises `DamagedError`.

        When its pack was freed meanwhile, another that has it is looked for.
        """
        while True:
            location = self._located(item_id)
            try:
                return self._blobs.cut(self._key, item_id, location, self._blob(location))
            except MissingPackError:
                if self._index.is_avoided(location.pack_no):
                    raise
                self._index.avoid(location.pack_no)

    def _located(self, item_id: bytes) -> Location:
        location = self._index.locate([item_id]).get(item_id)
        if location is None:
            raise DamagedError(
                f"tree page {item_id.hex()} is in no pack that the index knows",
                hint="Run rebuild: it makes the index again from the packs.",
            )
        return location

    def _blob(self, location: Location) -> bytes:
        place = (location.pack_no, location.position)
        with self._lock:
            blob = self._cached.get(place)
            if blob is not None:
                self._cached.move_to_end(place)
                return blob
        blob = self._blobs.read(location)
        with self._lock:
            if place not in self._cached:
                self._cached[place] = blob
                self._cached_bytes += len(blob)
            while self._cached_bytes > CACHE_BYTES:
                self._cached_bytes -= len(self._cached.popitem(last=False)[1])
        return blob
