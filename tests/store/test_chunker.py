import random
from collections.abc import Iterator
from pathlib import Path

import pyfastcdc
import pytest
from dropally.store.chunker import NORMALISATION, Chunker, ChunkerParameters, take_short
from hypothesis import given
from hypothesis import strategies as st
from pyfastcdc.py import FastCDC as PlainFastCDC

PARAMETERS = ChunkerParameters(min_bytes=64, average_bytes=256, max_bytes=1024)
SEED = 0x1234_5678_9ABC


def cut(
    pieces: list[bytes], seed: int = SEED, parameters: ChunkerParameters = PARAMETERS
) -> list[bytes]:
    return [bytes(chunk) for run in Chunker(parameters, seed).cut(pieces) for chunk in run]


def split(data: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


@given(st.integers(0, 60_000), st.lists(st.integers(0, 5000), max_size=30), st.integers(0, 99))
def test_pieces_do_not_matter(size: int, sizes: list[int], seed: int) -> None:
    data = random.Random(seed).randbytes(size)
    assert cut(split(data, sizes)) == cut([data] if data else [])


def test_pieces_do_not_matter_over_many_spans() -> None:
    data = random.Random(5).randbytes(5_000_000)
    whole = cut([data])
    assert b"".join(whole) == data
    for size in (700, 65_536, 1_048_576, 1_500_001):
        assert cut([data[at : at + size] for at in range(0, len(data), size)]) == whole


def test_sizes_are_kept_within_bounds() -> None:
    chunks = cut([random.Random(1).randbytes(300_000)])
    assert all(64 <= len(chunk) <= 1024 for chunk in chunks[:-1])
    assert 200 < 300_000 / len(chunks) < 500


def test_cuts_are_those_of_the_plain_python_implementation() -> None:
    data = random.Random(2).randbytes(100_000)
    plain = PlainFastCDC(
        256, min_size=64, max_size=1024, normalized_chunking=NORMALISATION, seed=SEED
    )
    assert cut([data]) == [bytes(chunk.data) for chunk in plain.cut_buf(data)]


def test_another_seed_cuts_elsewhere() -> None:
    data = random.Random(3).randbytes(50_000)
    assert set(cut([data], seed=1)) != set(cut([data], seed=2))


def test_insertion_moves_few_chunks() -> None:
    data = random.Random(4).randbytes(200_000)
    before, after = set(cut([data])), set(cut([data[:70_000] + b"odd" + data[70_000:]]))
    assert len(after - before) <= 3


def test_short_and_empty_streams() -> None:
    assert cut([]) == []
    assert cut([b"", b""]) == []
    assert cut([b"a", b"", b"b"]) == [b"ab"]


def test_buffers_of_the_caller_may_change_afterwards() -> None:
    buffer = bytearray(b"x" * 10_000)
    runs = Chunker(PARAMETERS, SEED).cut([buffer, memoryview(buffer)])
    chunks = []
    for run in runs:
        buffer[:] = bytes(10_000)
        chunks += [bytes(chunk) for chunk in run]
    assert b"".join(chunks) == b"x" * 20_000


def test_the_compiled_core_is_what_loaded() -> None:
    assert pyfastcdc.FastCDC.__module__ == "pyfastcdc.cy.fastcdc"
    assert list((Path(pyfastcdc.__file__).parent / "cy").glob("fastcdc*.so"))


def test_nonsensical_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="chunk sizes"):
        ChunkerParameters(min_bytes=512, average_bytes=256, max_bytes=1024).check()


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(0, 120))
def test_a_short_stream_is_taken_whole_and_a_longer_one_loses_nothing(
    pieces: list[bytes], min_bytes: int
) -> None:
    reused = bytearray(40)

    def as_views() -> Iterator[memoryview]:
        for piece in pieces:
            reused[: len(piece)] = piece
            yield memoryview(reused)[: len(piece)]

    whole = b"".join(pieces)
    short, rest = take_short(as_views(), min_bytes)
    if len(whole) <= min_bytes:
        assert (short, list(rest)) == (whole, [])
    else:
        assert short is None
        assert b"".join(bytes(piece) for piece in rest) == whole
