"""Find packs that no segment names, and take them in; find packs that segments name in vain."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dropally.store.backend import Backend, ObjectStat
from dropally.store.content import ID_BYTES
from dropally.store.errors import DamagedError, NewerFormatError, ObjectNotFoundError, StoreError
from dropally.store.index.index import ChunkIndex
from dropally.store.index.segment import IndexedPack
from dropally.store.keys import Keyring
from dropally.store.pack import pack_key, read_directory

PREFIX = "packs/"


@dataclass(frozen=True, slots=True)
class Adoption:
    """What a look at all packs brought: names of packs taken in, missing, and unreadable."""

    adopted: list[bytes] = field(default_factory=list)
    missing: list[bytes] = field(default_factory=list)
    damaged: list[StoreError] = field(default_factory=list)


def list_packs(backend: Backend) -> Iterator[tuple[bytes, int]]:
    """Names and sizes in bytes of all packs on the backend, sorted by name."""
    return ((name, stat.size_bytes) for name, stat in list_pack_stats(backend))


def list_pack_stats(backend: Backend) -> Iterator[tuple[bytes, ObjectStat]]:
    """Names of all packs on the backend, sorted, with what the backend says of them."""
    for stat in backend.list(PREFIX):
        name = _name_of(stat.key)
        if name is not None:
            yield name, stat


def adopt_packs(backend: Backend, keyring: Keyring, index: ChunkIndex) -> Adoption:
    """Index the packs that a stopped writer left (or a lost segment named).

    One listing when there are none. A pack that cannot be read is reported and left alone; so is
    one that is condemned: its entries were removed on purpose.
    """
    missing: set[bytes] = set()
    orphans: list[tuple[bytes, int]] = []
    for name, size in _compare(list_packs(backend), index.pack_names()):
        if size is None:
            missing.add(name)
        elif name not in index.condemned:
            orphans.append((name, size))
    missing -= index.condemned
    index.note_missing(missing)
    found, damaged = _read_directories(backend, keyring, orphans)
    index.add_packs(found)
    if damaged:
        index.distrust_records()
    return Adoption([pack.name for pack in found], sorted(missing), damaged)


def _compare(
    present: Iterator[tuple[bytes, int]], indexed: Iterator[bytes]
) -> Iterator[tuple[bytes, int | None]]:
    """What only one side has, with its size when it is there: both sides pass by once, sorted."""
    name = next(indexed, None)
    for found, size in present:
        while name is not None and name < found:
            yield name, None
            name = next(indexed, None)
        if name == found:
            name = next(indexed, None)
        else:
            yield found, size
    while name is not None:
        yield name, None
        name = next(indexed, None)


def _read_directories(
    backend: Backend, keyring: Keyring, orphans: list[tuple[bytes, int]]
) -> tuple[list[IndexedPack], list[StoreError]]:
    found: list[IndexedPack] = []
    damaged: list[StoreError] = []
    for name, size in orphans:
        try:
            header, directory = read_directory(backend, name, size, keyring)
        except ObjectNotFoundError:
            continue  # deleted since it was listed
        except (DamagedError, NewerFormatError) as error:
            damaged.append(error)
            continue
        found.append(IndexedPack(name, size, header.encode(), directory))
    return found, damaged


def _name_of(key: str) -> bytes | None:
    """The name of the pack at a key; None for what is no pack of ours."""
    try:
        name = bytes.fromhex(key.rpartition("/")[2])
    except ValueError:
        return None
    return name if len(name) == ID_BYTES and pack_key(name) == key else None
