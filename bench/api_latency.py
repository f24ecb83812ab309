"""How quickly the API answers while four backups run, and what the server weighs.

    python -m bench.api_latency FOLDER [--files 80000] [--seconds 60] [--catalog FOLDER]

A simulated team of eight members is backed up by four tasks at once, two members each, every task into
a repository of its own; meanwhile the lists that the console shows are asked one after another, by one
asker. One member is backed up before, so that there is something to browse. `--catalog`: a catalog
made by `bench.catalog_scale --keep` is put in the place of the first storage's, and the start until
`/readyz` says yes is measured with it.
Goals: p95 of lists under 150 ms, of /healthz under 50 ms; under 120 MiB when idle; ready within 10 s.
"""

import argparse
import shutil
import subprocess
import time
from pathlib import Path

import httpx
from dropally.jobs.storages import CATALOG_FOLDER

from bench import rig, served

_STORAGES = ("main", "second", "third", "fourth")
_READY_WITHIN_S = 120.0
_LISTS = {
    "health": "/healthz",
    "jobs": "/api/v1/jobs?limit=100",
    "jobs summary": "/api/v1/jobs/summary",
    "tasks": "/api/v1/tasks",
    "activity": "/api/v1/activity?limit=100",
    "storages": "/api/v1/storages",
}


def main() -> None:
    """Print milliseconds by kind of question, and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=80_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--catalog", type=Path)
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    spec = f"virtual:members=8,files={options.files},seed=11,size=4K-16K"
    with rig.simulated_team(options.folder / "simulator", spec) as team:
        config = _prepare(options.folder / "dropally", team)
        _make_repositories(config)
        _measure_start(config, "a new catalog")
        with served.operator(config) as client:
            process = served.start(config)
            try:
                served.wait_until_up(client, process)
                _measure_at_work(client, process, options.seconds)
            finally:
                process.terminate()
                process.wait()
        if options.catalog:
            place = config.parent / "data" / CATALOG_FOLDER / "main"
            shutil.rmtree(place)
            shutil.copytree(options.catalog, place)
            _measure_start(config, "the given catalog")


def _prepare(folder: Path, team: rig.Team) -> Path:
    config = served.prepare(folder, team)
    with config.open("a", encoding="utf-8") as text:
        text.write("[limits]\njobs_at_once = 8\njobs_per_team = 8\n")
        for name in _STORAGES[1:]:
            text.write(f'[[storage]]\nid = "{name}"\npath = "{folder}/{name}"\n')
    # Tables of one array have to stand together in the file.
    lines = config.read_text().replace("[[storage]]\npath", '[[storage]]\nid = "main"\npath')
    config.write_text(lines)
    return config


def _make_repositories(config: Path) -> None:
    with served.operator(config) as client:
        process = served.start(config)
        try:
            served.wait_until_up(client, process)
            for name in _STORAGES[1:]:
                served.ask(client, "POST", f"/storages/{name}/repository")
        finally:
            process.terminate()
            process.wait()


def _measure_start(config: Path, what: str) -> None:
    with served.operator(config) as client:
        begun = time.monotonic()
        process = served.start(config)
        try:
            served.wait_until_up(client, process)
            up_s = time.monotonic() - begun
            while client.get("/readyz").status_code != httpx.codes.OK:
                if time.monotonic() - begun > _READY_WITHIN_S:
                    raise RuntimeError(client.get("/readyz").text)
                time.sleep(0.02)
            ready_s = time.monotonic() - begun
            memory = _memory(process)["VmRSS"]
        finally:
            process.terminate()
            begun = time.monotonic()
            process.wait()
    print(
        f"start with {what}: answers after {up_s:.2f} s, ready after {ready_s:.2f} s (goal 10),"
        f" {memory} MiB (goal 120), stopped within {time.monotonic() - begun:.2f} s"
    )


def _measure_at_work(
    client: httpx.Client, process: "subprocess.Popen[bytes]", seconds: float
) -> None:
    connection = served.ask(client, "POST", "/connections/adopt")
    tasks = [_make_task(client, connection["id"], name) for name in _STORAGES]
    members = _members(client, tasks[0])
    first = _start(client, tasks[0], members[:1])
    served.wait_for(client, first)
    browsed = f"/api/v1/entities/{members[0]}"
    questions = _LISTS | {
        "entities": f"/api/v1/tasks/{tasks[0]}/entities?limit=100",
        "points": f"{browsed}/points",
        "folder": f"{browsed}/points/latest/tree?limit=100",
    }
    _ask_for(client, questions, seconds / 4, "idle", process, [])
    jobs = []
    for number, task in enumerate(tasks):
        mine = _members(client, task)
        jobs.append(_start(client, task, mine[2 * number : 2 * number + 2]))
    _ask_for(client, questions, seconds, "four backups", process, jobs)


def _make_task(client: httpx.Client, connection_id: str, storage: str) -> str:
    body = {"name": storage, "connection_id": connection_id, "storage_id": storage}
    return str(served.ask(client, "POST", "/tasks", body)["id"])


def _members(client: httpx.Client, task: str) -> list[str]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        page = served.ask(client, "GET", f"/tasks/{task}/entities?kind=member&limit=100")
        if page["items"]:
            return [entity["id"] for entity in page["items"]]
        time.sleep(0.2)
    raise RuntimeError("no member was found")


def _start(client: httpx.Client, task: str, members: list[str]) -> str:
    wish = {"action": "activate", "ids": members}
    served.ask(client, "POST", f"/tasks/{task}/entities/actions", wish)
    return str(served.ask(client, "POST", f"/tasks/{task}/run")["id"])


def _ask_for(
    client: httpx.Client,
    questions: dict[str, str],
    seconds: float,
    what: str,
    process: "subprocess.Popen[bytes]",
    jobs: list[str],
) -> None:
    """Ask for that long, or until one of the jobs has ended."""
    taken: dict[str, list[float]] = {name: [] for name in questions}
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for name, path in questions.items():
            begun = time.perf_counter()
            answer = client.get(path)
            taken[name].append((time.perf_counter() - begun) * 1000)
            if answer.is_error:
                raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
            time.sleep(0.01)
        states = {served.ask(client, "GET", f"/jobs/{job}")["status"] for job in jobs}
        if states & served.FINISHED:
            break
    print(f"{what}: {_memory(process)} MiB")
    for name, times in taken.items():
        times.sort()
        p95 = times[int(len(times) * 0.95)]
        print(
            f"  {name:14} {len(times):5} times   median {times[len(times) // 2]:7.1f} ms"
            f"   p95 {p95:7.1f} ms   max {times[-1]:7.1f} ms"
        )


def _memory(process: "subprocess.Popen[bytes]") -> dict[str, int]:
    wanted = ("VmRSS", "VmHWM")
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return {
        name: int(value.split()[0]) >> 10
        for name, _, value in (line.partition(":") for line in lines)
        if name in wanted
    }


if __name__ == "__main__":
    main()
