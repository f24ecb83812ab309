"""A process with a runner, to be killed by a test: `child.py hang|rerun|load FOLDER`."""

import sys
import time
from pathlib import Path

from dropally.jobs.runner import JobOutcome, RunningJob
from tests.jobs.runner.work import ANN, Scripted, count_up, request, running

STEPS = 30


def main(what: str, folder: Path) -> None:
    if what == "load":
        submit_for_ever(folder)
    else:
        hang(folder, submit=what == "hang")


def hang(folder: Path, *, submit: bool) -> None:
    """Run a job that never ends and hears nothing; print its id once it runs."""

    def run(job: RunningJob) -> JobOutcome:
        print(job.id, flush=True)  # noqa: T201  the test reads it
        while True:
            time.sleep(1)

    with running(folder, Scripted(run)) as office:
        row = office.runner.submit(request()) if submit else None
        for line in sys.stdin:
            if line == "cancel\n" and row is not None:
                office.runner.cancel(row.id, ANN)
                print("cancelled", flush=True)  # noqa: T201  the test reads it


def submit_for_ever(folder: Path) -> None:
    """Submit jobs, noting each that was accepted, while others run."""
    with (
        (folder / "accepted").open("a", encoding="utf-8") as accepted,
        running(folder, Scripted(count_up)) as office,
    ):
        while True:
            row = office.runner.submit(request(steps=STEPS))
            accepted.write(row.id + "\n")
            accepted.flush()
            time.sleep(0.01)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
