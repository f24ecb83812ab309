"""Work units on threads and on processes: results, counters, logs, errors, cancelling."""

import threading
from typing import Literal

import pytest
from dropally.common.errors import CancelledError, NotFoundError
from dropally.jobs.context import JobContext, Level
from dropally.jobs.pool import run_units


def square(context: JobContext, number: int) -> int:
    context.phase("count", "entries").expect(number)
    context.phase("count", "entries").settle()
    context.phase("count", "entries").add(number)
    context.note(f"squared {number}")
    return number * number


def refuse(_context: JobContext, number: int) -> int:
    raise NotFoundError(f"no {number}", hint="try another")


def wait_for_cancel(context: JobContext, _number: int) -> int:
    context.cancelled.wait(60)
    context.check()
    return 0


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_results_counters_and_log_lines_come_back(kind: Literal["threads", "processes"]) -> None:
    lines: list[tuple[Level, str]] = []
    context = JobContext(log=lambda level, message: lines.append((level, message)))
    results = sorted(run_units(context, square, [1, 2, 3], kind=kind, workers=2))
    assert results == [1, 4, 9]
    [progress] = context.progress()
    assert (progress.name, progress.done, progress.total) == ("count", 6, 6)
    assert progress.is_total_known
    assert sorted(lines) == [("note", f"squared {n}") for n in (1, 2, 3)]


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_an_error_of_a_unit_reaches_the_caller_whole(
    kind: Literal["threads", "processes"],
) -> None:
    with pytest.raises(NotFoundError, match="no 1") as caught:
        list(run_units(JobContext(), refuse, [1, 1], kind=kind, workers=2))
    assert caught.value.hint == "try another"


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_cancelling_reaches_every_unit(kind: Literal["threads", "processes"]) -> None:
    context = JobContext()
    timer = threading.Timer(0.2, context.cancelled.set)
    timer.start()
    with pytest.raises(CancelledError):
        list(run_units(context, wait_for_cancel, [1, 2], kind=kind, workers=2))
    timer.join()
