"""Sealed objects in order of time, each holding the number and the hash of the one before it.

Snapshots of one source are a chain, and so are the restore points of one group. The numbers and
hashes make removal and rollback visible. An object lies at `<prefix>/<owner>/<time>-<random>`; its
id is `<owner>.<time>-<random>`, so that it is found with one read.
"""

import hashlib
import os
import re
from collections.abc import Callable, Container, Iterator
from datetime import UTC, datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

import msgspec

from dropally.store.backend import Backend
from dropally.store.codec import frame, unframe
from dropally.store.errors import (
    AlreadyExistsError,
    DamagedError,
    LimitExceededError,
    NewerFormatError,
    ObjectNotFoundError,
    StoreError,
)
from dropally.store.keys import Keyring

_FORMAT = b"\x01"
_LEVEL = 3
_RANDOM_BYTES = 8
_STAMP = "%Y%m%dt%H%M%S%fz"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_ESCAPED_MAX = 190
_ID = re.compile(r"(?P<owner>[a-z0-9_-]{1,190})\.(?P<rest>[0-9]{8}t[0-9]{12}z-[0-9a-f]{16})")

# A flipped bit may as well claim a version that never was.
_UNREADABLE = (DamagedError, NewerFormatError, LimitExceededError)

Damage = Callable[[DamagedError], None]
"""Told of an object that cannot be read and is passed over."""


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """What every object of a chain holds: its place in it.

    `erasures`: for which legal erasures it took the place of another object, the first one first;
    `replaces`: the SHA-256 of the sealed bytes of each of those, in the same order.
    """

    id: str
    time: datetime
    sequence: int
    previous: bytes
    erasures: list[str] = []
    replaces: list[bytes] = []


T = TypeVar("T", bound=Linked)


class Link(NamedTuple):
    """The place of a new object in its chain."""

    id: str
    time: datetime
    sequence: int
    previous: bytes


