"""A large team in a running appliance: looking at it, acting on it, its first run and a quiet one.

    python -m bench.large_team --members 5000 --files 5000

Two processes: `dropally serve`, asked over its own door, and the simulator. The CPU told is the
appliance's alone.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench import rig, served

_ROUNDS = 20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--files", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spec = f"virtual:members={given.members},files={given.files}"
        with rig.simulated_team(folder / "simulator", spec) as team:
            config = served.prepare(folder / "dropally", team)
            process = served.start(config)
            try:
                with served.operator(config) as client:
                    served.wait_until_up(client, process)
                    Trial(client, process, team).run()
            finally:
                process.terminate()
                process.wait(30)


class Trial:
    """One appliance, one team."""

    def __init__(self, client: Any, process: Any, team: rig.Team) -> None:
        self._client = client
        self._process = process
        self._team = team

    def run(self) -> None:
        """From connecting the team to a night in which nothing happened."""
        link = self._ask("POST", "/connections/adopt")["id"]
        made = {"name": "Large", "connection_id": link, "activate": "all"}
        task = self._ask("POST", "/tasks", made)["id"]
        self._timed("first look at the team", lambda: self._discover(link))
        path = f"/tasks/{task}/entities"
        for what, query in (
            ("a page of 100", ""),
            ("a page by status", "?status=Scheduled"),
            ("a name that nobody has", "?q=zzz"),
        ):
            self._median(what, partial(self._ask, "GET", path + query))
        everybody = {"action": "deactivate"}
        self._timed("deactivate all", lambda: self._ask("POST", f"{path}/actions", everybody))
        everybody = {"action": "activate"}
        self._timed("activate all", lambda: self._ask("POST", f"{path}/actions", everybody))
        self._timed("first run", lambda: self._back_up(task))
        self._timed("quiet run", lambda: self._back_up(task))

    def _discover(self, link: str) -> str:
        job = self._ask("POST", f"/connections/{link}/discover")
        return str(served.wait_for(self._client, job["id"])["status"])

    def _back_up(self, task: str) -> str:
        job = self._ask("POST", f"/tasks/{task}/run")
        ended = served.wait_for(self._client, job["id"], within_s=3600)
        return f"{ended['status']}, {ended['summary']['namespaces']} namespaces"

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        return served.ask(self._client, method, path, body)

    def _timed(self, what: str, action: Callable[[], Any]) -> None:
        self._team.reset_metrics()
        cpu_s, begun = rig.cpu_seconds_of(self._process), time.perf_counter()
        found = action()
        wall_s = time.perf_counter() - begun
        cpu_s = rig.cpu_seconds_of(self._process) - cpu_s
        calls = sum(self._team.metrics()["calls_by_route"].values())
        said = found if isinstance(found, str) else ""
        print(
            f"{what:24} {wall_s:8.2f} s, CPU {cpu_s:7.2f} s, {calls:7,} calls  {said}", flush=True
        )

    def _median(self, what: str, action: Callable[[], Any]) -> None:
        times = []
        for _ in range(_ROUNDS):
            begun = time.perf_counter()
            action()
            times.append(time.perf_counter() - begun)
        print(f"{what:24} {median(times) * 1000:8.1f} ms (median of {_ROUNDS})", flush=True)


if __name__ == "__main__":
    main()
