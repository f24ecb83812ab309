"""What is known to be lost, and what is to be fetched again from the source.

    lost/<sha256 of the pack>      a pack that was given up: which of its chunks are lost
    wanted/<source>/<random>       paths of a source whose content is lost, for its next backup

While there is an object below `lost/`, no content is taken for stored before all its chunks are
found in the index: a record in another pack may name a chunk that is lost.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec

from dropally.store.backend import Backend
from dropally.store.content import ID_BYTES
from dropally.store.errors import (
    DamagedError,
    NewerFormatError,
    ObjectNotFoundError,
    StoreError,
)
from dropally.store.keys import Keyring
from dropally.store.snapshot.chain import escape, unescape

LOST_PREFIX = "lost/"
WANTED_PREFIX = "wanted/"
_PATHS_AT_ONCE = 50_000

T = TypeVar("T")


class LostPack(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that was given up. `chunks`: the ids of the lost ones, one behind the other."""

    name: bytes
    why: str
    at: datetime
    chunks: bytes

    def ids(self) -> list[bytes]:
        """The lost chunks' ids."""
        return [self.chunks[at : at + ID_BYTES] for at in range(0, len(self.chunks), ID_BYTES)]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Paths (as the source keys them) to be fetched again; `everything`: the whole source."""

    source: str
    paths: list[str]
    everything: bool = False


class WantedOfSource(NamedTuple):
    """All that a source's next backup is to fetch again. `keys` name the wishes, to settle them."""

    paths: frozenset[str]
    everything: bool
    keys: tuple[str, ...]


class LostAndWanted:
    """Reads and writes both kinds of objects."""

    def __init__(self, backend: Backend, keyring: Keyring) -> None:
        self._backend = backend
        self._lost = keyring.sealer("lost")
        self._wanted = keyring.sealer("wanted")

    def note_lost(self, lost: LostPack) -> None:
        """Write it, in place of what was noted of the same pack before."""
        key = _lost_key(lost.name)
        self._backend.delete(key)
        self._backend.put_new(key, [self._lost.seal(key, msgspec.msgpack.encode(lost))])

    def lost_packs(self, damage: Callable[[StoreError], None] | None = None) -> list[LostPack]:
        """Every pack that was given up.

        A note that cannot be read raises `DamagedError`, or is told to `damage` and passed over.
        """
        found = []
        for stat in self._backend.list(LOST_PREFIX):
            try:
                found.append(self.decode_lost(stat.key, self._backend.get(stat.key)))
            except (DamagedError, NewerFormatError) as error:
                if damage is None:
                    raise
                damage(error)
        return found

    def has_lost(self) -> bool:
        """Whether any pack was given up and is not settled yet, readable or not."""
        return next(self._backend.list(LOST_PREFIX), None) is not None

    def decode_lost(self, key: str, sealed: bytes) -> LostPack:
        """What an object below `lost/` says. Raises `DamagedError`."""
        return _decoded(self._lost.open(key, sealed), LostPack, key)

    def decode_wanted(self, key: str, sealed: bytes) -> Wanted:
        """What an object below `wanted/` says. Raises `DamagedError`."""
        return _decoded(self._wanted.open(key, sealed), Wanted, key)

    def forget_lost(self, name: bytes) -> None:
        """Its chunks are all there again."""
        self._backend.delete(_lost_key(name))

    def want(self, source: str, paths: Sequence[str], *, everything: bool = False) -> None:
        """Ask the next backup of a source to fetch these again."""
        for start in range(0, max(1, len(paths)), _PATHS_AT_ONCE):
            some = list(paths[start : start + _PATHS_AT_ONCE])
            key = f"{WANTED_PREFIX}{escape(source)}/{os.urandom(8).hex()}"
            wanted = Wanted(source=source, paths=some, everything=everything)
            self._backend.put_new(key, [self._wanted.seal(key, msgspec.msgpack.encode(wanted))])

    def wanted(self) -> dict[str, WantedOfSource]:
        """What is wanted, by source. One listing when nothing is.

        A wish that cannot be read stands for its whole source.
        """
        found: dict[str, WantedOfSource] = {}
        for key, wish in self._wishes():
            before = found.get(wish.source, WantedOfSource(frozenset(), False, ()))
            found[wish.source] = WantedOfSource(
                before.paths | frozenset(wish.paths),
                before.everything or wish.everything,
                (*before.keys, key),
            )
        return found

    def settle(self, wanted: WantedOfSource) -> None:
        """A backup of the source honoured these wishes."""
        for key in wanted.keys:
            self._backend.delete(key)

    def forget_paths(self, source: str, is_gone: Callable[[str], bool]) -> None:
        """Take these paths out of what is wanted of a source: they were erased for good."""
        for key, wish in list(self._wishes()):
            kept = [path for path in wish.paths if not is_gone(path)]
            if wish.source != source or len(kept) == len(wish.paths):
                continue
            if kept or wish.everything:
                self.want(source, kept, everything=wish.everything)
            self._backend.delete(key)

    def _wishes(self) -> Iterator[tuple[str, Wanted]]:
        for stat in self._backend.list(WANTED_PREFIX):
            try:
                yield stat.key, self.decode_wanted(stat.key, self._backend.get(stat.key))
            except ObjectNotFoundError:
                continue  # settled since it was listed
            except StoreError as error:
                if error.retryable:
                    raise
                source = unescape(stat.key.split("/")[1])
                yield stat.key, Wanted(source=source, paths=[], everything=True)


def _lost_key(name: bytes) -> str:
    return LOST_PREFIX + name.hex()


def _decoded(plain: bytes, kind: type[T], key: str) -> T:
    try:
        return msgspec.msgpack.decode(plain, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedError(f"{key} cannot be read") from error
