"""The keys of an open repository, in memory only."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from dropally.store.errors import DamagedError, NewerFormatError
from dropally.store.keys.sealing import (
    KEY_BYTES,
    REPOSITORY_ID_BYTES,
    derive_key,
    open_sealed,
    seal,
    sealed_epoch,
)

_SEED_BITS = 63  # what the chunker takes


@dataclass(frozen=True, slots=True)
class Keyring:
    """Master keys by epoch, and the two keys that stay over epochs so that deduplication does."""

    repository_id: bytes
    current_epoch: int
    epochs: Mapping[int, bytes] = field(repr=False)
    chunk_id_key: bytes = field(repr=False)
    chunker_seed: int = field(repr=False)
    _derived: dict[tuple[str, int], bytes] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def key(self, label: str, epoch: int | None = None) -> bytes:
        """The 32-byte key for `label` in an epoch (default: the current one).

        Raises `NewerFormatError` when the epoch is younger than this keyring: the repository was
        re-keyed since it was opened. `DamagedError` for an epoch that never was.
        """
        wanted = self.current_epoch if epoch is None else epoch
        known = self._derived.get((label, wanted))
        if known is not None:
            return known
        master = self.epochs.get(wanted)
        if master is None:
            raise self._unknown_epoch(wanted)
        # Asked for with each small object and each pack, so it is derived once.
        derived = derive_key(master, b"dropally key " + label.encode(), salt=self.repository_id)
        self._derived[label, wanted] = derived
        return derived

    def sealer(self, kind: str) -> "Sealer":
        """What seals and opens the small objects of one kind."""
        return Sealer(self, kind)

    def _unknown_epoch(self, epoch: int) -> DamagedError | NewerFormatError:
        if epoch > self.current_epoch:
            return NewerFormatError(
                f"an object was sealed in key epoch {epoch}, this key slot ends at "
                f"{self.current_epoch}",
                hint="Open the repository again with a secret that was added since.",
            )
        return DamagedError(f"an object names key epoch {epoch}, which never was")


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals objects of one kind in the current epoch and opens those of any epoch."""

    keyring: Keyring
    kind: str

    def seal(self, name: str, plaintext: bytes) -> bytes:
        """The sealed bytes of the object `name`."""
        epoch = self.keyring.current_epoch
        key = self.keyring.key(self.kind, epoch)
        return seal(key, self.kind, self.keyring.repository_id, name, plaintext, epoch=epoch)

    def open(self, name: str, sealed: bytes) -> bytes:
        """The plaintext. Raises `DamagedError` unless it is this object of this repository."""
        key = self.keyring.key(self.kind, sealed_epoch(self.kind, name, sealed))
        return open_sealed(key, self.kind, self.keyring.repository_id, name, sealed)


def create_keyring() -> Keyring:
    """Fresh random keys for a new repository, at epoch 1."""
    return Keyring(
        repository_id=os.urandom(REPOSITORY_ID_BYTES),
        current_epoch=1,
        epochs={1: os.urandom(KEY_BYTES)},
        chunk_id_key=os.urandom(KEY_BYTES),
        chunker_seed=int.from_bytes(os.urandom(8), "big") >> (64 - _SEED_BITS),
    )


def begin_epoch(keyring: Keyring, number: int | None = None) -> Keyring:
    """The keyring with a new current epoch (default: the next number); older slots lack it."""
    newest = max(keyring.epochs)
    epoch = newest + 1 if number is None else number
    if epoch <= newest:
        raise ValueError("a new epoch has a higher number than those before")
    return replace(
        keyring, current_epoch=epoch, epochs={**keyring.epochs, epoch: os.urandom(KEY_BYTES)}
    )


def merge_keyrings(keyrings: Sequence[Keyring]) -> Keyring:
    """All epochs that keyrings of one repository hold. Raises `DamagedError` for contradictions."""
    first, *others = keyrings
    epochs = dict(first.epochs)
    for other in others:
        same = replace(other, epochs=first.epochs, current_epoch=first.current_epoch) == first
        shared = epochs.keys() & other.epochs.keys()
        if not same or any(epochs[epoch] != other.epochs[epoch] for epoch in shared):
            raise DamagedError("two key slots of this repository hold keys that contradict")
        epochs.update(other.epochs)
    return replace(first, epochs=epochs, current_epoch=max(epochs))


class _Wire(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What a slot protects: a MessagePack array in this order."""

    repository_id: bytes
    current_epoch: int
    epochs: dict[int, bytes]
    chunk_id_key: bytes
    chunker_seed: int


def encode_keyring(keyring: Keyring) -> bytes:
    """The plaintext that a key slot seals."""
    return msgspec.msgpack.encode(
        _Wire(
            keyring.repository_id,
            keyring.current_epoch,
            dict(keyring.epochs),
            keyring.chunk_id_key,
            keyring.chunker_seed,
        )
    )


def decode_keyring(data: bytes) -> Keyring:
    """The keyring from an opened slot. Raises `DamagedError` when it makes no sense."""
    try:
        wire = msgspec.msgpack.decode(data, type=_Wire)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedError("a key slot opened, and holds no keys") from error
    sizes = {len(key) for key in (*wire.epochs.values(), wire.chunk_id_key)}
    if (
        sizes != {KEY_BYTES}
        or len(wire.repository_id) != REPOSITORY_ID_BYTES
        or wire.current_epoch not in wire.epochs
        or not 0 <= wire.chunker_seed < 1 << _SEED_BITS
    ):
        raise DamagedError("a key slot opened, and its keys are malformed")
    return Keyring(
        repository_id=wire.repository_id,
        current_epoch=wire.current_epoch,
        epochs=wire.epochs,
        chunk_id_key=wire.chunk_id_key,
        chunker_seed=wire.chunker_seed,
    )
