"""A process with a runner, to be killed by a test. It tells and hears through its end of a pipe."""

import time
from multiprocessing.connection import Connection
from pathlib import Path

from dropally.jobs.runner import JobOutcome, RunningJob
from tests.jobs.runner.work import ANN, Scripted, count_up, request, running

STEPS = 30


def hang(line: Connection, folder: Path, *, submit: bool) -> None:
    """Run a job that never ends and hears nothing; send its id once it runs."""

    def run(job: RunningJob) -> JobOutcome:
        line.send(job.id)
        while True:
            time.sleep(1)

    with running(folder, Scripted(run)) as office:
        row = office.runner.submit(request()) if submit else None
        while line.recv() == "cancel" and row is not None:
            office.runner.cancel(row.id, ANN)
            line.send("cancelled")


def submit_for_ever(line: Connection, folder: Path) -> None:
    """Submit jobs, sending the id of each that was accepted, while others run."""
    with running(folder, Scripted(count_up)) as office:
        while True:
            line.send(office.runner.submit(request(steps=STEPS)).id)
            time.sleep(0.01)
