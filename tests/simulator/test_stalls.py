"""Time in which the server's thread could not run is known."""

import asyncio
import time

from dropally.simulator.stalls import Stalls


def test_what_a_blocked_thread_lost_is_counted_at_once_and_kept() -> None:
    async def sleep_and_block() -> tuple[float, float]:
        stalls = Stalls()
        sleeping = asyncio.create_task(stalls.sleep(0.01))
        await asyncio.sleep(0)
        time.sleep(0.2)  # the thread itself is held up, as by a busy machine
        during = stalls.lost_s()
        await sleeping
        return during, stalls.lost_s()

    during, after = asyncio.run(sleep_and_block())
    assert 0.15 < during <= after
