"""Long answers, made piece by piece in a thread and sent as they come.

Only asynchronous generators are given to the framework: a plain iterator that raises a ValueError
would end its answer as if it were whole.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

_Piece = TypeVar("_Piece", bytes, str)


async def in_thread(pieces: Iterator[_Piece]) -> AsyncIterator[_Piece]:
    """The pieces, each made in a thread, so that the event loop stays free.

    An error goes through and breaks the connection: the client sees that the answer is not whole.
    When the client goes away, the iterator is closed.
    """
    try:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            await asyncio.to_thread(close)
