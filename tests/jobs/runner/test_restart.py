"""Stops, kills and crash loops: nothing that was accepted is lost."""

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from dropally.catalog import job_changes, job_details, jobs
from dropally.catalog.appliance import open_appliance_database
from dropally.catalog.jobs import JobRow
from dropally.common.clock import SystemClock
from dropally.common.errors import DropallyError
from dropally.jobs.runner import JobOutcome, RunningJob
from dropally.jobs.runner.restarting import CRASHES_IN_A_ROW, take_back, trial_s
from dropally.jobs.runner.slots import Slots
from tests.auth.appliance import lay_empty_database
from tests.jobs.runner.child import hang, submit_for_ever
from tests.jobs.runner.work import (
    ANN,
    Gate,
    Office,
    Scripted,
    count_up,
    request,
    running,
    succeed,
    until,
    wait_for_stop,
)

# Children come from a process without threads that has everything loaded.
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["tests.jobs.runner.child"])


def test_a_stopped_job_goes_on_at_the_next_start_with_its_state(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def work(job: RunningJob) -> JobOutcome:
        seen.append(job.state)
        if job.state == b"half":
            return JobOutcome("succeeded")
        job.set_state(b"half")
        return wait_for_stop(job)

    with running(tmp_path, Scripted(work)) as office:
        row = office.runner.submit(request())
        until(lambda: seen)
    with running(tmp_path, Scripted(work)) as office:
        done = office.finished(row)
    assert seen == [b"", b"half"]
    assert (done.status, done.attempt, done.crashes) == ("succeeded", 2, 0)


def test_while_stopped_it_waits_and_says_why(tmp_path: Path) -> None:
    with running(tmp_path, Scripted(wait_for_stop)) as office:
        row = office.runner.submit(request())
        until(lambda: office.status(row) == "in_progress")
        office.runner.stop(5)
        stopped = office.runner.get(row.id)
    assert (stopped.status, stopped.note) == ("pending", "interrupted")


def test_an_error_that_the_stop_caused_does_not_fail_the_job(tmp_path: Path) -> None:
    def break_off(job: RunningJob) -> JobOutcome:
        job.context.cancelled.wait()
        raise DropallyError("the connection was closed")

    with running(tmp_path, Scripted(break_off)) as office:
        row = office.runner.submit(request())
        until(lambda: office.status(row) == "in_progress")
        office.runner.stop(5)
        assert office.status(row) == "pending"


def test_a_kind_that_cannot_go_on_has_failed_after_a_stop(tmp_path: Path) -> None:
    with running(tmp_path, Scripted(wait_for_stop, is_resumable=False)) as office:
        row = office.runner.submit(request())
        until(lambda: office.status(row) == "in_progress")
        office.runner.stop(5)
        done = office.runner.get(row.id)
    assert (done.status, done.hint) == ("failed", "start it again")


def test_a_job_that_does_not_react_keeps_nobody_from_stopping(tmp_path: Path) -> None:
    gate = Gate()
    began = threading.Event()

    def deaf(_job: RunningJob) -> JobOutcome:
        began.set()
        gate.open.wait()
        return JobOutcome("succeeded")

    with running(tmp_path, Scripted(deaf)) as office:
        row = office.runner.submit(request())
        assert began.wait(60)
        office.runner.stop(0.5)  # the job itself would never end
        assert office.status(row) == "pending"
        gate.open.set()  # its late end must not be written over what the row says now
        time.sleep(0.2)
        assert office.status(row) == "pending"


def test_a_job_that_is_just_starting_is_stopped_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Slots.begin

    def stop_and_begin(slots: Slots, job: RunningJob, thread: threading.Thread) -> None:
        stopping = threading.Thread(target=office.runner.stop, args=(0.5,))
        stopping.start()
        stopping.join()  # it does not wait for whoever starts jobs
        begin(slots, job, thread)

    monkeypatch.setattr(Slots, "begin", stop_and_begin)
    with running(tmp_path, Scripted(wait_for_stop)) as office:
        row = office.runner.submit(request())
        until(lambda: office.status(row) == "pending" and office.runner.get(row.id).note)
        assert office.runner.get(row.id).note == "interrupted"


def test_a_cancelled_job_stays_cancelled_over_a_restart(tmp_path: Path) -> None:
    row = killed_while_running(tmp_path, cancel=True)
    with running(tmp_path, Scripted(succeed)) as office:
        assert office.status(row) == "canceled"


def test_after_a_kill_a_job_runs_again(tmp_path: Path) -> None:
    row = killed_while_running(tmp_path)
    kind = Scripted(succeed)
    with running(tmp_path, kind) as office:
        done = office.finished(row)
    assert (done.status, done.attempt, done.crashes) == ("succeeded", 2, 1)
    assert kind.ran == ["job"]


def test_a_job_that_kills_the_appliance_again_and_again_fails_with_the_reason(
    tmp_path: Path,
) -> None:
    row = killed_while_running(tmp_path)
    for _ in range(CRASHES_IN_A_ROW - 1):
        killed_while_running(tmp_path, submit=False)
    kind = Scripted(succeed)
    with running(tmp_path, kind) as office:
        done = office.runner.get(row.id)
    assert done.status == "failed"
    assert "5 times in a row" in done.error
    assert kind.ran == []


def test_jobs_that_ran_together_are_not_blamed_for_each_other(tmp_path: Path) -> None:
    with open_appliance_database(tmp_path) as database:
        office = Office(database, SystemClock())
        rows = [office.runner.submit(request(name)) for name in ("one", "two")]
        for _ in range(CRASHES_IN_A_ROW + 2):
            with database.write() as tables:  # both start, and the process ends
                for row in rows:
                    assert job_changes.claim(tables.conn, row.id, office.clock.now())
                take_back(tables.conn, lambda _kind: True, office.clock.now())
        assert {office.status(row) for row in rows} == {"pending"}
    gate = Gate()
    with running(tmp_path, Scripted(gate.script)) as office:
        until(lambda: gate.inside)
        time.sleep(0.3)
        assert gate.inside == {"one"}  # alone: what happens now is its own doing
        gate.open.set()
        assert {office.finished(row).status for row in rows} == {"succeeded"}


def test_a_job_that_gets_on_between_kills_does_not_fail(tmp_path: Path) -> None:
    with open_appliance_database(tmp_path) as database:
        office = Office(database, SystemClock())
        ids = {left: office.runner.submit(request(str(left))).id for left in (0, 1)}
        for attempt in range(2 * CRASHES_IN_A_ROW):
            for gets_on, job_id in ids.items():
                with database.write() as tables:
                    if job_changes.claim(tables.conn, job_id, office.clock.now()):
                        job_changes.note_steps(tables.conn, job_id, attempt * gets_on)
                        take_back(tables.conn, lambda _kind: True, office.clock.now())
        assert office.runner.get(ids[1]).status == "pending"
        assert office.runner.get(ids[0]).status == "failed"


def test_a_trial_is_the_longer_the_more_often_the_process_ended() -> None:
    assert [trial_s(crashes) for crashes in (1, 2, 3, 4, 5)] == [60, 120, 240, 480, 900]


def test_problems_of_the_attempt_before_count_once(tmp_path: Path) -> None:
    def stumble(job: RunningJob) -> JobOutcome:
        job.problem("unreadable", "/a")
        if job.row.attempt == 1:
            return wait_for_stop(job)
        job.problem("unreadable", "/b")
        return JobOutcome("partially_succeeded")

    with running(tmp_path, Scripted(stumble)) as office:
        row = office.runner.submit(request())
        until(lambda: office.status(row) == "in_progress")
    with running(tmp_path, Scripted(stumble)) as office:
        done = office.finished(row)
        with office.database.read() as connection:
            causes = job_details.causes_of(connection, done.number)
    assert [(cause.cause, cause.items) for cause in causes] == [("unreadable", 2)]


def test_an_end_that_nobody_was_told_of_is_told_after_the_restart(tmp_path: Path) -> None:
    with open_appliance_database(tmp_path) as database:
        office = Office(database, SystemClock())
        row = office.runner.submit(request())
        office.runner.cancel(row.id, ANN)  # ends in the database alone: nothing runs yet
    heard: list[str] = []
    with running(tmp_path, on_finished=lambda one: heard.append(one.id)) as office:
        until(lambda: heard)
    with running(tmp_path, on_finished=lambda one: heard.append(one.id)) as office:
        office.finished(office.runner.submit(request(kind="unknown")))
        until(lambda: len(heard) == 2)
    assert heard[0] == row.id
    assert heard[1] != row.id


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_at_random_moments_every_accepted_job_is_done(tmp_path: Path, seed: int) -> None:
    ids: list[str] = []
    for number in range(3):
        with child_process(submit_for_ever, tmp_path) as (line, kill):
            ids.append(line.recv())
            time.sleep(0.07 * ((seed * 7 + number * 5) % 6))
            kill()
            with suppress(EOFError, OSError):  # all that was accepted before it was killed
                while True:
                    ids.append(line.recv())
    with running(tmp_path, Scripted(count_up)) as office:
        rows = [office.finished(office.runner.get(job_id)) for job_id in ids]
    assert {row.status for row in rows} == {"succeeded"}
    assert all(row.summary == '{"steps":30}' for row in rows)


def killed_while_running(folder: Path, *, cancel: bool = False, submit: bool = True) -> JobRow:
    """Kill a process in which a job that never ends runs; the job's row after that."""
    with child_process(partial(hang, submit=submit), folder) as (line, kill):
        job_id = line.recv()
        if cancel:
            line.send("cancel")
            assert line.recv() == "cancelled"
        kill()
    with open_appliance_database(folder) as database, database.read() as connection:
        row = jobs.job_by_id(connection, job_id)
    assert row is not None
    assert row.status == "in_progress"
    return row


@contextmanager
def child_process(
    act: Callable[[Connection, Path], None], folder: Path
) -> Iterator[tuple[Connection, Callable[[], None]]]:
    """A process that does this, the line to it, and how to kill it with SIGKILL."""
    lay_empty_database(folder)
    ours, theirs = FORKING.Pipe()
    process = FORKING.Process(target=act, args=(theirs, folder))
    process.start()
    theirs.close()

    def kill() -> None:
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL

    with ours:
        try:
            yield ours, kill
        finally:
            process.kill()
            process.join()
            process.close()
