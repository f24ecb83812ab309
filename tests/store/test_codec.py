import contextlib
import os

import pytest
from dropally.store.codec import (
    MAX_RUN_BYTES,
    RAW,
    ZSTD,
    Compressor,
    decompress,
    frame,
    name_bytes,
    unframe,
)
from dropally.store.errors import DamagedError, LimitExceededError, StoreError
from hypothesis import given
from hypothesis import strategies as st
from pyzstd import compress


@given(st.binary(max_size=5000))
def test_what_goes_in_comes_out(plain: bytes) -> None:
    codec, stored = Compressor(3).compress(plain)
    assert decompress(codec, bytes(stored), len(plain)) == plain
    assert len(stored) <= len(plain)
    assert unframe(frame(plain, 3)) == plain


def test_text_shrinks_and_random_bytes_stay_as_they_are() -> None:
    compressor = Compressor(3)
    assert compressor.compress(b"the same words again " * 5000)[0] == ZSTD
    noise = os.urandom(300_000)
    codec, stored = compressor.compress(noise)
    assert codec == RAW
    assert stored is noise


def test_a_context_is_clean_for_the_next_run() -> None:
    compressor = Compressor(3)
    first = bytes(compressor.compress(b"abc" * 1000)[1])
    compressor.compress(os.urandom(1000))
    assert bytes(compressor.compress(b"abc" * 1000)[1]) == first


def test_half_random_run_is_compressed() -> None:
    plain = os.urandom(60_000) + bytes(60_000)
    assert Compressor(3).compress(plain)[0] == ZSTD


def test_a_bomb_makes_no_more_than_its_directory_says() -> None:
    bomb = compress(bytes(200_000_000))
    with pytest.raises(DamagedError):
        decompress(ZSTD, bomb, 1000)


@pytest.mark.parametrize("size", [0, 999, 1001, 5000])
def test_another_length_than_the_directorys_is_refused(size: int) -> None:
    with pytest.raises(DamagedError):
        decompress(ZSTD, compress(b"x" * 1000), size)
    with pytest.raises(DamagedError):
        decompress(RAW, b"x" * 1000, size)


def test_absurd_length_is_refused_before_anything_is_made() -> None:
    with pytest.raises(LimitExceededError):
        decompress(ZSTD, b"", MAX_RUN_BYTES + 1)


def test_two_frames_are_refused() -> None:
    with pytest.raises(DamagedError):
        decompress(ZSTD, compress(b"x" * 10) + compress(b"y"), 10)


def test_unknown_codec_is_refused() -> None:
    with pytest.raises(DamagedError, match="codec 7"):
        decompress(7, b"", 0)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_decompress_silently(stored: bytes) -> None:
    with contextlib.suppress(StoreError):
        assert len(unframe(stored)) <= MAX_RUN_BYTES


def test_names_depend_on_the_key() -> None:
    assert name_bytes(bytes(32), b"a") != name_bytes(b"k" * 32, b"a")
    assert name_bytes(bytes(32), b"a") == name_bytes(bytes(32), memoryview(b"a"))
