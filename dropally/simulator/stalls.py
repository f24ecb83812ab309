"""How long the server's thread could not run although it was its turn: a machine that is too busy.

Who judges a client by the time between two of its calls has to leave that out.
"""

import asyncio


class Stalls:
    """Counted while somebody sleeps by it, over and over; used by the server's one thread only."""

    def __init__(self) -> None:
        self._lost_s = 0.0
        self._due_s: float | None = None

    async def sleep(self, seconds: float) -> None:
        """Sleep, and count by how much it became longer than that."""
        self._due_s = asyncio.get_running_loop().time() + seconds
        await asyncio.sleep(seconds)
        self._lost_s, self._due_s = self.lost_s(), None

    def lost_s(self) -> float:
        """Seconds lost since the start, those of a sleep that should be over included."""
        if self._due_s is None:
            return self._lost_s
        return self._lost_s + max(0.0, asyncio.get_running_loop().time() - self._due_s)
