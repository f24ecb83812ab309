"""What the thread of one job does: runs the kind's code, and writes down how it ended."""

import threading
from contextlib import suppress

import msgspec

from dropally.catalog import job_changes
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.job_changes import JobEnd
from dropally.common.clock import Clock
from dropally.common.errors import DropallyError
from dropally.jobs.runner.closing import close_job
from dropally.jobs.runner.ending import Ending, ending_of_error, ending_of_outcome
from dropally.jobs.runner.findings import News
from dropally.jobs.runner.live import final_phases
from dropally.jobs.runner.request import JobKind
from dropally.jobs.runner.running import RunningJob
from dropally.jobs.runner.slots import Slots
from dropally.jobs.runner.trouble import Troubles

_RETRY_AFTER_S = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0)


def retry_after_s(failures: int) -> float:
    """How long to wait before the database is tried again, after so many failures before this one."""
    return _RETRY_AFTER_S[min(failures, len(_RETRY_AFTER_S) - 1)]


class Performer:
    """Shared by the threads of all jobs; safe for threads."""

    def __init__(
        self,
        database: DatabaseFile,
        clock: Clock,
        slots: Slots,
        troubles: Troubles,
        stopping: threading.Event,
    ) -> None:
        self._database = database
        self._clock = clock
        self._slots = slots
        self._troubles = troubles
        self._stopping = stopping

    def perform(self, job: RunningJob, kind: JobKind) -> bool:
        """Run it to its end; never raises.

        False if the end could not be written: the job was abandoned, or everything stops. Its row
        still says that it runs then, and the next start takes it back.
        """
        return self._write_end(job, self._run(job, kind))

    def _run(self, job: RunningJob, kind: JobKind) -> Ending:
        try:
            if job.row.attempt > 1:
                with self._database.read() as connection:
                    job.findings.load(connection)
            outcome = kind.run(job)
            msgspec.json.encode((outcome.summary, outcome.result))  # a defect fails here, not later
            self._hear_of_cancelling(job)
            return ending_of_outcome(job, outcome)
        except Exception as error:  # noqa: BLE001  whatever a job raises ends that job, not the runner
            self._hear_of_cancelling(job)
            return ending_of_error(job, error, is_resumable=kind.is_resumable)

    def _hear_of_cancelling(self, job: RunningJob) -> None:
        """Look whether it was cancelled and has only not been told yet.

        What cancels a job often takes its ground away too (a deleted task), and the job may
        stumble over that before the dispatcher's next round.
        """
        with suppress(DropallyError), self._database.read() as connection:
            if job.id in job_changes.cancel_requests(connection):
                job.cancel()

    def _write_end(self, job: RunningJob, ending: Ending) -> bool:
        """Write how it ended, however long the disk refuses; False if the stop came first."""
        news = job.findings.take()
        failures = 0
        while True:
            try:
                is_written = self._write_end_once(job, ending, news)
                self._troubles.clear(job.id)
                return is_written
            except DropallyError as error:
                self._troubles.note(job.id, error)
            if self._stopping.is_set():
                return False  # the row still says that it runs: the next start takes it back
            self._stopping.wait(retry_after_s(failures))
            failures += 1

    def _write_end_once(self, job: RunningJob, ending: Ending, news: News) -> bool:
        with self._database.write() as database:
            slot = self._slots.get(job.id)
            if slot is None or slot.is_abandoned:
                return False
            news.write(database.conn)
            if ending.status:
                close_job(
                    database.conn,
                    job.row,
                    _end(job, ending),
                    self._clock.now(),
                    ending.outcome.items,
                )
            else:
                job_changes.put_back(
                    database.conn, job.id, "interrupted", crashes=0, api_calls=job.api_calls
                )
        return True


def _end(job: RunningJob, ending: Ending) -> JobEnd:
    return JobEnd(
        status=ending.status,
        summary=msgspec.json.encode(ending.outcome.summary).decode(),
        result=msgspec.json.encode(ending.outcome.result).decode(),
        phases=msgspec.json.encode(final_phases(job.live().phases)).decode(),
        error=ending.error,
        hint=ending.hint,
        problems=job.findings.problem_count,
        api_calls=job.api_calls,
    )
