"""Find packs that no segment names, and take them in; find packs that segments name in vain."""

from dataclasses import dataclass, field

from dropally.store.backend import Backend
from dropally.store.content import ID_BYTES
from dropally.store.errors import DamagedError, NewerFormatError, ObjectNotFoundError, StoreError
from dropally.store.index.index import ChunkIndex
from dropally.store.index.segment import IndexedPack
from dropally.store.keys import Keyring
from dropally.store.pack import read_directory

PREFIX = "packs/"


@dataclass(frozen=True, slots=True)
class Adoption:
    """What a look at all packs brought: names of packs taken in, missing, and unreadable."""

    adopted: list[bytes] = field(default_factory=list)
    missing: list[bytes] = field(default_factory=list)
    damaged: list[StoreError] = field(default_factory=list)


def list_packs(backend: Backend) -> dict[bytes, int]:
    """Names and sizes in bytes of all packs on the backend."""
    packs: dict[bytes, int] = {}
    for stat in backend.list(PREFIX):
        name = stat.key.rpartition("/")[2]
        try:
            digest = bytes.fromhex(name)
        except ValueError:
            continue  # not ours
        if len(digest) == ID_BYTES:
            packs[digest] = stat.size_bytes
    return packs


def adopt_packs(backend: Backend, keyring: Keyring, index: ChunkIndex) -> Adoption:
    """Index the packs that a stopped writer left (or a lost segment named).

    One listing when there are none. A pack that cannot be read is reported and left alone.
    """
    present = list_packs(backend)
    indexed = index.packs()
    missing = sorted(name for name in indexed if name not in present)
    index.note_missing(set(missing))
    found: list[IndexedPack] = []
    damaged: list[StoreError] = []
    for name in sorted(set(present) - set(indexed)):
        try:
            header, directory = read_directory(backend, name, present[name], keyring)
        except ObjectNotFoundError:
            continue  # deleted since it was listed
        except (DamagedError, NewerFormatError) as error:
            damaged.append(error)
            continue
        found.append(IndexedPack(name, present[name], header.encode(), directory))
    index.add_packs(found)
    if damaged:
        index.distrust_records()
    return Adoption([pack.name for pack in found], missing, damaged)
