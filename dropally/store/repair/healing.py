"""Bring a damaged object back, byte for byte, from wherever a good copy is."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from dropally.store.backend import Backend
from dropally.store.errors import DamagedError, ObjectNotFoundError, StoreError
from dropally.store.index import decode_generation
from dropally.store.pack import pack_key
from dropally.store.repair.parity import BLOCK_BYTES
from dropally.store.repair.sidecars import mend, sidecar_key
from dropally.store.repository import RepositoryCore
from dropally.store.repository.config import KEY as CONFIG_KEY
from dropally.store.repository.config import parse_config
from dropally.store.verify import PackChecker

SET_ASIDE_PREFIX = "damaged/"


class GoodCopy(NamedTuple):
    """An object's right bytes, and how people call where they came from."""

    data: bytes
    source: str


SECOND_LOOK = "a second look"


def find_pack(
    repository: RepositoryCore, name: bytes, replicas: Sequence[Backend]
) -> GoodCopy | None:
    """A pack's right bytes, from the nearest place that has them; None when none has.

    The right SHA-256 is not enough: a pack may have been wrong before it was named.
    """
    checker = PackChecker(repository)
    for data, source in _candidates(repository.backend, name, replicas):
        is_named_right = hashlib.sha256(data).digest() == name
        if is_named_right and checker.examine(name, data, None) is None:
            return GoodCopy(data, source)
    return None


def find_object(
    repository: RepositoryCore, key: str, replicas: Sequence[Backend]
) -> GoodCopy | None:
    """A small object's right bytes (config, key slot, segment, snapshot, point, note)."""
    for data, source in _copies(repository.backend, key, replicas):
        if _is_right(repository, key, data):
            return GoodCopy(data, source)
    return None


def put_back(backend: Backend, key: str, data: bytes) -> None:
    """Replace an object. The good bytes are in memory, and where they came from, if this is cut short."""
    backend.delete(key)
    backend.put_new(key, [data])


def set_aside(backend: Backend, name: bytes) -> None:
    """Move what is left of a pack to `damaged/`, for people to look at."""
    data = read(backend, pack_key(name))
    if data is not None:
        key = SET_ASIDE_PREFIX + name.hex()
        backend.delete(key)
        backend.put_new(key, [data])
    backend.delete(pack_key(name))


def read(backend: Backend, key: str) -> bytes | None:
    """An object's bytes, with zeros for what the disk cannot read; None when it is not there."""
    try:
        return backend.get(key)
    except ObjectNotFoundError:
        return None
    except DamagedError:
        return _read_in_pieces(backend, key)


def _read_in_pieces(backend: Backend, key: str) -> bytes | None:
    """Bad sectors are few: the blocks between them are worth having."""
    try:
        size = backend.stat(key).size_bytes
    except ObjectNotFoundError:
        return None
    pieces = []
    for at in range(0, size, BLOCK_BYTES):
        length = min(BLOCK_BYTES, size - at)
        try:
            pieces.append(backend.get(key, at, length))
        except (DamagedError, ObjectNotFoundError):
            pieces.append(bytes(length))
    return b"".join(pieces)


def _candidates(
    backend: Backend, name: bytes, replicas: Sequence[Backend]
) -> Iterator[tuple[bytes, str]]:
    yield from _copies(backend, pack_key(name), replicas)
    # Set aside by a run before; a disk that was wrong only for a while makes it right again.
    aside = read(backend, SET_ASIDE_PREFIX + name.hex())
    if aside is not None:
        yield aside, "what was set aside"
    sidecar = read(backend, sidecar_key(name))
    if sidecar is None:
        return
    for damaged in (read(backend, pack_key(name)), aside, b""):
        mended = None if damaged is None else _mended(damaged, sidecar)
        if mended is not None:
            yield mended, "parity"


def _mended(damaged: bytes, sidecar: bytes) -> bytes | None:
    try:
        return mend(damaged, sidecar)
    except StoreError:
        return None


def _copies(backend: Backend, key: str, replicas: Sequence[Backend]) -> Iterator[tuple[bytes, str]]:
    """The object itself first: it may have been read wrong before."""
    for place, source in ((backend, SECOND_LOOK), *((one, "a replica") for one in replicas)):
        data = read(place, key)
        if data is not None:
            yield data, source


def _is_right(repository: RepositoryCore, key: str, data: bytes) -> bool:
    prefix = key.partition("/")[0]
    checks: dict[str, Callable[[], object]] = {
        CONFIG_KEY: lambda: parse_config(data).check(repository.keyring),
        "snapshots": lambda: repository.snapshot_chain.decode(key, data),
        "points": lambda: repository.point_chain.decode(key, data),
        "condemned": lambda: decode_generation(repository.keyring, key, data),
        "lost": lambda: repository.lost_and_wanted.decode_lost(key, data),
        "wanted": lambda: repository.lost_and_wanted.decode_wanted(key, data),
        "erased": lambda: repository.erasures.decode_erased(key, data),
        "excluded": lambda: repository.erasures.decode_excluded(key, data),
    }
    if prefix in {"keys", "index"}:
        return hashlib.sha256(data).hexdigest().startswith(key.partition("/")[2])
    try:
        checks[prefix]()
    except (KeyError, StoreError):
        return False
    return True
