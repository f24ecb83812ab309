"""Virtual bytes: the same at every offset, and hashed truly without being stored."""

import hashlib

import pytest
from dropally.simulator.world.streams import BLOCK_SIZE, PERIOD, StreamContent
from hypothesis import given
from hypothesis import strategies as st


def dropbox_hash(content: bytes) -> str:
    """The content hash by its definition, over real bytes."""
    digests = b"".join(
        hashlib.sha256(content[start : start + BLOCK_SIZE]).digest()
        for start in range(0, len(content), BLOCK_SIZE)
    )
    return hashlib.sha256(digests).hexdigest()


@pytest.mark.parametrize(
    "size",
    [0, 1, 128, 129, 191, 192, 3072, 65535, 65536, 65537, BLOCK_SIZE, BLOCK_SIZE + 1, 9_000_000],
)
def test_content_hash_is_that_of_the_bytes(size: int) -> None:
    content = StreamContent(b"a seed", size)
    whole = content.read(0, size)
    assert len(whole) == size
    assert content.content_hash == dropbox_hash(whole)


@pytest.mark.parametrize("extra", [0, 5, BLOCK_SIZE, BLOCK_SIZE + 17])
def test_hash_of_a_repeating_stream_is_true(extra: int) -> None:
    content = StreamContent(b"film", PERIOD + extra)
    whole = b"".join(
        content.read(offset, BLOCK_SIZE) for offset in range(0, content.size, BLOCK_SIZE)
    )
    assert content.content_hash == dropbox_hash(whole)


def test_a_terabyte_costs_no_terabyte() -> None:
    content = StreamContent(b"huge", 2**40 + 3)
    assert len(content.content_hash) == 64
    assert content.read(2**40, 10) == content.read(2**40 % PERIOD, 3)


@given(
    size=st.integers(0, 200_000),
    offset=st.integers(0, 210_000),
    length=st.integers(0, 70_000),
    seed=st.binary(min_size=1, max_size=16),
)
def test_reading_at_any_offset_is_a_slice(size: int, offset: int, length: int, seed: bytes) -> None:
    content = StreamContent(seed, size)
    assert content.read(offset, length) == content.read(0, size)[offset : offset + length]


def test_reading_across_the_period() -> None:
    content = StreamContent(b"loop", PERIOD + 1000)
    across = content.read(PERIOD - 10, 20)
    assert across == content.read(PERIOD - 10, 10) + content.read(0, 10)


def test_different_seeds_give_different_bytes() -> None:
    for size in (100, 10_000, 100_000):
        one, two = StreamContent(b"1", size), StreamContent(b"2", size)
        assert one.read(0, size) != two.read(0, size)
        assert one.content_hash != two.content_hash
