"""A large team in a running appliance: looking at it, its first run, quiet ones, and reading it all.

    python -m bench.large_team                                    # 5,000 members, 20,000 namespaces
    python -m bench.large_team --members 250 --namespaces 1000    # the same, small

Two processes: `dropally serve`, asked over its own door, and the simulator. CPU, memory and bytes
written to the disk are the appliance's alone; the simulator's CPU is told beside it, since both
share the machine. Objects are those that the repository gained.
"""

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench import rig, served

_ROUNDS = 60
_TEAM_FOLDERS = 20
_MIB = 1 << 20


@dataclass(frozen=True)
class Cost:
    """What something cost."""

    wall_s: float
    cpu_s: float
    simulator_cpu_s: float
    peak_bytes: int
    disk_bytes: int
    calls: dict[str, int]
    objects: int
    stored_bytes: int

    @property
    def total_calls(self) -> int:
        """Calls of all routes."""
        return sum(self.calls.values())


@dataclass(frozen=True)
class Latency:
    """How long answers took."""

    p50_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Size:
    """How large the team is. Each namespace has one file to begin with, on average."""

    members: int
    namespaces: int
    changed: float = 0.01

    @property
    def spec(self) -> str:
        """The simulated team."""
        shared = self.namespaces - self.members - _TEAM_FOLDERS
        return (
            f"virtual:members={self.members},team_folders={_TEAM_FOLDERS},shared_folders={shared},"
            f"files={self.namespaces},size=1K-4K"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=5000)
    parser.add_argument("--namespaces", type=int, default=20_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        measure(Size(given.members, given.namespaces), Path(name))


def measure(size: Size, folder: Path) -> None:
    """Everything about a team of this size; prints as it goes."""
    print(f"{size.members:,} members, {size.namespaces:,} namespaces", flush=True)
    with rig.simulated_team(folder / "simulator", size.spec) as team:
        config = served.prepare(folder / "dropally", team)
        process = served.start(config)
        try:
            with served.operator(config) as client:
                served.wait_until_up(client, process)
                Trial(client, process, team, size, folder / "dropally" / "repository").run()
        finally:
            process.terminate()
            process.wait(60)


class Trial:
    """One appliance, one team."""

    def __init__(
        self,
        client: Any,
        process: "subprocess.Popen[bytes]",
        team: rig.Team,
        size: Size,
        repository: Path,
    ) -> None:
        self._client = client
        self._process = process
        self._team = team
        self._size = size
        self._repository = repository

    def run(self) -> None:
        """From connecting the team to a night in which hardly anything happened."""
        link = self._ask("POST", "/connections/adopt")["id"]
        made = {"name": "Large", "connection_id": link, "activate": "all"}
        task = self._ask("POST", "/tasks", made)["id"]
        for job in self._ask("GET", "/jobs?kind=discover")["items"]:
            served.wait_for(self._client, job["id"], within_s=3600)
        spaces, members = self._size.namespaces, self._size.members
        self._cost("look at the team", lambda: self._discover(link), calls=members + 100)
        self._cost("first run", lambda: self._back_up(task))
        self._cost(
            "quiet run", lambda: self._back_up(task), calls=spaces + members + 100, objects=2
        )
        changed = self._change_some()
        self._cost(
            f"{changed:,} namespaces changed",
            lambda: self._back_up(task),
            calls=spaces + members + changed + 100,
        )
        self._cost(
            "quiet run", lambda: self._back_up(task), calls=spaces + members + 100, objects=2
        )
        self._read(task)

    def _discover(self, link: str) -> str:
        job = self._ask("POST", f"/connections/{link}/discover")
        return str(served.wait_for(self._client, job["id"], within_s=3600)["status"])

    def _back_up(self, task: str) -> str:
        job = self._ask("POST", f"/tasks/{task}/run")
        ended = served.wait_for(self._client, job["id"], within_s=7200)
        summary = ended["summary"]
        changed = f"{summary['changed_namespaces']:,} of {summary['namespaces']:,} namespaces"
        return f"{ended['status']}, {changed} changed"

    def _change_some(self) -> int:
        """A new file in one namespace of a hundred; in how many."""
        spaces = self._team.control("truth/namespaces")
        step = round(1 / self._size.changed)
        chosen = [space["namespace_id"] for space in spaces if space["kind"] != "team_member_root"][
            ::step
        ]
        self._team.control(
            "edits",
            [{"op": "put", "namespace": one, "path": "/new.txt", "text": one} for one in chosen],
        )
        return len(chosen)

    # -- reading ---------------------------------------------------------------------------

    def _read(self, task: str) -> None:
        entities = f"/tasks/{task}/entities"
        deep = self._deep_cursor(entities)
        member = self._ask("GET", f"{entities}?kind=member&limit=1")["items"][0]["id"]
        folder = self._ask("GET", f"{entities}?kind=team+folder&limit=1")["items"][0]["id"]
        for what, path in (
            ("entities, first page", entities),
            ("entities, a deep page", f"{entities}?cursor={deep}"),
            ("entities by status", f"{entities}?status=Active"),
            ("entities by size", f"{entities}?sort=size&order=desc"),
            ("entities, q=ada", f"{entities}?q=ada"),
            ("entities, q=zzz (nobody)", f"{entities}?q=zzz"),
            ("entity counts", f"/tasks/{task}/entity-counts"),
            ("tasks", "/tasks"),
            ("one task", f"/tasks/{task}"),
            ("points of a member", f"/entities/{member}/points"),
            ("tree of a member", f"/entities/{member}/points/latest/tree"),
            ("tree of a team folder", f"/entities/{folder}/points/latest/tree"),
            ("jobs", "/jobs"),
        ):
            self._latency(what, partial(self._ask, "GET", path))

    def _deep_cursor(self, entities: str) -> str:
        """Where the page begins that has four fifths of the team before it."""
        cursor = ""
        for _ in range(max(1, self._size.namespaces * 4 // 5 // 500)):
            page = self._ask("GET", f"{entities}?limit=500&cursor={cursor}")
            if page["next_cursor"] is None:
                return cursor
            cursor = page["next_cursor"]
        return cursor

    # -- measuring -------------------------------------------------------------------------

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        return served.ask(self._client, method, path, body)

    def _cost(
        self,
        what: str,
        action: Callable[[], str],
        *,
        calls: int | None = None,
        objects: int | None = None,
    ) -> None:
        cost, said = self._measured(action)
        print(
            f"{what:26} {cost.wall_s:7.1f} s, CPU {cost.cpu_s:6.1f} s"
            f" (simulator {cost.simulator_cpu_s:5.1f} s), {cost.peak_bytes / _MIB:4.0f} MiB peak,"
            f" {cost.disk_bytes / _MIB:6.1f} MiB to disk, {cost.objects:6,} objects of"
            f" {cost.stored_bytes / 1024:8,.1f} KiB, {cost.total_calls:7,} calls; {said}",
            flush=True,
        )
        for name, found, aim in (
            ("calls", cost.total_calls, calls),
            ("objects", cost.objects, objects),
        ):
            if aim is not None and found > aim:
                print(f"    {name}: {found:,}, the aim is {aim:,} at most", flush=True)

    def _measured(self, action: Callable[[], str]) -> tuple[Cost, str]:
        self._team.reset_metrics()
        pid = self._process.pid
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # begins the peak of the memory anew
        there = _objects(self._repository)
        before = self._used()
        begun = time.perf_counter()
        said = action()
        wall_s = time.perf_counter() - begun
        cpu_s, simulator_s, disk = (
            now - then for now, then in zip(self._used(), before, strict=True)
        )
        new = [size for name, size in _objects(self._repository).items() if name not in there]
        calls = self._team.metrics()["calls_by_route"]
        peak = _peak_bytes(pid)
        cost = Cost(wall_s, cpu_s, simulator_s, peak, int(disk), calls, len(new), sum(new))
        return cost, said

    def _used(self) -> tuple[float, float, float]:
        """CPU seconds of the appliance and of the simulator, and the appliance's bytes to disk."""
        return (
            rig.cpu_seconds_of(self._process),
            rig.cpu_seconds_of(self._team.process),
            _disk_bytes(self._process.pid),
        )

    def _latency(self, what: str, action: Callable[[], Any]) -> None:
        found = latency_of(action)
        late = "" if found.p95_ms <= 150 else "  the aim is 150 ms"
        print(f"{what:26} p50 {found.p50_ms:6.1f} ms, p95 {found.p95_ms:6.1f} ms{late}", flush=True)


def latency_of(action: Callable[[], Any], rounds: int = _ROUNDS) -> Latency:
    """How long the action takes, done again and again."""
    times: list[float] = []
    for _ in range(rounds):
        begun = time.perf_counter()
        action()
        times.append((time.perf_counter() - begun) * 1000)
    cuts: Sequence[float] = quantiles(times, n=20)
    return Latency(cuts[9], cuts[18])


def _objects(repository: Path) -> dict[str, int]:
    """Files below the repository, and their bytes."""
    return {
        path: os.path.getsize(path)  # noqa: PTH202  tens of thousands
        for folder, _, names in os.walk(repository)
        for path in (os.path.join(folder, name) for name in names)  # noqa: PTH118
    }


def _disk_bytes(pid: int) -> int:
    """Bytes that a process had written to the disk so far."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def _peak_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
