"""What a writer does by time: keep its session fresh, and let no finished work wait for long."""

import threading
import time
from collections.abc import Callable

from dropally.store.errors import BackendUnavailableError
from dropally.store.snapshot import Session
from dropally.store.writer.flow import Flow

REFRESH_S = 300.0
FLUSH_S = 60.0


class Pulse:
    """A thread that refreshes the session and flushes the pipeline now and then."""

    def __init__(self, flow: Flow, session: Session, flush: Callable[[], None]) -> None:
        self._flow = flow
        self._session = session
        self._flush = flush
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._guard, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._thread.join()

    def _guard(self) -> None:
        try:
            self._beat()
        except BaseException as error:  # noqa: BLE001 - carried to the caller's thread by the flow
            self._flow.fail(error)

    def _beat(self) -> None:
        refreshed = time.monotonic()
        while not self._stopped.wait(FLUSH_S) and not self._flow.failed:
            self._flush()
            if time.monotonic() - refreshed >= REFRESH_S:
                refreshed = self._refresh(refreshed)

    def _refresh(self, refreshed: float) -> float:
        try:
            self._session.refresh()
        except BackendUnavailableError:
            return refreshed  # a session lives for a day: there is time for the next try
        return time.monotonic()
