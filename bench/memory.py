"""Whether a running appliance keeps its size: quiet run after quiet run, and through a whole day.

    python -m bench.memory FOLDER [--runs 200] [--team sample]     # `dropally serve`, asked by API
    python -m bench.memory FOLDER --hours 24                       # simulated hours, a run each

Prints the resident memory as it goes, and the slope: how much a run (an hour) added, by least squares
over the second half. In a level process that is a few KiB. The simulated hours are lived by the whole
appliance with its server inside of this process, on a clock that is moved minute by minute: files change,
the clockwork ticks, a backup runs every hour, and lists are asked for as a console would.
"""

import argparse
import logging
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from dropally.app.appliance import Appliance, running_appliance
from dropally.common.clock import ManualClock
from dropally.config import load_config

from bench import rig, served

_LISTS = ("/jobs", "/activity", "/tasks", "/storages", "/jobs/summary", "/audit")
_MINUTES = 60
_MIB = 1 << 20
_JOBS_END_WITHIN_S = 300.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--hours", type=int, default=0)
    parser.add_argument("--team", default="sample")
    given = parser.parse_args()
    shutil.rmtree(given.folder, ignore_errors=True)
    with rig.simulated_team(given.folder / "simulator", given.team) as team:
        config = served.prepare(given.folder / "dropally", team)
        if given.hours:
            _live(config, team, given.hours)
        else:
            _repeat(config, given.runs)


# -- run after run -------------------------------------------------------------------------


def _repeat(config: Path, runs: int) -> None:
    process = served.start(config)
    try:
        with served.operator(config) as client:
            served.wait_until_up(client, process)
            print(f"started: {_resident(process.pid) / _MIB:.1f} MiB", flush=True)
            task = _make_task(client)

            def back_up(_number: int) -> None:
                job = served.ask(client, "POST", f"/tasks/{task}/run")
                served.wait_for(client, job["id"])

            found = _follow(runs, back_up, lambda: _resident(process.pid), "run")
            _tell_slope(found, "run")
    finally:
        process.terminate()
        process.wait(60)


def _make_task(client: Any, plan: dict[str, Any] | None = None) -> str:
    connection = served.ask(client, "POST", "/connections/adopt")
    wish = {"name": "Everything", "connection_id": connection["id"], "activate": "all"}
    task = served.ask(client, "POST", "/tasks", wish | ({"plan": plan} if plan else {}))
    for job in served.ask(client, "GET", "/jobs?kind=discover")["items"]:
        served.wait_for(client, job["id"])
    return str(task["id"])


# -- a day ---------------------------------------------------------------------------------


def _live(config: Path, team: rig.Team, hours: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    clock = ManualClock(datetime.now(UTC))  # noqa: TID251  the day begins when it begins
    with (
        running_appliance(load_config(config, {}), {}, clock) as appliance,
        served.operator(config) as client,
    ):
        _make_task(client, {"frequency": "hourly", "jitter_s": 0})
        print(f"started: {_resident('self') / _MIB:.1f} MiB", flush=True)

        def hour(number: int) -> None:
            _change(team, number)
            for _ in range(_MINUTES):
                clock.advance(timedelta(minutes=1).total_seconds())
                team.control("clock", {"set": clock.now().isoformat()})
                appliance.rooms.clockwork.tick()
                _wait_for_jobs(appliance)
                for path in _LISTS:
                    served.ask(client, "GET", path)

        found = _follow(hours, hour, lambda: _resident("self"), "hour")
        _tell_slope(found, "hour")
        jobs = served.ask(client, "GET", "/jobs/summary?window=all")
        print(f"jobs of that time: {jobs['total']}, of them succeeded: {jobs['succeeded']}")


def _change(team: rig.Team, hour: int) -> None:
    home = next(
        space["namespace_id"]
        for space in team.control("truth/namespaces")
        if space["kind"] == "team_member_folder"
    )
    edit = {"op": "put", "namespace": home, "path": f"/hour {hour}.txt", "text": f"hour {hour}"}
    team.control("edits", [edit])


def _wait_for_jobs(appliance: Appliance) -> None:
    deadline = time.monotonic() + _JOBS_END_WITHIN_S
    query = "SELECT count(*) FROM job WHERE status IN ('pending', 'in_progress')"
    while time.monotonic() < deadline:
        with appliance.parts.database.read() as connection:
            if connection.execute(query).fetchone()[0] == 0:
                return
        time.sleep(0.01)
    raise RuntimeError("the jobs do not end")


# -- figures -------------------------------------------------------------------------------


def _follow(
    times: int, act: Callable[[int], None], measure: Callable[[], int], what: str
) -> Sequence[int]:
    shown = {20, 60, 100, times} | set(range(0, times, max(1, times // 8)))
    found = []
    for number in range(1, times + 1):
        act(number)
        found.append(measure())
        if number in shown:
            print(f"after {what} {number}: {found[-1] / _MIB:.1f} MiB", flush=True)
    return found


def _tell_slope(found: Sequence[int], what: str) -> None:
    half = list(found[len(found) // 2 :])
    slope = statistics.linear_regression(range(len(half)), half).slope if len(half) > 1 else 0.0
    print(f"each {what} adds {slope / 1024:.1f} KiB (over the last {len(half)})")


def _resident(pid: int | str) -> int:
    """Bytes of a process that are in memory (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    main()
