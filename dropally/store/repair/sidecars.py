"""`parity/<sha256 of the pack>`: what mends a pack that lost a few blocks.

    8  magic "DROPARIT"    2  version (1)    2  zero    4  block size    8  size of the pack
    4  for each block of the pack: its CRC-32
    P and Q of each stripe, 64 KiB each, stripe after stripe
    8  for each stripe: the CRC-32 of P and of Q
    32 SHA-256 of all before                                                 little-endian

The sidecar holds no plain byte: it is made of the sealed pack, and needs no key.
"""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from zlib import crc32

from dropally.store.backend import Backend
from dropally.store.errors import AlreadyExistsError, DamagedError, ObjectNotFoundError
from dropally.store.repair.parity import (
    BLOCK_BYTES,
    block_count,
    encode_stripe,
    recover_stripe,
    stripe_count,
)

PREFIX = "parity/"
_MAGIC = b"DROPARIT"
_VERSION = 1
_HEADER = struct.Struct("<8sHHIQ")
_HASH_BYTES = 32
_MOST_PACK_BYTES = 1 << 30


def sidecar_key(pack: bytes) -> str:
    """Where a pack's sidecar lies."""
    return PREFIX + pack.hex()


def make_sidecar(data: bytes) -> bytes:
    """The sidecar of a pack's bytes: about a tenth of their size."""
    blocks = _cut(data)
    parity = [encode_stripe(blocks[first :: _step(data)]) for first in range(_step(data))]
    flat = [block for pair in parity for block in pair]
    body = b"".join(
        (
            _HEADER.pack(_MAGIC, _VERSION, 0, BLOCK_BYTES, len(data)),
            _checksums(blocks),
            *flat,
            _checksums(flat),
        )
    )
    return body + hashlib.sha256(body).digest()


def put_sidecar(backend: Backend, pack: bytes, data: bytes) -> bool:
    """Write the sidecar of a pack that was just found good; False when there is a whole one already."""
    key = sidecar_key(pack)
    known = _read(backend, key)
    if known is not None:
        if is_whole(known):
            return False
        backend.delete(key)
    try:
        backend.put_new(key, [make_sidecar(data)])
    except AlreadyExistsError:
        return False
    return True


def is_whole(sidecar: bytes) -> bool:
    """Whether every byte of a sidecar is as it was written."""
    return hashlib.sha256(sidecar[:-_HASH_BYTES]).digest() == sidecar[-_HASH_BYTES:]


def _read(backend: Backend, key: str) -> bytes | None:
    """None for none; nothing for one that the disk cannot read."""
    try:
        return backend.get(key)
    except ObjectNotFoundError:
        return None
    except DamagedError:
        return b""


def mend(data: bytes, sidecar: bytes) -> bytes | None:
    """The pack's bytes from damaged ones (any length, even none); None when too much is lost.

    The sidecar may be damaged too, as long as its checksums are whole. The caller compares the
    SHA-256 of what it gets with the pack's name. Raises `DamagedError` for what is no sidecar.
    """
    size, checksums, parity = _parse(sidecar)
    step = stripe_count(size)
    blocks: list[bytes | None] = [
        block if crc32(block) == checksum else None
        for block, checksum in zip(_padded_cut(data, size), checksums, strict=True)
    ]
    for first in range(step):
        stripe = blocks[first::step]
        known = {index: block for index, block in enumerate(stripe) if block is not None}
        found = recover_stripe(len(stripe), known, *parity[first])
        if found is None:
            return None
        for index, block in found.items():
            blocks[first + index * step] = block
    return b"".join(block for block in blocks if block is not None)[:size]


def _parse(
    sidecar: bytes,
) -> tuple[int, Sequence[int], list[tuple[bytes | None, bytes | None]]]:
    """Size of the pack, its blocks' checksums, and the parity blocks that are whole."""
    if len(sidecar) < _HEADER.size + _HASH_BYTES or sidecar[:8] != _MAGIC:
        raise DamagedError("a parity sidecar does not begin as one")
    _, version, _, block_bytes, size = _HEADER.unpack_from(sidecar)
    if version != _VERSION or block_bytes != BLOCK_BYTES or size > _MOST_PACK_BYTES:
        raise DamagedError("a parity sidecar has a shape that this release does not know")
    count, stripes = block_count(size), stripe_count(size)
    parity_at = _HEADER.size + 4 * count
    sums_at = parity_at + 2 * stripes * BLOCK_BYTES
    if len(sidecar) != sums_at + 8 * stripes + _HASH_BYTES:
        raise DamagedError("a parity sidecar does not have its length")
    checksums = struct.unpack_from(f"<{count}I", sidecar, _HEADER.size)
    parity_sums = struct.unpack_from(f"<{2 * stripes}I", sidecar, sums_at)
    flat = [
        block if crc32(block) == checksum else None
        for block, checksum in zip(_cut(sidecar[parity_at:sums_at]), parity_sums, strict=True)
    ]
    return size, checksums, list(zip(flat[::2], flat[1::2], strict=True))


def _step(data: bytes) -> int:
    return stripe_count(len(data))


def _cut(data: bytes) -> list[bytes]:
    return [data[at : at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES)]


def _padded_cut(data: bytes, size: int) -> Iterator[bytes]:
    """The blocks of damaged bytes, as many and as long as they should be."""
    for at in range(0, size, BLOCK_BYTES):
        yield data[at : min(at + BLOCK_BYTES, size)]


def _checksums(blocks: Sequence[bytes]) -> bytes:
    return struct.pack(f"<{len(blocks)}I", *map(crc32, blocks))
