"""A limit of the line that notes what it was told."""

import threading
from collections.abc import Callable


class NotingLimit:
    """Stops whoever waits after so many steps, if there is an event to set."""

    def __init__(self, stop: threading.Event | None = None, after: int = 0) -> None:
        self.sent: list[int] = []
        self.received: list[int] = []
        self._stop = stop
        self._after = after

    def send(self, size_bytes: int, wait: Callable[[float], bool] | None = None) -> None:
        self.sent.append(size_bytes)
        self._look(wait)

    def receive(self, size_bytes: int, wait: Callable[[float], bool] | None = None) -> None:
        self.received.append(size_bytes)
        self._look(wait)

    def _look(self, wait: Callable[[float], bool] | None) -> None:
        if self._stop is not None and len(self.sent) + len(self.received) >= self._after:
            self._stop.set()
            assert wait is not None
            assert wait(60.0)
