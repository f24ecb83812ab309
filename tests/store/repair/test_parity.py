"""Reed-Solomon sidecars: two lost blocks of any stripe come back, and never anything wrong."""

import random

import pytest
from dropally.store import DamagedError, StoreError
from dropally.store.repair import make_sidecar, mend
from dropally.store.repair.parity import BLOCK_BYTES, STRIPE_BLOCKS, encode_stripe, recover_stripe
from hypothesis import given, settings
from hypothesis import strategies as st


def stripe_of(rng: random.Random, count: int) -> list[bytes]:
    return [rng.randbytes(BLOCK_BYTES) for _ in range(count)]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, STRIPE_BLOCKS), st.data())
def test_any_two_lost_blocks_are_recovered(count: int, data: st.DataObject) -> None:
    blocks = stripe_of(random.Random(count), count)
    p, q = encode_stripe(blocks)
    everything: list[bytes | None] = [*blocks, p, q]
    lost = data.draw(st.sets(st.integers(0, count + 1), max_size=2))
    kept = [None if number in lost else block for number, block in enumerate(everything)]
    known = {number: block for number, block in enumerate(kept[:count]) if block is not None}
    found = recover_stripe(count, known, kept[count], kept[count + 1])
    assert found == {number: blocks[number] for number in lost if number < count}


def test_three_lost_blocks_are_too_many() -> None:
    blocks = stripe_of(random.Random(1), 5)
    p, q = encode_stripe(blocks)
    assert recover_stripe(5, {0: blocks[0], 1: blocks[1]}, p, q) is None
    assert recover_stripe(5, dict(enumerate(blocks[:3])), p, None) is None


@pytest.mark.parametrize("size", [1, 100, BLOCK_BYTES, BLOCK_BYTES + 1, 3_000_001])
def test_packs_of_any_size_are_mended(size: int) -> None:
    rng = random.Random(size)
    data = rng.randbytes(size)
    sidecar = make_sidecar(data)
    assert mend(data, sidecar) == data
    changed = bytearray(data)
    changed[rng.randrange(size)] ^= 1
    assert mend(bytes(changed), sidecar) == data
    assert mend(data + b"more", sidecar) == data
    assert mend(data[: size - size // 40], sidecar) == data, "cut short a little"


def test_a_long_hole_is_mended() -> None:
    data = random.Random(2).randbytes(5_000_000)
    sidecar = make_sidecar(data)
    hole = 400_000
    assert mend(data[:1_000_000] + bytes(hole) + data[1_000_000 + hole :], sidecar) == data
    assert len(sidecar) < len(data) // 7


def test_too_much_damage_gives_nothing() -> None:
    data = random.Random(3).randbytes(1_000_000)
    assert mend(b"", make_sidecar(data)) is None
    assert mend(bytes(len(data)), make_sidecar(data)) is None


def test_a_damaged_sidecar_mends_what_it_can_and_nothing_wrong() -> None:
    rng = random.Random(4)
    data = rng.randbytes(300_000)
    sidecar = make_sidecar(data)
    changed = bytearray(data)
    changed[70_000] ^= 8
    for _ in range(200):
        damaged = bytearray(sidecar)
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        try:
            mended = mend(bytes(changed), bytes(damaged))
        except StoreError:
            continue
        assert mended is None or len(mended) == len(data)


@given(st.binary(max_size=300))
def test_what_is_no_sidecar_is_refused(junk: bytes) -> None:
    with pytest.raises(DamagedError):
        mend(b"data", junk)
    with pytest.raises(DamagedError):
        mend(b"data", b"DROPARIT" + junk)
