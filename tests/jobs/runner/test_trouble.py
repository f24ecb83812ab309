"""A full or read-only disk: the runner says so, loses nothing, and goes on by itself."""

from pathlib import Path

import pytest
from dropally.catalog.database_file import DatabaseFile
from dropally.common.errors import DropallyError
from dropally.jobs.runner import JobOutcome, RunningJob
from tests.jobs.runner.work import Gate, Scripted, request, running, until


def fill_disk(database: DatabaseFile) -> None:
    with database.write() as tables:
        tables.conn.execute("PRAGMA max_page_count=1")  # SQLite takes it as: no page more


def free_disk(database: DatabaseFile) -> None:
    with database.write() as tables:
        tables.conn.execute("PRAGMA max_page_count=1000000")


def forbid_writing(database: DatabaseFile) -> None:
    with database.write() as tables:
        tables.conn.execute("PRAGMA query_only=ON")


def allow_writing(database: DatabaseFile) -> None:
    with database._writing:  # no transaction can begin
        database._writer.execute("PRAGMA query_only=OFF")


FAULTS = {
    "no room left": (fill_disk, free_disk),
    "readonly": (forbid_writing, allow_writing),
}


@pytest.mark.parametrize("words", sorted(FAULTS))
def test_an_end_is_written_as_soon_as_the_disk_takes_it(tmp_path: Path, words: str) -> None:
    begin_fault, end_fault = FAULTS[words]
    gate = Gate()

    def talk(job: RunningJob) -> JobOutcome:
        gate.script(job)
        for number in range(2000):
            job.context.note(f"{number} {'x' * 200}")
        return JobOutcome("succeeded", {"files": 7})

    with running(tmp_path, Scripted(talk)) as office:
        row = office.runner.submit(request())
        until(lambda: gate.inside)
        begin_fault(office.database)
        gate.open.set()
        until(office.runner.trouble)
        trouble = office.runner.trouble()
        assert trouble is not None
        assert words in trouble.message
        assert trouble.hint
        assert office.status(row) == "in_progress"
        end_fault(office.database)
        done = office.finished(row)
        assert done.summary == '{"files":7}'
        until(lambda: office.runner.trouble() is None)


def test_what_cannot_be_accepted_is_refused(tmp_path: Path) -> None:
    with running(tmp_path, Scripted(Gate().script)) as office:
        forbid_writing(office.database)
        with pytest.raises(DropallyError, match="cannot be written"):
            office.runner.submit(request())
        allow_writing(office.database)


def test_a_waiting_job_starts_once_the_disk_takes_it(tmp_path: Path) -> None:
    gate = Gate()
    with running(tmp_path, Scripted(gate.script)) as office:
        first = office.runner.submit(request("first", locks=("x",)))
        second = office.runner.submit(request("second", locks=("x",)))
        until(lambda: gate.inside)
        forbid_writing(office.database)
        gate.open.set()
        until(office.runner.trouble)
        allow_writing(office.database)
        assert office.finished(first).status == "succeeded"
        assert office.finished(second).status == "succeeded"


def test_stopping_does_not_wait_for_a_full_disk(tmp_path: Path) -> None:
    gate = Gate()
    with running(tmp_path, Scripted(gate.script)) as office:
        row = office.runner.submit(request())
        until(lambda: gate.inside)
        forbid_writing(office.database)
        office.runner.stop(3)
        allow_writing(office.database)
        assert office.status(row) == "in_progress"  # the next start takes it back
    with running(tmp_path, Scripted(lambda _job: JobOutcome("succeeded"))) as office:
        assert office.finished(row).attempt == 2
