"""Writers, readers and verifiers that work in the caller's thread, so that schedules repeat and are cheap.

What a writer stores, and in which order, is what its threads do; packs are put while others may take
their turn, too.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import pytest
from dropally.store.reader import reader as reading
from dropally.store.snapshot import Session
from dropally.store.verify import run as verifying
from dropally.store.writer import writer as writing
from dropally.store.writer.flow import Flow
from dropally.store.writer.pipeline import Pipeline
from dropally.store.writer.run import Run

P = ParamSpec("P")
T = TypeVar("T")


class InlineExecutor(Executor):
    """Does what is submitted at once."""

    def __init__(self, threads: int, thread_name_prefix: str) -> None:
        del threads, thread_name_prefix

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """As `Executor.submit`."""
        done: Future[T] = Future()
        try:
            done.set_result(work(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - handed on, as an executor does
            done.set_exception(error)
        return done


class InlinePipeline(Pipeline):
    """Compresses, seals and uploads whatever is submitted before `submit` returns."""

    def start(self) -> None:
        """There is nothing to start."""

    def submit(self, run: Run) -> None:
        """Let each thread's work run to its end, here."""
        super().submit(run)
        self._todo.put(None)
        self._guard(self._compress_all)
        self._uploads.put(None)
        self._guard(self._upload_all)

    def close(self) -> None:
        """There is nothing to stop."""


class NoPulse:
    """The simulation itself says when a heartbeat comes."""

    def __init__(self, flow: Flow, session: Session, flush: Callable[[], None]) -> None:
        del flow, session, flush

    def stop(self) -> None:
        """There is nothing to stop."""


@contextmanager
def without_threads() -> Iterator[None]:
    """Writers, readers and verifiers that are opened meanwhile start no threads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "Pipeline", InlinePipeline)
        patch.setattr(writing, "Pulse", NoPulse)
        patch.setattr(reading, "ThreadPoolExecutor", InlineExecutor)
        patch.setattr(verifying, "ThreadPoolExecutor", InlineExecutor)
        yield
