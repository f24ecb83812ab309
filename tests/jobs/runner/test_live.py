"""What people see of a running job."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dropally.common.clock import ManualClock
from dropally.jobs.context import Phase, PhaseProgress
from dropally.jobs.events import Event
from dropally.jobs.runner import JobOutcome, LiveProgress, RunningJob
from dropally.jobs.runner.live import ProgressMeter
from tests.jobs.runner.work import ANN, Gate, Office, Scripted, request, running, until

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def files(done: int, total: int, *, known: bool = True) -> list[PhaseProgress]:
    return [PhaseProgress("fetch", "files", done, total, known)]


def fetched_at(second: int) -> int:
    """Ten files a second at first, two a second later."""
    return second * 10 if second <= 50 else 500 + (second - 50) * 2


def test_a_rate_is_of_the_last_half_minute() -> None:
    meter = ProgressMeter(0)
    shown = [meter.measure(second, files(fetched_at(second), 1000)) for second in range(101)]
    phases, _ = shown[-1]
    assert phases[0].rate == pytest.approx(2, rel=0.01)


def test_the_time_left_is_a_range_and_only_after_half_a_minute() -> None:
    meter = ProgressMeter(0)
    etas = [meter.measure(second, files(second * 10, 1000))[1] for second in range(31)]
    assert etas[:30] == [None] * 30
    assert etas[30] is not None
    least, most = etas[30]
    assert least < 70 < most


def test_there_is_no_time_left_while_the_total_still_grows() -> None:
    meter = ProgressMeter(0)
    shown = [meter.measure(second, files(second, 100, known=False)) for second in range(61)]
    phases, eta = shown[-1]
    assert eta is None
    assert phases[0].is_at_least


def test_sealing_that_still_grows_does_not_hide_the_time_left() -> None:
    meter = ProgressMeter(0)
    sealing = PhaseProgress("seal", "entries", 1, 5, is_total_known=False)
    shown = [meter.measure(second, [*files(second, 100), sealing]) for second in range(61)]
    assert shown[-1][1] is not None


def test_work_found_after_all_makes_a_total_grow_again() -> None:
    phase = Phase("fetch", "files")
    phase.expect(3)
    phase.settle()
    assert phase.progress().is_total_known
    phase.expect(2)
    assert not phase.progress().is_total_known


def test_a_total_is_never_less_than_what_is_done() -> None:
    phases, _ = ProgressMeter(0).measure(1.0, files(12, 10, known=False))
    assert (phases[0].done, phases[0].total) == (12, 12)


class Steered:
    """A job that counts, pauses and checks when the test says so."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gate = Gate()
        self.jobs: list[RunningJob] = []
        self.clock = ManualClock(START)

    def script(self, job: RunningJob) -> JobOutcome:
        self.jobs.append(job)
        while not self.gate.open.wait(0.01):
            if job.is_cancelled:
                job.context.check()
        return JobOutcome("succeeded")

    def live(self, office: Office) -> LiveProgress:
        live = office.runner.live(self.jobs[0].id)
        assert live is not None
        return live


@pytest.fixture
def steered(tmp_path: Path) -> Steered:
    return Steered(tmp_path)


def test_counters_pauses_and_problems_are_shown(steered: Steered) -> None:
    with running(steered.folder, Scripted(steered.script), clock=steered.clock) as office:
        office.runner.submit(request())
        until(lambda: steered.jobs)
        job = steered.jobs[0]
        job.context.phase("fetch", "files").expect(10)
        job.context.phase("fetch", "files").add(4)
        job.context.set_pause("Dropbox asks to wait 41 s")
        job.problem("unreadable", "/a")
        job.add_api_calls(12)
        live = steered.live(office)
        steered.gate.open.set()
    assert (live.phases[0].done, live.phases[0].total, live.phases[0].is_at_least) == (4, 10, True)
    assert (live.pause, live.problems, live.api_calls) == ("Dropbox asks to wait 41 s", 1, 12)


def test_a_silent_job_counts_as_hung_until_it_shows_a_sign_of_life(steered: Steered) -> None:
    with running(steered.folder, Scripted(steered.script), clock=steered.clock) as office:
        office.runner.submit(request())
        until(lambda: steered.jobs)
        steered.live(office)
        steered.clock.advance(899)
        assert not steered.live(office).is_hung
        steered.clock.advance(2)
        hung = steered.live(office)
        assert hung.is_hung
        assert hung.last_sign == START
        steered.jobs[0].context.check()
        assert not steered.live(office).is_hung
        steered.gate.open.set()


def test_what_is_being_cancelled_says_so(steered: Steered) -> None:
    slow = Gate()

    def script(job: RunningJob) -> JobOutcome:
        steered.jobs.append(job)
        slow.open.wait()
        job.context.check()
        return JobOutcome("succeeded")

    with running(steered.folder, Scripted(script)) as office:
        row = office.runner.submit(request())
        until(lambda: steered.jobs)
        office.runner.cancel(row.id, ANN)
        until(lambda: steered.live(office).is_cancelling)
        slow.open.set()
        assert office.finished(row).status == "canceled"
        until(lambda: office.runner.live(row.id) is None)


def test_progress_is_published_at_most_twice_a_second(tmp_path: Path) -> None:
    def count(job: RunningJob) -> JobOutcome:
        phase = job.context.phase("fetch", "files")
        while len(told(office)) < 3:
            phase.add()
            job.context.clock.wait(job.context.cancelled, 0.01)
        return JobOutcome("succeeded")

    def told(office: Office) -> list[Event]:
        return [event for event in office.events.after(0) if "live" in event.data]

    with running(tmp_path, Scripted(count)) as office:
        begun = time.monotonic()
        office.finished(office.runner.submit(request()))
        took_s = time.monotonic() - begun
        assert 3 <= len(told(office)) <= 2 * took_s + 2
