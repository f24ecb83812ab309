"""Long answers, made piece by piece in a thread and sent as they come.

Only asynchronous generators are given to the framework: a plain iterator that raises a ValueError
would end its answer as if it were whole.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Piece = TypeVar("_Piece", bytes, str)
_GATHERED_BYTES = 256 << 10


async def in_thread(pieces: Iterator[_Piece]) -> AsyncIterator[_Piece]:
    """The pieces, each made in a thread, so that the event loop stays free.

    An error goes through and breaks the connection: the client sees that the answer is not whole.
    When the client goes away, the iterator is closed.
    """
    loop = asyncio.get_running_loop()
    # One thread for one answer: it closes the iterator after the step that it is at, whatever
    # became of who waits for that step.
    thread = ThreadPoolExecutor(1, thread_name_prefix="answer")
    try:
        while (piece := await loop.run_in_executor(thread, next, pieces, None)) is not None:
            yield piece
    finally:
        closing = loop.run_in_executor(thread, _close, pieces)
        thread.shutdown(wait=False)
        await asyncio.shield(closing)


def _close(pieces: object) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()


def gathered(pieces: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """The same bytes in pieces of about 256 KiB: each costs a turn of the event loop."""
    held: list[bytes | bytearray | memoryview] = []
    size = 0
    for piece in pieces:
        if not size and len(piece) >= _GATHERED_BYTES:
            yield bytes(piece)
            continue
        held.append(piece)
        size += len(piece)
        if size >= _GATHERED_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
