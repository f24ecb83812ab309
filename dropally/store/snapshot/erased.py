"""What was erased for legal reasons, and what is never to be backed up again.

    erased/<source>/<erasure>            snapshots are being replaced; space is freed thoroughly
    erased/<source>/<erasure>.replaced   all of them were
    erased/<source>/<erasure>.<random>   packs that were removed for it by one run
    erased/<source>/<erasure>.done       no pack from before holds anything dead any more
    excluded/<source>/<random>           an item that backups of the source pass over

While an erasure is not done, whoever frees space writes every older pack anew in which anything is
dead: versions that retention forgot long ago are of the erased item, too, and nobody can tell which.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import msgspec

from dropally.store.backend import Backend, ObjectStat
from dropally.store.codec import name_bytes
from dropally.store.errors import (
    AlreadyExistsError,
    DamagedError,
    NewerFormatError,
    ObjectNotFoundError,
)
from dropally.store.keys import Keyring
from dropally.store.snapshot.chain import escape, unescape

ERASED_PREFIX = "erased/"
EXCLUDED_PREFIX = "excluded/"
_DONE = ".done"
_REPLACED = ".replaced"
_PLACE_DOMAIN = b"dropally excluded paths"

T = TypeVar("T")


class ErasedItems(msgspec.Struct, frozen=True, kw_only=True):
    """That something was erased, never what. `removed_packs`: names, once it is done."""

    erasure: str
    source: str
    at: datetime
    removed_packs: list[bytes] = []


class OpenErasure(msgspec.Struct, frozen=True):
    """An erasure whose bytes may still lie in packs that are no newer than `since`.

    By the backend's clock, like the times of the packs. `is_replaced`: no snapshot has the items any
    more; before that it cannot be done, whatever was freed.
    """

    items: ErasedItems
    since: datetime
    is_replaced: bool


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """An item that is never backed up again, with all below it.

    `kind`: item, path, or damaged. `item_id` is the source's id of it; `places` are keyed hashes of paths where it lay, since the
    path is what was to be erased. `id` names the rule, `erasure` what it was made for.
    """

    id: str
    source: str
    erasure: str
    kind: str
    item_id: str
    places: list[bytes]
    since: datetime


class Erasures:
    """Reads and writes both kinds of objects."""

    def __init__(self, backend: Backend, keyring: Keyring) -> None:
        self._backend = backend
        self._erased = keyring.sealer("erased")
        self._excluded = keyring.sealer("excluded")
        self._place_key = name_bytes(keyring.chunk_id_key, _PLACE_DOMAIN)

    # -- erasures ----------------------------------------------------------------------------

    def begin(self, items: ErasedItems) -> None:
        """Have space freed thoroughly; before the first snapshot is replaced.

        One that was begun before, or even done, is begun anew: backups may have brought the items
        back since.
        """
        done = self.done(items.source, items.erasure)
        if done is not None and done.removed_packs:
            self.note_removed(items, done.removed_packs)
        self._put(_key(items), items)
        for ending in (_DONE, _REPLACED):
            self._backend.delete(_key(items) + ending)

    def note_replaced(self, items: ErasedItems) -> None:
        """No snapshot has the items any more; what is dead in packs from before now is to go."""
        self._put(_key(items) + _REPLACED, items)

    def note_removed(self, items: ErasedItems, names: Sequence[bytes]) -> None:
        """These packs go for it now; others may follow."""
        part = msgspec.structs.replace(items, removed_packs=sorted(names))
        self._put(f"{_key(items)}.{os.urandom(8).hex()}", part)

    def finish(self, items: ErasedItems, now: datetime) -> None:
        """Nothing is left of it."""
        parts = [
            stat.key
            for stat in self._backend.list(f"{_key(items)}.")
            if not stat.key.endswith(_DONE)
        ]
        removed: set[bytes] = set()
        for key in parts:
            with suppress(DamagedError):  # the proof lacks names then, and nothing else
                removed.update(self._read(key).removed_packs)
        done = msgspec.structs.replace(items, at=now, removed_packs=sorted(removed))
        self._put(_key(items) + _DONE, done)
        for key in parts:
            self._backend.delete(key)

    def open(self) -> list[OpenErasure]:
        """Those that are not done. One listing; the keys say all, so damage holds up nothing."""
        stats = {stat.key: stat for stat in self._backend.list(ERASED_PREFIX)}
        found = []
        for key, stat in stats.items():
            _, source, erasure = key.split("/", 2)
            if "." not in erasure and key + _DONE not in stats:
                replaced = stats.get(key + _REPLACED)
                since = (replaced or stat).modified
                items = ErasedItems(erasure=erasure, source=unescape(source), at=since)
                found.append(OpenErasure(items, since, replaced is not None))
        return found

    def done(self, source: str, erasure: str) -> ErasedItems | None:
        """What was removed for an erasure; None as long as it is not done."""
        key = f"{ERASED_PREFIX}{escape(source)}/{erasure}{_DONE}"
        try:
            return self._read(key)
        except ObjectNotFoundError:
            return None

    def _put(self, key: str, items: ErasedItems) -> None:
        try:
            self._backend.put_new(key, [self._erased.seal(key, msgspec.msgpack.encode(items))])
        except AlreadyExistsError:
            return  # of an earlier attempt

    def _read(self, key: str) -> ErasedItems:
        return self.decode_erased(key, self._backend.get(key))

    def decode_erased(self, key: str, sealed: bytes) -> ErasedItems:
        """What an object below `erased/` says. Raises `DamagedError`, `NewerFormatError`."""
        return _decoded(self._erased.open(key, sealed), ErasedItems, key)

    # -- exclusions --------------------------------------------------------------------------

    def place(self, path: str) -> bytes:
        """What stands for a path in `Exclusion.places`."""
        return name_bytes(self._place_key, path.encode())

    def exclude(self, exclusion: Exclusion) -> None:
        """Pass it over from now on; what the same rule said before holds as well."""
        key = f"{EXCLUDED_PREFIX}{escape(exclusion.source)}/{os.urandom(8).hex()}"
        plain = msgspec.msgpack.encode(exclusion)
        self._backend.put_new(key, [self._excluded.seal(key, plain)])

    def exclusions(self, source: str | None = None) -> dict[str, Exclusion]:
        """What is passed over (in one source), by the rules' ids. One listing when nothing is.

        A rule that cannot be read is one of kind `damaged`, with its object's name as id: who
        cannot read it must not break it, and backs up nothing of its source.
        """
        found: dict[str, Exclusion] = {}
        for _, one in self._rules(source):
            known = found.get(one.id)
            if known is not None:
                places = sorted({*known.places, *one.places})
                one = msgspec.structs.replace(one, places=places)  # noqa: PLW2901  merged
            found[one.id] = one
        return found

    def include(self, rule_id: str) -> bool:
        """Take a rule away. False when there was none."""
        keys = [key for key, one in self._rules(None) if one.id == rule_id]
        for key in keys:
            self._backend.delete(key)
        return bool(keys)

    def _rules(self, source: str | None) -> Iterator[tuple[str, Exclusion]]:
        prefix = EXCLUDED_PREFIX + ("" if source is None else f"{escape(source)}/")
        for stat in self._backend.list(prefix):
            try:
                rule = self.decode_excluded(stat.key, self._backend.get(stat.key))
            except ObjectNotFoundError:
                continue  # taken away since it was listed
            except (DamagedError, NewerFormatError):
                yield stat.key, _damaged(stat)
                continue
            yield stat.key, rule

    def decode_excluded(self, key: str, sealed: bytes) -> Exclusion:
        """What an object below `excluded/` says. Raises `DamagedError`, `NewerFormatError`."""
        return _decoded(self._excluded.open(key, sealed), Exclusion, key)


def _damaged(stat: ObjectStat) -> Exclusion:
    _, source, name = stat.key.split("/", 2)
    return Exclusion(
        id=name,
        source=unescape(source),
        erasure="",
        kind="damaged",
        item_id="",
        places=[],
        since=stat.modified,
    )


def _key(items: ErasedItems) -> str:
    return f"{ERASED_PREFIX}{escape(items.source)}/{items.erasure}"


def _decoded(plain: bytes, kind: type[T], key: str) -> T:
    try:
        return msgspec.msgpack.decode(plain, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedError(f"{key} cannot be read") from error
