"""One pack at a time: its size, its hash, its chunks. Safe for threads; the work is native."""

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from dropally.store.backend import Backend
from dropally.store.codec import decompress, name_bytes
from dropally.store.content import ID_BYTES
from dropally.store.errors import DamagedError, ObjectNotFoundError, StoreError
from dropally.store.index import ChunkIndex
from dropally.store.keys import Keyring
from dropally.store.pack import (
    Directory,
    PackCipher,
    PackHeader,
    PackKind,
    decode_pack,
    pack_key,
)
from dropally.store.repository import RepositoryCore
from dropally.store.repository.metadata import metadata_key
from dropally.store.verify.findings import MISSING, Level, PackDamage


class _Run(NamedTuple):
    """One blob as it is to be checked; `ids` and `lengths` are empty when they are not known."""

    position: int
    offset: int
    stored_bytes: int
    codec: int
    plain_bytes: int
    ids: Sequence[bytes]
    lengths: Sequence[int]


class PackChecker:
    """Reads packs whole, hashes them, and opens them with the repository's keys."""

    def __init__(
        self, repository: RepositoryCore, on_good: Callable[[bytes, bytes], None] | None = None
    ) -> None:
        """`on_good` is handed the name and the bytes of each pack that `check` finds good."""
        self._on_good = on_good
        self._backend: Backend = repository.backend
        self._keyring: Keyring = repository.keyring
        self._index: ChunkIndex = repository.index
        self._names = {
            PackKind.DATA: repository.keyring.chunk_id_key,
            PackKind.TREE: metadata_key(repository.keyring),
        }

    def check(self, name: bytes, size_bytes: int, level: Level) -> PackDamage | None:
        """What is wrong with a pack, with the blobs concerned; None when nothing is.

        Raises what the backend raises when it cannot be asked.
        """
        data = _read(self._backend, name)
        if isinstance(data, PackDamage):
            return data
        damage = _check_bytes(name, size_bytes, data)
        if damage is not None or level is Level.CHUNKS:
            damage = self.examine(name, data, damage)
        if damage is None and self._on_good is not None:
            self._on_good(name, data)
        return damage

    def examine(self, name: bytes, data: bytes, known: PackDamage | None) -> PackDamage | None:
        """Open every blob of a pack's bytes; `known` is the damage that is certain already."""
        try:
            header, directory = decode_pack(data, self._keyring)
            self._compare_with_index(name, directory)
            runs = _own_runs(directory)
        except StoreError as error:  # a changed header may also claim a version that never was
            known = known or PackDamage(name, error.message)
            pack = self._index.find_pack(name)
            if pack is None:
                return known
            header, runs = pack.header, self._indexed_runs(name)
        bad = self._open_all(header, runs, memoryview(data))
        if bad and known is None:
            known = PackDamage(name, f"{len(bad)} of its {len(runs)} runs of chunks do not open")
        return known and PackDamage(name, known.why, frozenset(bad))

    def _open_all(self, header: PackHeader, runs: Sequence[_Run], data: memoryview) -> set[int]:
        cipher = PackCipher(header, self._keyring)
        key = self._names[header.kind]
        bad: set[int] = set()
        for run in runs:
            sealed = data[run.offset : run.offset + run.stored_bytes]
            try:
                plain = decompress(run.codec, cipher.open(run.position, sealed), run.plain_bytes)
            except StoreError:
                bad.add(run.position)
                continue
            if not _ids_are_right(key, run, memoryview(plain)):
                bad.add(run.position)
        return bad

    def _compare_with_index(self, name: bytes, directory: Directory) -> None:
        """The index says where to read: what it says must be what the pack says."""
        indexed = self._index.blobs_of(name)
        own = [
            (blob.offset, blob.stored_bytes, blob.codec, blob.plain_bytes)
            for blob in directory.blobs()
        ]
        if indexed and indexed != own:
            raise DamagedError("the index does not say of it what it says of itself")

    def _indexed_runs(self, name: bytes) -> list[_Run]:
        return [
            _Run(position, *blob, (), ())
            for position, blob in enumerate(self._index.blobs_of(name))
        ]


def _read(backend: Backend, name: bytes) -> bytes | PackDamage:
    try:
        return backend.get(pack_key(name))
    except ObjectNotFoundError:
        return PackDamage(name, MISSING)
    except DamagedError as error:
        return PackDamage(name, f"it cannot be read: {error.message}")


def _check_bytes(name: bytes, size_bytes: int, data: bytes) -> PackDamage | None:
    if len(data) != size_bytes:
        return PackDamage(name, f"it has {len(data)} bytes instead of {size_bytes}")
    if hashlib.sha256(data).digest() != name:
        return PackDamage(name, "its bytes were changed")
    return None


def _own_runs(directory: Directory) -> list[_Run]:
    ids, lengths = directory.ids(), directory.lengths()
    runs = []
    for blob in directory.blobs():
        chunks = slice(blob.first_chunk, blob.first_chunk + blob.chunk_count)
        runs.append(
            _Run(
                blob.position,
                blob.offset,
                blob.stored_bytes,
                blob.codec,
                blob.plain_bytes,
                ids[chunks],
                lengths[chunks],
            )
        )
    return runs


def _ids_are_right(key: bytes, run: _Run, plain: memoryview) -> bool:
    at = 0
    for chunk_id, length in zip(run.ids, run.lengths, strict=True):
        if len(chunk_id) != ID_BYTES or name_bytes(key, plain[at : at + length]) != chunk_id:
            return False
        at += length
    return True