class Chain(Generic[T]):
    """Reads and appends the objects of one kind."""

    def __init__(self, backend: Backend, keyring: Keyring, prefix: str, kind: str, type_: type[T]):
        self._backend = backend
        self._sealer = keyring.sealer(kind)
        self._prefix = prefix
        self._kind = kind
        self._decoder = msgspec.msgpack.Decoder(type_)

    def read(self, object_id: str) -> T:
        """One object. Raises `ObjectNotFoundError`, `DamagedError`."""
        return self._open(self._key(object_id))

    def exists(self, object_id: str) -> bool:
        """Whether an object is there; it may be damaged."""
        try:
            self._backend.stat(self._key(object_id))
        except ObjectNotFoundError:
            return False
        return True

    def all(
        self,
        owner: str | None = None,
        damage: Damage | None = None,
        skip: Container[str] = frozenset(),
    ) -> Iterator[T]:
        """All objects (of one owner), oldest first within an owner.

        Those whose ids are in `skip` are not even read. An object that cannot be read is told to
        `damage` and passed over, or raises without it.
        """
        for key in self._keys(owner):
            if _id_of(key) in skip:
                continue
            try:
                found = self._open(key)
            except ObjectNotFoundError:
                continue  # forgotten since it was listed
            except _UNREADABLE as error:
                if damage is None:
                    raise
                damage(_as_damage(error))
                continue
            yield found

    def object_keys(self, owner: str | None = None) -> list[str]:
        """The backend's keys of all objects (of one owner), oldest first within an owner."""
        return self._keys(owner)

    def load(self, key: str) -> tuple[T, bytes]:
        """An object by its backend's key, and the SHA-256 of its sealed bytes.

        Raises `ObjectNotFoundError`, `DamagedError`.
        """
        sealed = self._backend.get(key)
        return self._decode(key, sealed), hashlib.sha256(sealed).digest()

    def decode(self, key: str, sealed: bytes) -> T:
        """An object from its sealed bytes. Raises `DamagedError`, `NewerFormatError`."""
        return self._decode(key, sealed)

    def owners(self) -> list[str]:
        """All owners that have an object."""
        seen = dict.fromkeys(key.split("/")[1] for key in self._keys(None))
        return [unescape(owner) for owner in seen]

    def latest(self, owner: str, damage: Damage | None = None) -> T | None:
        """The newest object of an owner; with `damage`, the newest that can be read."""
        for key in reversed(self._keys(owner)):
            try:
                return self._open(key)
            except _UNREADABLE as error:
                if damage is None:
                    raise
                damage(_as_damage(error))
        return None

    def append(self, owner: str, now: datetime, build: Callable[[Link], T]) -> T:
        """Write the next object of an owner's chain; durable when it returns."""
        link = self._next_link(owner, now)
        built = build(link)
        key = f"{self._prefix}/{link.id.replace('.', '/')}"
        sealed = self._seal(key, built)
        try:
            self._backend.put_new(key, [sealed])
        except AlreadyExistsError:
            # Nobody else has this id: it is our own put, whose answer was lost.
            if self._backend.get(key) != sealed:
                raise
        return built

    def replace(self, object_id: str, erasure: str, change: Callable[[T], T]) -> Callable[[], None]:
        """Put what `change` makes of an object into its place, by compare-and-set.

        The only reason is a legal erasure, and the new object names it. One that names it already
        is left as it is. What is returned puts back what was there.
        Raises `ObjectNotFoundError`, `DamagedError`, `ConflictError`.
        """
        key = self._key(object_id)
        sealed, version = self._backend.read_version(key)
        before = self._decode(key, sealed)
        if erasure in before.erasures:
            return lambda: None
        after = msgspec.structs.replace(
            change(before),
            erasures=[*before.erasures, erasure],
            replaces=[*before.replaces, hashlib.sha256(sealed).digest()],
        )
        written = self._backend.swap(key, self._seal(key, after), version)

        def put_back() -> None:
            self._backend.swap(key, sealed, written)

        return put_back

    def forget(self, object_id: str) -> None:
        """Delete an object; what it refers to stays until space is freed.

        Raises `ObjectNotFoundError` for what is no id, and what the backend raises.
        """
        self._backend.delete(self._key(object_id))

    def _next_link(self, owner: str, now: datetime) -> Link:
        """After the newest object, damaged ones counted, and never before it in time."""
        escaped = escape(owner)
        previous = b""
        skipped = 0
        for key in reversed(self._keys(owner)):
            sealed = self._backend.get(key)
            previous = previous or hashlib.sha256(sealed).digest()
            try:
                last = self._decode(key, sealed)
            except _UNREADABLE:
                skipped += 1
                continue
            time = max(now, last.time + timedelta(microseconds=1))
            return Link(_new_id(escaped, time), time, last.sequence + skipped + 1, previous)
        return Link(_new_id(escaped, now), now.astimezone(UTC), skipped + 1, previous)

    def _seal(self, key: str, linked: T) -> bytes:
        return self._sealer.seal(key, _FORMAT + frame(msgspec.msgpack.encode(linked), _LEVEL))

    def _key(self, object_id: str) -> str:
        match = _ID.fullmatch(object_id)
        if match is None:
            raise ObjectNotFoundError(f"{object_id!r} is not the id of a {self._kind}")
        return f"{self._prefix}/{match['owner']}/{match['rest']}"

    def _keys(self, owner: str | None) -> list[str]:
        prefix = f"{self._prefix}/" if owner is None else f"{self._prefix}/{escape(owner)}/"
        keys = (stat.key for stat in self._backend.list(prefix))
        return [key for key in keys if _ID.fullmatch(_id_of(key))]

    def _open(self, key: str) -> T:
        return self._decode(key, self._backend.get(key))

    def _decode(self, key: str, sealed: bytes) -> T:
        plain = self._sealer.open(key, sealed)
        if plain[:1] != _FORMAT:
            raise NewerFormatError(f"{key} has a newer format", hint="Upgrade this software.")
        try:
            found = self._decoder.decode(unframe(plain[1:]))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DamagedError(f"{key} cannot be read: {error}") from error
        if found.id != _id_of(key):
            raise DamagedError(f"{key} holds another {self._kind}")
        return found


def escape(owner: str) -> str:
    """An owner's name as part of a key: what is not a-z, 0-9 or '-' becomes `_` and two digits."""
    escaped = "".join(
        letter if letter in _PLAIN else "".join(f"_{byte:02x}" for byte in letter.encode())
        for letter in owner
    )
    if not 1 <= len(escaped) <= _ESCAPED_MAX:
        raise StoreError(
            f"the name {owner[:80]!r} is empty or too long", hint="Use up to 60 characters."
        )
    return escaped


def unescape(escaped: str) -> str:
    """The reverse of `escape`."""
    head, *rest = escaped.split("_")
    tail = b"".join(bytes.fromhex(part[:2]) + part[2:].encode() for part in rest)
    return (head.encode() + tail).decode()


def _as_damage(error: StoreError) -> DamagedError:
    if isinstance(error, DamagedError):
        return error
    return DamagedError(error.message, hint=error.hint)


def _id_of(key: str) -> str:
    return ".".join(key.split("/")[1:])


def _new_id(escaped: str, time: datetime) -> str:
    return f"{escaped}.{time.astimezone(UTC).strftime(_STAMP)}-{os.urandom(_RANDOM_BYTES).hex()}"
