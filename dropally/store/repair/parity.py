"""Reed-Solomon over GF(256): two lost blocks of any stripe are computed anew.

A pack is cut into blocks of 64 KiB. Block `i` belongs to stripe `i mod stripes`, so that neighbours
lie in different stripes and a long hole hits each of them little. A stripe of up to 20 blocks has
two parity blocks: P, the sum, and Q, the sum of g^k times block k with g = 2 and the polynomial
x^8+x^4+x^3+x^2+1. Which blocks are lost is told by a CRC-32 of each.

Multiplying a block by a constant is one `bytes.translate`, adding two is one xor of large integers:
both run in C, so this needs no library (decision 0015).
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

BLOCK_BYTES = 64 * 1024
STRIPE_BLOCKS = 20
_POLYNOMIAL = 0x11D


def stripe_count(size_bytes: int) -> int:
    """How many stripes an object of this size has."""
    blocks = -(-size_bytes // BLOCK_BYTES)
    return -(-blocks // STRIPE_BLOCKS)


def block_count(size_bytes: int) -> int:
    """How many blocks an object of this size has; the last may be shorter."""
    return -(-size_bytes // BLOCK_BYTES)


def encode_stripe(blocks: Sequence[bytes]) -> tuple[bytes, bytes]:
    """P and Q of up to 20 blocks, each padded to the full length."""
    p, q = 0, bytes(BLOCK_BYTES)
    for block in reversed(blocks):
        number = _number(block)
        p ^= number
        # Horner's rule: what was summed so far times g, and the next block.
        q = _block(_number(q.translate(_times(2))) ^ number)
    return _block(p), q


def recover_stripe(
    count: int, known: Mapping[int, bytes], p: bytes | None, q: bytes | None
) -> dict[int, bytes] | None:
    """The blocks of a stripe of `count` that are not `known`; None when too many are lost."""
    lost = [index for index in range(count) if index not in known]
    if not lost:
        return {}
    if len(lost) == 1 and p is not None:
        return {lost[0]: _block(_number(p) ^ _sum(known.values()))}
    if len(lost) == 1 and q is not None:
        rest = _number(q) ^ _weighted_sum(known)
        return {lost[0]: _block(rest).translate(_times(_inverse(_power(lost[0]))))}
    if len(lost) == 2 and p is not None and q is not None:
        return _recover_two(lost[0], lost[1], known, p, q)
    return None


def _recover_two(
    one: int, other: int, known: Mapping[int, bytes], p: bytes, q: bytes
) -> dict[int, bytes]:
    """Two lost blocks a and b: a + b = A and g^one a + g^other b = B give a = (B + g^other A) / (g^one + g^other)."""
    total = _number(p) ^ _sum(known.values())
    weighted = _number(q) ^ _weighted_sum(known)
    scaled = _number(_block(total).translate(_times(_power(other))))
    divisor = _times(_inverse(_power(one) ^ _power(other)))
    first = _block(weighted ^ scaled).translate(divisor)
    return {one: first, other: _block(total ^ _number(first))}


def _sum(blocks: Iterable[bytes]) -> int:
    total = 0
    for block in blocks:
        total ^= _number(block)
    return total


def _weighted_sum(known: Mapping[int, bytes]) -> int:
    total = 0
    for index, block in known.items():
        total ^= _number(_padded(block).translate(_times(_power(index))))
    return total


def _number(block: bytes) -> int:
    """Little-endian, so that a short block counts as one padded with zeros."""
    return int.from_bytes(block, "little")


def _block(number: int) -> bytes:
    return number.to_bytes(BLOCK_BYTES, "little")


def _padded(block: bytes) -> bytes:
    return block.ljust(BLOCK_BYTES, b"\0")


def _multiply(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= _POLYNOMIAL
        b >>= 1
    return product


@cache
def _times(factor: int) -> bytes:
    """What each byte becomes when it is multiplied by `factor`."""
    return bytes(_multiply(value, factor) for value in range(256))


@cache
def _power(exponent: int) -> int:
    result = 1
    for _ in range(exponent):
        result = _multiply(result, 2)
    return result


@cache
def _inverse(value: int) -> int:
    return next(other for other in range(1, 256) if _multiply(value, other) == 1)
