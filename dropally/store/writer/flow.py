"""What keeps a writer's memory bounded, and stops all of its threads when one fails."""

import threading
from mmap import mmap
from types import TracebackType


class Flow:
    """Bytes in flight, pack buffers, and the first error. One condition serves all waits."""

    def __init__(self, limit_bytes: int, buffer_count: int, buffer_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._buffer_bytes = buffer_bytes
        self._changed = threading.Condition()
        self._in_flight_bytes = 0
        self._unmade_buffers = buffer_count
        self._free_buffers: list[memoryview] = []
        self._error: BaseException | None = None
        self._traceback: TracebackType | None = None

    def acquire_bytes(self, count: int) -> None:
        """Wait until so many bytes may be in flight too. Raises the writer's first error."""
        with self._changed:
            while self._in_flight_bytes and self._in_flight_bytes + count > self._limit_bytes:
                self._check()
                self._changed.wait()
            self._check()
            self._in_flight_bytes += count

    def release_bytes(self, count: int) -> None:
        """So many bytes are no longer in flight."""
        with self._changed:
            self._in_flight_bytes -= count
            self._changed.notify_all()

    def take_buffer(self) -> memoryview:
        """A pack buffer, page-aligned; waits for one. Raises the writer's first error."""
        with self._changed:
            while not self._free_buffers and not self._unmade_buffers:
                self._check()
                self._changed.wait()
            self._check()
            if self._free_buffers:
                return self._free_buffers.pop()
            self._unmade_buffers -= 1
        return memoryview(mmap(-1, self._buffer_bytes))

    def give_buffer(self, buffer: memoryview) -> None:
        """Hand a buffer back."""
        with self._changed:
            self._free_buffers.append(buffer)
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """Note the first error and wake everybody who waits."""
        with self._changed:
            if self._error is None:
                self._error = error
                self._traceback = error.__traceback__
            self._changed.notify_all()

    @property
    def failed(self) -> bool:
        """Whether some thread of the writer failed."""
        return self._error is not None

    def check(self) -> None:
        """Raise the writer's first error, if there is one."""
        if self._error is not None:
            raise self._error.with_traceback(self._traceback)

    def announce(self, event: threading.Event) -> None:
        """Set an event, and wake whoever waits for it."""
        with self._changed:
            event.set()
            self._changed.notify_all()

    def wait_for(self, event: threading.Event) -> None:
        """Wait for an event that is announced. Raises the writer's first error."""
        with self._changed:
            while not event.is_set():
                self._check()
                self._changed.wait()
        self.check()

    _check = check
