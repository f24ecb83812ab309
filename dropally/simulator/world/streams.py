"""Bytes that need no storage: the content of virtual files and of the sample team's film.

A stream is named by a seed and its size; the same name always gives the same bytes, at any
offset, and its Dropbox content hash is the true one. Three regimes keep both reading and hashing
cheap without making the bytes look alike to a deduplicating reader:

- up to 128 bytes: all bytes are the stream's own;
- up to 64 KiB (below the smallest chunk a backup cuts): a shared random body with an own tail of
  64 to 127 bytes, so that the hash continues from a prepared state and costs microseconds;
- above: AES in counter mode keyed by the seed. From 64 MiB on these bytes repeat with that
  period, so that the hash of a file of terabytes costs what 64 MiB cost.

Content hash: https://www.dropbox.com/developers/reference/content-hash (SHA-256 over the
SHA-256 digests of 4 MiB blocks).
"""

import hashlib
from functools import cached_property, lru_cache
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK_SIZE: Final = 4 * 1024 * 1024
PERIOD: Final = 64 * 1024 * 1024
_OWN_BYTES: Final = 128
_SHARED_LIMIT: Final = 64 * 1024
_GRAIN: Final = 64
_LONGEST_SEED: Final = 48  # must fit into the shortest tail with its length behind it
_CIPHER_BLOCK: Final = 16


class StreamContent:
    """A content made of deterministic bytes; satisfies `ContentSource`.

    `seed` is any bytes; two streams with equal seed and size are the same content.
    """

    __slots__ = ("__dict__", "seed", "size")

    def __init__(self, seed: bytes, size: int) -> None:
        self.seed = seed
        self.size = size

    @cached_property
    def content_hash(self) -> str:
        """The true Dropbox content hash, as 64 hex digits."""
        return stream_hash(self.seed, self.size)

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`; shorter only at the end."""
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        if self.size <= _SHARED_LIMIT:
            return small_stream(self.seed, self.size)[offset : offset + length]
        return self._read_periodic(offset, length)

    def _read_periodic(self, offset: int, length: int) -> bytes:
        start = offset % PERIOD
        if start + length <= PERIOD:
            return _keystream(self.seed, start, length)
        pieces = []
        while length:
            start = offset % PERIOD
            step = min(length, PERIOD - start)
            pieces.append(_keystream(self.seed, start, step))
            offset += step
            length -= step
        return b"".join(pieces)


def stream_hash(seed: bytes, size: int) -> str:
    """The Dropbox content hash of the stream, without reading all of a big one."""
    if size == 0:
        return hashlib.sha256().hexdigest()
    if size <= _OWN_BYTES:
        block = hashlib.sha256(_own_bytes(seed, size)).digest()
        return hashlib.sha256(block).hexdigest()
    if size <= _SHARED_LIMIT:
        shared = _shared_length(size)
        state = _shared_states()[shared // _GRAIN].copy()
        state.update(_own_tail(seed, size - shared))
        return hashlib.sha256(state.digest()).hexdigest()
    return _periodic_hash(seed, size)


def small_stream(seed: bytes, size: int) -> bytes:
    """All bytes of a stream of at most 64 KiB."""
    if size <= _OWN_BYTES:
        return _own_bytes(seed, size)
    shared = _shared_length(size)
    return _shared_body()[:shared] + _own_tail(seed, size - shared)


def _periodic_hash(seed: bytes, size: int) -> str:
    digests = [
        hashlib.sha256(_keystream(seed, offset, min(BLOCK_SIZE, size - offset))).digest()
        for offset in range(0, min(size, PERIOD), BLOCK_SIZE)
    ]
    overall = hashlib.sha256()
    if size <= PERIOD:
        overall.update(b"".join(digests))
        return overall.hexdigest()
    whole_blocks, rest = divmod(size, BLOCK_SIZE)
    rounds, extra = divmod(whole_blocks, len(digests))
    one_period = b"".join(digests)
    for _ in range(rounds):
        overall.update(one_period)
    overall.update(b"".join(digests[:extra]))
    if rest:
        tail = _keystream(seed, whole_blocks * BLOCK_SIZE % PERIOD, rest)
        overall.update(hashlib.sha256(tail).digest())
    return overall.hexdigest()


def _own_bytes(seed: bytes, size: int) -> bytes:
    return hashlib.shake_128(seed).digest(size)


def _own_tail(seed: bytes, size: int) -> bytes:
    """The seed and its length over and over: no other seed gives the same, and it costs nothing."""
    if len(seed) > _LONGEST_SEED:
        seed = hashlib.sha256(seed).digest()
    unit = b"%b %d\n" % (seed, len(seed))
    return (unit * (size // len(unit) + 1))[:size]


def _shared_length(size: int) -> int:
    """How many bytes of a small stream come from the shared body: whole grains, leaving at least one."""
    return (size - _GRAIN) // _GRAIN * _GRAIN


@lru_cache(maxsize=1)
def _shared_body() -> bytes:
    return hashlib.shake_128(b"shared body of small streams").digest(_SHARED_LIMIT)


@lru_cache(maxsize=1)
def _shared_states() -> list[Any]:
    """SHA-256 states after each whole grain of the shared body."""
    state = hashlib.sha256()
    states = [state.copy()]
    body = _shared_body()
    for offset in range(0, _SHARED_LIMIT, _GRAIN):
        state.update(body[offset : offset + _GRAIN])
        states.append(state.copy())
    return states


def _keystream(seed: bytes, offset: int, length: int) -> bytes:
    """AES-CTR key stream of `seed` from `offset`: any place costs the same."""
    counter, skip = divmod(offset, _CIPHER_BLOCK)
    key = hashlib.blake2b(seed, digest_size=16, person=b"sim-stream").digest()
    mode = modes.CTR(counter.to_bytes(_CIPHER_BLOCK, "big"))
    stream = Cipher(algorithms.AES(key), mode).encryptor().update(bytes(skip + length))
    return stream[skip:] if skip else stream
