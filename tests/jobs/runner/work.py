"""Kinds of jobs and a runner for the tests: real database, real threads."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from dropally.catalog.appliance import open_appliance_database
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.jobs import JobRow
from dropally.common.clock import Clock, SystemClock
from dropally.jobs.events import EventBus
from dropally.jobs.runner import (
    SCHEDULED,
    Initiator,
    JobKind,
    JobOutcome,
    JobRequest,
    JobRunner,
    RunnerSettings,
    RunningJob,
)
from tests.auth.appliance import lay_empty_database

ANN = Initiator("user", "usr_ann", "Ann Smith")
SOON_S = 60.0
"""Long: a busy machine is no reason to fail."""


class Work(msgspec.Struct):
    """What the tests' jobs are given."""

    name: str = ""
    steps: int = 0


@dataclass
class Scripted:
    """A kind that does what a test says."""

    script: Callable[[RunningJob], JobOutcome]
    name: str = "work"
    is_resumable: bool = True
    ran: list[str] = field(default_factory=list)

    def run(self, job: RunningJob) -> JobOutcome:
        self.ran.append(job.params(Work).name)
        return self.script(job)


def succeed(_job: RunningJob) -> JobOutcome:
    return JobOutcome("succeeded", {"files": 1})


def wait_for_stop(job: RunningJob) -> JobOutcome:
    while True:
        job.context.check()
        job.context.clock.wait(job.context.cancelled, 0.02)


def count_up(job: RunningJob) -> JobOutcome:
    """Counts to its number of steps, noting each."""
    done = int(job.state or b"0")
    while done < job.params(Work).steps:
        job.context.check()
        done += 1
        job.set_state(str(done).encode())
    return JobOutcome("succeeded", {"steps": done})


class Gate:
    """Holds jobs until the test opens it."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.lock = threading.Lock()
        self.inside: set[str] = set()
        self.entered: list[str] = []

    def script(self, job: RunningJob) -> JobOutcome:
        name = job.params(Work).name
        with self.lock:
            self.inside.add(name)
            self.entered.append(name)
        while not self.open.wait(0.01):
            job.context.check()
        with self.lock:
            self.inside.discard(name)
        return JobOutcome("succeeded")


def request(
    name: str = "job",
    *,
    kind: str = "work",
    priority: int = SCHEDULED,
    team_id: str = "",
    locks: tuple[str, ...] = (),
    dedupe: str = "",
    task_id: str = "",
    entity_ids: tuple[str, ...] = (),
    steps: int = 0,
) -> JobRequest:
    return JobRequest(
        kind,
        f"Do {name}",
        Work(name, steps),
        ANN,
        task_id=task_id,
        entity_ids=entity_ids,
        team_id=team_id,
        locks=locks,
        priority=priority,
        dedupe=dedupe,
    )


def until(condition: Callable[[], object], within_s: float = SOON_S) -> None:
    """Wait for something that other threads bring about."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


class Office:
    """A runner and its parts."""

    def __init__(
        self, database: DatabaseFile, clock: Clock, settings: RunnerSettings | None = None
    ) -> None:
        self.database = database
        self.clock = clock
        self.events = EventBus(clock)
        self.runner = JobRunner(database, clock, self.events, settings)

    def status(self, row: JobRow) -> str:
        return self.runner.get(row.id).status

    def finished(self, row: JobRow) -> JobRow:
        until(lambda: self.runner.get(row.id).is_finished)
        return self.runner.get(row.id)


@contextmanager
def running(
    folder: Path,
    *kinds: JobKind,
    settings: RunnerSettings | None = None,
    clock: Clock | None = None,
    on_finished: Callable[[JobRow], None] | None = None,
) -> Iterator[Office]:
    """A started runner on the folder's database; stopped in the end."""
    lay_empty_database(folder)
    with open_appliance_database(folder) as database:
        office = Office(database, clock or SystemClock(), settings)
        for kind in kinds:
            office.runner.register(kind)
        if on_finished is not None:
            office.runner.on_finished(on_finished)
        office.runner.start()
        try:
            yield office
        finally:
            office.runner.stop(5)
