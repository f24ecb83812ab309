"""The order and limits of the queue hold for jobs in the database."""

import time
from pathlib import Path

from dropally.catalog.appliance import open_appliance_database
from dropally.common.clock import SystemClock
from dropally.jobs.runner import URGENT, Limits, RunnerSettings
from tests.jobs.runner.work import Gate, Office, Scripted, request, running, succeed, until

ONE = RunnerSettings(Limits(jobs_at_once=1, urgent_extra=0))


def test_what_was_submitted_while_nothing_ran_starts_in_order(tmp_path: Path) -> None:
    kind = Scripted(succeed)
    with open_appliance_database(tmp_path) as database:
        office = Office(database, SystemClock(), ONE)
        for name in ("first", "second"):
            office.runner.submit(request(name))
        office.runner.submit(request("restore", priority=URGENT))
    with running(tmp_path, kind, settings=ONE):
        until(lambda: len(kind.ran) == 3)
    assert kind.ran == ["restore", "first", "second"]


def test_two_backups_of_one_team_never_run_at_once(tmp_path: Path) -> None:
    gate = Gate()
    with running(tmp_path, Scripted(gate.script)) as office:
        rows = [
            office.runner.submit(request(f"b{number}", locks=("team-backup:main/dbtid:1",)))
            for number in range(3)
        ]
        until(lambda: gate.inside)
        time.sleep(0.2)
        assert gate.inside == {"b0"}
        gate.open.set()
        assert [office.finished(row).status for row in rows] == ["succeeded"] * 3
    assert gate.entered == ["b0", "b1", "b2"]


def test_limits_hold_while_many_wait(tmp_path: Path) -> None:
    gate = Gate()
    settings = RunnerSettings(Limits(jobs_at_once=3, per_team=2, urgent_extra=0))
    with running(tmp_path, Scripted(gate.script), settings=settings) as office:
        for number in range(6):
            office.runner.submit(request(f"x{number}", team_id="x"))
        for number in range(6):
            office.runner.submit(request(f"y{number}", team_id="y"))
        until(lambda: len(gate.inside) == 3)
        time.sleep(0.2)
        assert sorted(gate.inside) == ["x0", "x1", "y0"]


def test_ten_thousand_waiting_jobs_hold_nothing_up(tmp_path: Path) -> None:
    kind = Scripted(succeed)
    with open_appliance_database(tmp_path) as database:
        office = Office(database, SystemClock())
        with database.write() as tables:
            for number in range(10_000):
                office.runner.submit(request(f"n{number}", locks=(f"l{number % 50}",)), tables.conn)
    gate = Gate()
    with running(tmp_path, Scripted(gate.script), Scripted(succeed, name="quick")) as office:
        until(lambda: len(gate.inside) == 4)
        done = office.finished(office.runner.submit(request(kind="quick", priority=URGENT)))
        assert len(gate.inside) == 4, "it did not wait for any of them"
    assert done.status == "succeeded"
    assert kind.ran == []
