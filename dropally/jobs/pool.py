"""Runs work units on threads or processes; counters, log lines and cancelling work in both.

A work unit is a module-level function of (JobContext, plain data) -> plain data, so that it can
run in this process, in another one, or one day on another machine.
"""

import contextlib
import multiprocessing
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event as ProcessEvent
from typing import Literal, TypeVar

from dropally.common.clock import SystemClock
from dropally.jobs.context import JobContext, Level, PhaseProgress

WorkT = TypeVar("WorkT")
ResultT = TypeVar("ResultT")
Unit = Callable[[JobContext, WorkT], ResultT]
_REPORT_EVERY_S = 0.25


@dataclass(frozen=True)
class _Line:
    """A log line of a child process."""

    level: Level
    message: str


@dataclass(frozen=True)
class _Counters:
    """All counters of one unit in a child process."""

    unit_number: int
    phases: list[PhaseProgress]


_Report = _Line | _Counters


def run_units(
    context: JobContext,
    unit: Unit[WorkT, ResultT],
    works: Sequence[WorkT],
    *,
    kind: Literal["threads", "processes"] = "threads",
    workers: int = 1,
) -> Iterator[ResultT]:
    """Results in the order in which they are ready; the first error stops the rest and is raised.

    With processes, `unit` and `works` are pickled, and the children's counters are added up in
    `context`. Leaving the iterator early cancels what still runs.
    """
    if kind == "threads" or len(works) < 2:
        with ThreadPoolExecutor(workers, thread_name_prefix="unit") as threads:
            yield from _collect(context, threads, [threads.submit(unit, context, w) for w in works])
        return
    spawn = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
    reports: Queue[_Report | None] = spawn.Queue()
    stop = spawn.Event()
    # The relay ends last: children send what they still hold when they exit.
    with (
        _relay(context, reports, stop, len(works)),
        ProcessPoolExecutor(
            workers, mp_context=spawn, initializer=_enter_child, initargs=(reports, stop)
        ) as processes,
    ):
        futures = [processes.submit(_run_in_child, unit, n, work) for n, work in enumerate(works)]
        yield from _collect(context, processes, futures)


def _collect(
    context: JobContext, executor: Executor, futures: list[Future[ResultT]]
) -> Iterator[ResultT]:
    finished = False
    try:
        for future in as_completed(futures):
            yield future.result()
        finished = True
    finally:
        if not finished:
            context.cancelled.set()
            executor.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _relay(
    context: JobContext, reports: "Queue[_Report | None]", stop: ProcessEvent, units: int
) -> Iterator[None]:
    """Carry reports of the children into `context`, and its cancelling to the children."""
    seen: dict[tuple[int, str], PhaseProgress] = {}

    def pump() -> None:
        while True:
            if context.cancelled.is_set():
                stop.set()
            try:
                report = reports.get(timeout=_REPORT_EVERY_S)
            except queue.Empty:
                continue
            if report is None:
                return
            _apply(context, seen, report, units)

    thread = threading.Thread(target=pump, name="unit-reports")
    thread.start()
    try:
        yield
    finally:
        reports.put(None)
        thread.join()
        reports.close()
        reports.join_thread()


def _apply(
    context: JobContext,
    seen: dict[tuple[int, str], PhaseProgress],
    report: _Report,
    units: int,
) -> None:
    if isinstance(report, _Line):
        (context.warn if report.level == "warning" else context.note)(report.message)
        return
    for progress in report.phases:
        before = seen.get((report.unit_number, progress.name))
        phase = context.phase(progress.name, progress.unit)
        phase.expect(progress.total - (before.total if before else 0))
        phase.add(progress.done - (before.done if before else 0))
        seen[(report.unit_number, progress.name)] = progress
        known = [one.is_total_known for (_, name), one in seen.items() if name == progress.name]
        if len(known) == units and all(known):
            phase.settle()


class _ChildLink:
    """What a child process keeps between units: the way back to its parent."""

    reports: "Queue[_Report | None]"
    stop: ProcessEvent


def _enter_child(reports: "Queue[_Report | None]", stop: ProcessEvent) -> None:
    _ChildLink.reports = reports
    _ChildLink.stop = stop


def _run_in_child(unit: Unit[WorkT, ResultT], number: int, work: WorkT) -> ResultT:
    link = _ChildLink
    context = JobContext(log=lambda level, message: link.reports.put(_Line(level, message)))
    done = threading.Event()
    clock = SystemClock()

    def report() -> None:
        while not clock.wait(done, _REPORT_EVERY_S):
            if link.stop.is_set():
                context.cancelled.set()
            link.reports.put(_Counters(number, context.counters()))

    reporter = threading.Thread(target=report, name="unit-report")
    reporter.start()
    try:
        return unit(context, work)
    finally:
        done.set()
        reporter.join()
        link.reports.put(_Counters(number, context.counters()))
