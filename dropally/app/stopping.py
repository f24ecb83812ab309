"""Parts that run beside each other, stopped at the same time: each of them may take seconds."""

import logging
import threading
from collections.abc import Callable

from dropally.common.clock import Clock

_LOG = logging.getLogger(__name__)


class Stopping:
    """Gathers how to stop what was started; `stop` waits for all of it, up to a limit."""

    def __init__(self, clock: Clock, within_s: float) -> None:
        self._clock = clock
        self._within_s = within_s
        self._stops: list[tuple[str, Callable[[], object]]] = []

    def add(self, name: str, stop: Callable[[], object]) -> None:
        """Something was started that is stopped so."""
        self._stops.append((name, stop))

    def stop(self) -> None:
        """Stop everything at once. What takes longer than the limit is left to itself, and logged."""
        threads = [
            threading.Thread(
                target=self._stop_one, args=found, name=f"stop {found[0]}", daemon=True
            )
            for found in self._stops
        ]
        for thread in threads:
            thread.start()
        deadline = self._clock.monotonic() + self._within_s
        for thread in threads:
            thread.join(max(0.0, deadline - self._clock.monotonic()))
            if thread.is_alive():
                _LOG.warning("%s takes too long and is left to itself", thread.name)

    def _stop_one(self, name: str, stop: Callable[[], object]) -> None:
        try:
            stop()
        except Exception:  # noqa: BLE001  one that fails must not keep the others from being stopped
            _LOG.exception("%s could not be stopped", name)
