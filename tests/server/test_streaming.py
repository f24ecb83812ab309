"""Long answers: piece by piece, never short without the client seeing it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from dropally.server.streaming import in_thread


def _pieces(ended: list[str], *, fails: bool = False) -> Iterator[bytes]:
    try:
        yield b"one"
        if fails:
            raise ValueError("in the middle")
        yield b"two"
    finally:
        ended.append("closed")


async def _collect(pieces: AsyncIterator[bytes], limit: int = 10) -> list[bytes]:
    found = []
    async for piece in pieces:
        found.append(piece)
        if len(found) == limit:
            break
    await pieces.aclose()  # type: ignore[attr-defined]  # an async generator
    return found


def test_pieces_arrive_in_order_and_the_iterator_is_closed() -> None:
    ended: list[str] = []
    assert asyncio.run(_collect(in_thread(_pieces(ended)))) == [b"one", b"two"]
    assert ended == ["closed"]


def test_an_error_goes_through() -> None:
    with pytest.raises(ValueError, match="in the middle"):
        asyncio.run(_collect(in_thread(_pieces([], fails=True))))


def test_a_client_that_goes_away_closes_the_iterator() -> None:
    ended: list[str] = []
    assert asyncio.run(_collect(in_thread(_pieces(ended)), limit=1)) == [b"one"]
    assert ended == ["closed"]
