"""From a location in the index to plain bytes that are what they claim to be."""

from collections.abc import Callable

from dropally.store.backend import Backend, BytesLike
from dropally.store.codec import decompress, name_bytes
from dropally.store.errors import DamagedError, MissingPackError, ObjectNotFoundError, StoreError
from dropally.store.index import Location, PackInfo
from dropally.store.keys import Keyring
from dropally.store.pack import PackOpener, pack_key


class BlobReader:
    """Fetches and opens blobs. Safe for threads."""

    def __init__(self, backend: Backend, keyring: Keyring, pack: Callable[[int], PackInfo]) -> None:
        self._backend = backend
        self._opener = PackOpener(keyring)
        self._pack = pack

    def read(self, location: Location) -> bytes:
        """The plain blob that a location lies in, with one ranged read."""
        sealed = self.fetch(location.pack_no, location.blob_offset, location.stored_bytes)
        return self.open(location, sealed)

    def fetch(self, pack_no: int, offset: int, length: int) -> bytes:
        """Sealed bytes of a pack. Raises `MissingPackError` when it is not there."""
        name = self._pack(pack_no).name
        try:
            return self._backend.get(pack_key(name), offset, length)
        except ObjectNotFoundError as error:
            raise MissingPackError(
                "a pack is missing from the repository",
                hint="Run verify; bring the pack back from a replica if there is one.",
                pack=name.hex(),
            ) from error
        except DamagedError as error:
            raise error.about(pack=name.hex()) from error

    def open(self, location: Location, sealed: BytesLike) -> bytes:
        """Decrypt and decompress one blob. Raises `DamagedError`, naming the pack."""
        info = self._pack(location.pack_no)
        try:
            run = self._opener.open(info.header, location.position, sealed)
            return decompress(location.codec, run, location.plain_bytes)
        except StoreError as error:
            raise _damaged(error, info) from error

    def cut(self, key: bytes, chunk_id: bytes, location: Location, plain: bytes) -> bytes:
        """A chunk out of its plain blob, once its id was computed anew and is right."""
        chunk = plain[location.offset : location.offset + location.length]
        if name_bytes(key, chunk) != chunk_id:
            error = DamagedError("a chunk's bytes do not give its id")
            raise _damaged(error, self._pack(location.pack_no)) from None
        return chunk


def _damaged(error: StoreError, info: PackInfo) -> DamagedError:
    return DamagedError(
        error.message,
        hint=error.hint or "Run verify; bring the pack back from a replica if there is one.",
        pack=info.name.hex(),
    )
