"""A restore while the appliance is down, with the connection that it keeps in its own database."""

from collections.abc import Iterator

import pytest
from dropally.simulator import start_simulator
from tests.cli.office import machine, serving
from tests.cli.terminal import ADMIN, Terminal


@pytest.fixture(scope="module")
def stopped() -> Iterator[Terminal]:
    """The machine of an appliance that made a backup and does not run any more."""
    with start_simulator(team="empty") as simulator, machine(simulator) as host:
        host.put("/Reports/plan.txt", "the plan")
        with serving(host) as office:
            office.connect()
            host.json("task", "add", "Whole team", "--activate", "all", "--wait")
            host.json("task", "run", "Whole team", "--wait")
        yield host


def test_restore_without_server_and_without_link_file(stopped: Terminal) -> None:
    assert not (stopped.root / "data" / "dropbox.json").exists()
    assert stopped.run("cat", f"{ADMIN}:/Reports/plan.txt").stdout == "the plan"
    done = stopped.json("restore", f"{ADMIN}:/Reports", "--yes")
    assert done["restored"] == 1
    assert not (stopped.root / "data" / "dropbox.json").exists(), "the link stays where it is kept"


def test_the_task_says_whose_team_is_meant(stopped: Terminal) -> None:
    named = stopped.json("restore", f"{ADMIN}:/Reports", "--dry-run", "--task", "whole team")
    assert named["plan"]["items"] == 1
    missed = stopped.run("restore", f"{ADMIN}:/Reports", "--dry-run", "--task", "Hole team")
    assert missed.returncode == 4
    assert "did you mean Whole team?" in missed.stderr


def test_the_application_in_process_queues_work_for_the_server(stopped: Terminal) -> None:
    told = stopped.run("task", "run", "Whole team")
    assert told.returncode == 0, told.stderr
    assert "waits until `dropally serve` runs" in told.stdout
    [pending] = stopped.json("job", "list", "--status", "pending")
    assert pending["title"] == "Backup of Whole team"
    with serving(stopped):
        assert stopped.run("job", "watch", pending["id"]).returncode == 0
