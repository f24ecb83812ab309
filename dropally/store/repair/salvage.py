"""Give up a pack: what still opens moves to a new pack, what does not is noted as lost."""

from typing import NamedTuple

from dropally.store.backend import Backend
from dropally.store.codec import decompress, name_bytes
from dropally.store.content import ID_BYTES
from dropally.store.errors import AlreadyExistsError, StoreError
from dropally.store.index import IndexedPack
from dropally.store.pack import (
    PackBuilder,
    PackCipher,
    PackHeader,
    PackKind,
    SealedPack,
    pack_key,
)
from dropally.store.prune.deleting import unindex
from dropally.store.repair.healing import read, set_aside
from dropally.store.repository import RepositoryCore
from dropally.store.repository.metadata import metadata_key
from dropally.store.snapshot import LostPack

# Sealed anew a pack is no longer than before, but for the padding of its directory.
_SPARE_BYTES = 1024 * 1024


class Salvaged(NamedTuple):
    """What came of a pack: how many chunks were saved, and the ids of those that were not."""

    saved: int
    lost: tuple[bytes, ...]


def salvage(repository: RepositoryCore, name: bytes, why: str) -> Salvaged:
    """Save what opens, note the rest as lost, set the pack aside, and take it out of the index.

    Each step leaves everything readable that was readable before: the new pack is indexed before
    the old one goes, and what is lost is noted before a writer could take it for stored.
    Raises `StoreError` when no segment knows the pack, and what the backend raises.
    """
    index = repository.index
    indexed = index.indexed_pack(name)
    if indexed is None:
        set_aside(repository.backend, name)
        return Salvaged(0, ())
    data = read(repository.backend, pack_key(name)) or b""
    saved, lost = _sort_out(repository, indexed, data)
    lost = _not_elsewhere(repository, name, lost)
    backend = repository.backend
    if lost:
        note = LostPack(name=name, why=why, at=repository.clock(), chunks=b"".join(lost))
        repository.lost_and_wanted.note_lost(note)
        index.distrust_records()
    if saved is not None:
        _put(backend, saved)
        index.add_packs(
            [IndexedPack(saved.name, saved.size_bytes, saved.header.encode(), saved.directory)]
        )
    unindex(index, [name], lambda: None)
    set_aside(backend, name)
    count = 0 if saved is None else len(saved.directory.chunk_ids) // ID_BYTES
    return Salvaged(count, tuple(lost))


def _sort_out(
    repository: RepositoryCore, indexed: IndexedPack, data: bytes
) -> tuple[SealedPack | None, list[bytes]]:
    """A new pack with every run that opens and is right; the ids of the chunks of the others."""
    header, directory = PackHeader.decode(indexed.header), indexed.directory
    buffer = memoryview(bytearray(indexed.size_bytes + _SPARE_BYTES))
    builder = PackBuilder(header.kind, repository.keyring, buffer, len(buffer))
    cipher = PackCipher(header, repository.keyring)
    key = _name_key(repository, header.kind)
    ids, lengths = directory.ids(), directory.lengths()
    lost: list[bytes] = []
    for blob in directory.blobs():
        chunks = slice(blob.first_chunk, blob.first_chunk + blob.chunk_count)
        sealed = memoryview(data)[blob.offset : blob.offset + blob.stored_bytes]
        try:
            run = cipher.open(blob.position, sealed)
            plain = decompress(blob.codec, run, blob.plain_bytes)
        except StoreError:
            lost += ids[chunks]
            continue
        if _are_right(key, plain, ids[chunks], list(lengths[chunks])):
            builder.add(blob.codec, run, ids[chunks], list(lengths[chunks]))
        else:
            lost += ids[chunks]
    # Also those of contents that lost a chunk: while something is lost, no record is believed.
    builder.add_records(directory.records)
    return (None if builder.empty else builder.finish()), lost


def _are_right(key: bytes, plain: bytes, ids: list[bytes], lengths: list[int]) -> bool:
    at = 0
    for chunk_id, length in zip(ids, lengths, strict=True):
        if name_bytes(key, plain[at : at + length]) != chunk_id:
            return False
        at += length
    return True


def _not_elsewhere(repository: RepositoryCore, name: bytes, lost: list[bytes]) -> list[bytes]:
    """Without the chunks that another pack holds too."""
    own = set(repository.index.pack_numbers([name]).values())
    holders = repository.index.holders(lost)
    return [chunk_id for chunk_id in lost if not set(holders[chunk_id]) - own]


def _name_key(repository: RepositoryCore, kind: PackKind) -> bytes:
    if kind is PackKind.DATA:
        return repository.keyring.chunk_id_key
    return metadata_key(repository.keyring)


def _put(backend: Backend, sealed: SealedPack) -> None:
    try:
        backend.put_new(pack_key(sealed.name), sealed.parts)
    except AlreadyExistsError:
        return  # fresh salts make no two packs alike: our own put, whose answer was lost
