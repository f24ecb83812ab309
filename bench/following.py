"""Following changes: calls and CPU while nothing changes, and how soon a change is in a restore point.

    python -m bench.following --members 1000 --seconds 60 --changes 5

The simulator runs in a process of its own; the CPU told is Dropally's alone.
"""

import argparse
import tempfile
import threading
import time
from pathlib import Path
from typing import Literal

from dropally.app.direct import Application
from dropally.catalog.appliance import open_appliance_database
from dropally.catalog.jobs import JobRow
from dropally.common.clock import SystemClock
from dropally.config import load_config
from dropally.jobs.backup import TeamBackup, back_up_team
from dropally.jobs.events import EventBus
from dropally.jobs.runner import Initiator, JobOutcome, JobRequest, JobRunner, RunningJob
from dropally.protection.following.rota import FollowPace
from dropally.protection.following.service import Following, FollowSettings
from dropally.protection.following.watch import FollowedTask

from bench import rig

_SCHEDULER = Initiator("scheduler", "scheduler", "Scheduler")


class Backup:
    """Backs up what changed, with a look at the team that is as old as the process."""

    name = "backup"
    is_resumable = True

    def __init__(self, app: Application, work_dir: Path) -> None:
        self._app = app
        self._work_dir = work_dir
        with app.team_handle().open(app.clock, threading.Event()) as connection:
            self.roster = connection.discover()
        self.ended: list[tuple[float, tuple[str, ...]]] = []

    def run(self, job: RunningJob) -> JobOutcome:
        """One run."""
        wanted = tuple(job.params(dict[str, list[str]])["namespaces"])
        report = back_up_team(
            job.context,
            TeamBackup(
                repository=self._app.repository_handle(),
                team=self._app.team_handle(),
                roster=self.roster,
                work_dir=self._work_dir,
                namespaces=wanted,
            ),
        )
        self.ended.append((time.monotonic(), wanted))
        status: Literal["succeeded", "partially_succeeded"] = (
            "partially_succeeded" if report.failed else "succeeded"
        )
        return JobOutcome(status)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--changes", type=int, default=5)
    parser.add_argument("--calls-per-s", type=float, default=FollowPace().calls_per_s)
    parser.add_argument("--every-s", type=float, default=FollowPace().quiet_every_s)
    given = parser.parse_args()
    spec = f"virtual:members={given.members},files={given.members * 2}"
    with (
        tempfile.TemporaryDirectory() as folder,
        rig.simulated_team(Path(folder) / "team", spec) as team,
    ):
        config = rig.set_up_dropally(Path(folder) / "dropally", team)
        app = Application(load_config(config, {}).config, {})
        with open_appliance_database(Path(folder) / "database") as database:
            runner = JobRunner(database, SystemClock(), EventBus(SystemClock()))
            kind = Backup(app, Path(folder) / "stages")
            runner.register(kind)
            runner.start()
            try:
                _measure(given, app, team, runner, kind)
            finally:
                runner.stop()


def _measure(
    given: argparse.Namespace, app: Application, team: rig.Team, runner: JobRunner, kind: Backup
) -> None:
    team_id = app.credentials().team_id

    def back_up(namespaces: tuple[str, ...]) -> JobRow:
        request = JobRequest(
            "backup",
            "Back up changes",
            {"namespaces": list(namespaces)},
            _SCHEDULER,
            team_id=team_id,
            storage_id="main",
        )
        return runner.submit(request)

    first = back_up(())
    while not runner.get(first.id).is_finished:
        time.sleep(0.1)
    spaces = [space.id for space in kind.roster.namespaces]
    task = FollowedTask(
        "tsk_bench",
        team_id,
        "main",
        lambda: spaces,
        lambda stop: app.team_handle().open(SystemClock(), stop),
        back_up,
        print,
    )
    pace = FollowPace(calls_per_s=given.calls_per_s, quiet_every_s=given.every_s)
    storages = app.storages()
    service = Following(lambda: [task], runner, storages, SystemClock(), FollowSettings(pace=pace))
    service.start()
    try:
        _quiet(given, service, len(spaces))
        for number in range(given.changes):
            _change(team, kind, spaces[number * len(spaces) // given.changes], number)
    finally:
        service.stop()
        storages.close()


def _quiet(given: argparse.Namespace, service: Following, namespaces: int) -> None:
    while not service.states() or not service.states()[0].namespaces:
        time.sleep(0.1)
    time.sleep(given.every_s)  # every namespace was asked once: its cursor has been read
    calls, cpu, began = service.states()[0].calls, time.process_time(), time.monotonic()
    time.sleep(given.seconds)
    state = service.states()[0]
    passed, used = time.monotonic() - began, time.process_time() - cpu
    asked = state.calls - calls
    print(f"{namespaces} namespaces, quiet: {asked / passed:.1f} calls/s", end="")
    print(f" ({state.calls_per_hour:,.0f} an hour), {100 * used / passed:.1f} % of a core,", end="")
    print(f" {1000 * used / max(asked, 1):.2f} ms of CPU a call,", end="")
    print(f" oldest look {state.oldest_check_s:.0f} s ago")


def _change(team: rig.Team, kind: Backup, namespace: str, number: int) -> None:
    edit = {"op": "put", "namespace": namespace, "path": f"/new {number}.txt", "text": "new"}
    made = time.monotonic()
    team.control("edits", [edit])
    while not any(namespace in wanted for at, wanted in kind.ended if at > made):
        time.sleep(0.1)
    print(f"change {number + 1}: in a restore point after {time.monotonic() - made:.0f} s")


if __name__ == "__main__":
    main()
