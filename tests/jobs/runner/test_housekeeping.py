"""Logs and jobs are forgotten in time, and nothing else is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from dropally.catalog import job_details
from dropally.catalog.activity import ActivityFilter, list_activity
from dropally.catalog.job_lists import JobFilter, list_jobs
from dropally.common.clock import ManualClock
from dropally.jobs.runner import JobOutcome, RunningJob
from tests.jobs.runner.work import Office, Scripted, request, running

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def stumble(job: RunningJob) -> JobOutcome:
    job.context.note("begun")
    job.problem("not readable", "/a")
    return JobOutcome("partially_succeeded")


def told(office: Office, number: int) -> tuple[int, int, int]:
    """Log lines, single items, causes."""
    with office.database.read() as connection:
        return (
            len(job_details.lines_after(connection, number, 0, 10)),
            len(job_details.problems_after(connection, number, 0, 10)),
            len(job_details.causes_of(connection, number)),
        )


def kept(office: Office) -> tuple[int, int]:
    """Jobs and rows of the activity."""
    with office.database.read() as connection:
        return (
            len(list_jobs(connection, JobFilter(), limit=10)),
            len(list_activity(connection, ActivityFilter(), limit=10)),
        )


def test_logs_go_after_ninety_days_and_jobs_after_two_years(tmp_path: Path) -> None:
    clock = ManualClock(START)
    with running(tmp_path, Scripted(stumble), clock=clock) as office:
        done = office.finished(office.runner.submit(request()))
        waiting = office.runner.submit(request(kind="work", locks=()))
        office.finished(waiting)
        clock.advance(timedelta(days=89).total_seconds())
        office.runner.tidy()
        assert told(office, done.number) == (1, 1, 1)
        clock.advance(timedelta(days=2).total_seconds())
        office.runner.tidy()
        assert told(office, done.number) == (0, 0, 1)
        assert kept(office) == (2, 2)
        clock.advance(timedelta(days=640).total_seconds())
        office.runner.tidy()
        assert kept(office) == (0, 0)


def test_an_unfinished_job_is_never_forgotten(tmp_path: Path) -> None:
    clock = ManualClock(START)
    with running(tmp_path, clock=clock) as office:
        office.runner.stop(1)
        row = office.runner.submit(request())
        clock.advance(timedelta(days=4000).total_seconds())
        office.runner.tidy()
        assert office.status(row) == "pending"
