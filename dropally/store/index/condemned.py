"""Packs about to go: `condemned/<generation>`, sealed, each the whole list as it is then.

A writer that has read a generation treats what only condemned packs hold as absent. So once every
writer at work has read it, nothing can come to refer to them any more. The object of the highest
number counts; its number never falls, and it stays when nothing is condemned: it tells writers that
space was freed here, so that recorded contents need a second look.
"""

from datetime import datetime

import msgspec

from dropally.store.backend import Backend
from dropally.store.codec import frame, unframe
from dropally.store.errors import (
    AlreadyExistsError,
    ConflictError,
    DamagedError,
    NewerFormatError,
    ObjectNotFoundError,
    ReadOnlyError,
)
from dropally.store.keys import Keyring

PREFIX = "condemned/"
FORMAT = 1
_DIGITS = 12
_LEVEL = 3
# A store whose listing is behind by one generation is asked again, not for ever.
_TRIES = 8


class CondemnedPack(msgspec.Struct, array_like=True, frozen=True):
    """One pack that is to go.

    `generation` is the first that names it, `since` the backend's time of that (None: the time of
    the object that says so). `gone_at` is the generation that first found it deleted, 0 before.
    """

    name: bytes
    generation: int
    since: datetime | None = None
    gone_at: int = 0


class Generation(msgspec.Struct, array_like=True, frozen=True):
    """The list at one number, and some keys that a complete listing must show (see `prune`)."""

    format: int
    number: int
    packs: list[CondemnedPack] = []
    witnesses: list[str] = []

    def names(self) -> frozenset[bytes]:
        """The packs that writers treat as absent."""
        return frozenset(pack.name for pack in self.packs)


NOTHING = Generation(FORMAT, 0)
"""Before space was ever freed."""

_DECODER = msgspec.msgpack.Decoder(Generation)


def read_generation(backend: Backend, keyring: Keyring) -> Generation:
    """The newest generation; `NOTHING` when there is none.

    Raises `DamagedError` for one that cannot be read.
    """
    for _ in range(_TRIES):
        number = newest_number(backend)
        if number == 0:
            return NOTHING
        try:
            return _read(backend, keyring, number)
        except ObjectNotFoundError:
            continue  # replaced by a newer one since it was listed
    raise ConflictError("the list of condemned packs changes too often", retryable=True)


def newest_number(backend: Backend) -> int:
    """The number of the newest generation, 0 when there is none.

    Objects are seen at once by their keys, even where a listing is behind; so the next number is
    asked for.
    """
    number = max(_numbers(backend), default=0)
    while True:
        try:
            backend.stat(_key(number + 1))
        except ObjectNotFoundError:
            return number
        number += 1


def write_generation(backend: Backend, keyring: Keyring, generation: Generation) -> None:
    """Publish a generation, then remove older ones but the last, for listings that are behind.

    Raises `ConflictError` when somebody else published that number: two free space at once.
    """
    key = _key(generation.number)
    plain = frame(msgspec.msgpack.encode(generation), _LEVEL)
    sealed = keyring.sealer("condemned").seal(key, plain)
    try:
        backend.put_new(key, [sealed])
    except AlreadyExistsError:
        if backend.get(key) != sealed:  # else it is our own put, whose answer was lost
            raise ConflictError("somebody else frees space in this repository too") from None
    for number in _numbers(backend):
        if number < generation.number - 1:
            try:
                backend.delete(_key(number))
            except ReadOnlyError:
                return  # the newest counts; the others only take space


def decode_generation(keyring: Keyring, key: str, sealed: bytes) -> Generation:
    """What an object below `condemned/` says. Raises `DamagedError`, `NewerFormatError`."""
    plain = unframe(keyring.sealer("condemned").open(key, sealed))
    try:
        found = _DECODER.decode(plain)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedError(f"{key} cannot be read: {error}") from error
    if found.format != FORMAT:
        raise NewerFormatError(f"{key} has a newer format", hint="Upgrade this software.")
    if key != _key(found.number):
        raise DamagedError(f"{key} holds another generation")
    return found


def _read(backend: Backend, keyring: Keyring, number: int) -> Generation:
    key = _key(number)
    found = decode_generation(keyring, key, backend.get(key))
    written = backend.stat(key).modified
    packs = [
        pack if pack.since else msgspec.structs.replace(pack, since=written) for pack in found.packs
    ]
    return msgspec.structs.replace(found, packs=packs)


def _key(number: int) -> str:
    return f"{PREFIX}{number:0{_DIGITS}d}"


def _numbers(backend: Backend) -> list[int]:
    names = (stat.key.removeprefix(PREFIX) for stat in backend.list(PREFIX))
    return [int(name) for name in names if len(name) == _DIGITS and name.isdecimal()]
