"""The team's people go on working while somebody looks at the demo."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dropally.common.clock import SystemClock
from dropally.demo.diary import Diary
from dropally.simulator.control.local import Control

_EVERY_S = 20.0


@contextmanager
def office_hours(control: Control) -> Iterator[None]:
    """Somebody changes a file now and then, until the block ends."""
    clock = SystemClock()
    diary = Diary(control, clock.now(), first_number=int(clock.now().timestamp()))
    closing = threading.Event()

    def work() -> None:
        while not clock.wait(closing, _EVERY_S):
            diary.work()

    thread = threading.Thread(target=work, name="office-hours", daemon=True)
    thread.start()
    try:
        yield
    finally:
        closing.set()
        thread.join()
