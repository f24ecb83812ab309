"""How fast the simulator is: listing, downloading, small calls. Prints figures with their goals.

    python bench/simulator_speed.py [--entries 300000] [--megabytes 2000] [--calls 5000]

The simulator runs in a process of its own, as in real use; the client is as lean as can be, so
that the figures are the server's. Both share the machine's cores.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

TEAM = "virtual:members=1,files=1000000,seed=7,size=1K-64K,large=1x4G,ns=1"
PIECE = 1024 * 1024
Measured = tuple[float, float]
"""An amount, and the seconds it took by the clock."""


@dataclass(frozen=True)
class Target:
    """A running simulator and the way into its one home."""

    port: int
    token: str
    process_id: int

    def connect(self) -> http.client.HTTPConnection:
        """A connection of one's own."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def headers(self, **more: str) -> dict[str, str]:
        """Authorization and a JSON body, unless told otherwise."""
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **more}


@contextmanager
def running_simulator(team: str) -> Iterator[Target]:
    """Start `dropally simulator serve`; stop it in the end."""
    with tempfile.TemporaryDirectory() as folder:
        tokens = Path(folder) / "tokens.json"
        command = [sys.executable, "-m", "dropally", "simulator", "serve", "--team", team]
        command += ["--token-out", str(tokens)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            ports = json.loads(process.stdout.readline())
            members = json.loads(tokens.read_text())["members"]
            token = next(iter(members.values()))["access_token"]
            yield Target(ports["http"], token, process.pid)
        finally:
            process.terminate()
            process.communicate(timeout=30)


def measure_listing(target: Target, entries: int) -> Measured:
    """Entries of a recursive listing at 2,000 a page."""
    connection, path = target.connect(), "/2/files/list_folder"
    body = json.dumps({"path": "", "recursive": True, "limit": 2000})
    started, seen = time.perf_counter(), 0
    while seen < entries:
        connection.request("POST", path, body, target.headers())
        page = connection.getresponse().read()
        seen += page.count(b'{".tag"')
        end = json.loads(b"{" + page[page.rindex(b'"cursor"') :])
        if not end["has_more"]:
            break
        path, body = "/2/files/list_folder/continue", json.dumps({"cursor": end["cursor"]})
    connection.close()
    return seen, time.perf_counter() - started


def find_large_file(target: Target) -> str:
    """The path of the 4 GiB file, which lies in the root."""
    connection = target.connect()
    body = json.dumps({"path": "", "limit": 2000})
    connection.request("POST", "/2/files/list_folder", body, target.headers())
    listed = json.loads(connection.getresponse().read())
    connection.close()
    return next(str(one["path_lower"]) for one in listed["entries"] if one["name"].endswith("mp4"))


def measure_download(target: Target, path: str, megabytes: int) -> Measured:
    """Megabytes of one stream over plain loopback."""
    connection = target.connect()
    arg = json.dumps({"path": path}, ensure_ascii=True)
    last = megabytes * 1_000_000 - 1
    headers = {
        "Authorization": f"Bearer {target.token}",
        "Dropbox-API-Arg": arg,
        "Range": f"bytes=0-{last}",
    }
    buffer = bytearray(PIECE)
    started, received = time.perf_counter(), 0
    connection.request("POST", "/2/files/download", None, headers)
    response = connection.getresponse()
    while count := response.readinto(buffer):
        received += count
    connection.close()
    return received / 1e6, time.perf_counter() - started


def measure_calls(target: Target, calls: int, threads: int) -> Measured:
    """Small calls from so many connections."""

    def work() -> None:
        connection = target.connect()
        for _ in range(calls // threads):
            connection.request("POST", "/2/check/user", '{"query": "x"}', target.headers())
            connection.getresponse().read()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return calls, time.perf_counter() - started


def peak_memory_mb(process_id: int) -> float:
    """The most memory the simulator ever held."""
    status = Path(f"/proc/{process_id}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1000


def cpu_seconds(process_id: int) -> float:
    """The processor time the simulator has used: what the figures would be on an idle machine."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(
    target: Target, what: str, measure: Callable[[], Measured], unit: str, goal: float
) -> None:
    """Measure, and print one line: by the clock, and by the simulator's own processor time."""
    before = cpu_seconds(target.process_id)
    amount, seconds = measure()
    own = cpu_seconds(target.process_id) - before
    figure = amount / seconds
    verdict = "reached" if figure >= goal else "MISSED"
    print(
        f"{what:28} {figure:10,.0f} {unit:10} goal {goal:>7,.0f}  {verdict:8}"
        f" {amount / max(own, 0.01):10,.0f} a CPU second"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=300_000)
    parser.add_argument("--megabytes", type=int, default=2_000)
    parser.add_argument("--calls", type=int, default=5_000)
    options = parser.parse_args()
    with running_simulator(TEAM) as target:
        report(
            target,
            "listing, 1,000,000 files",
            lambda: measure_listing(target, options.entries),
            "entries/s",
            50_000,
        )
        path = find_large_file(target)
        report(
            target,
            "download, one stream",
            lambda: measure_download(target, path, options.megabytes),
            "MB/s",
            500,
        )
        for threads in (1, 4):
            report(
                target,
                f"small calls, {threads} connection(s)",
                partial(measure_calls, target, options.calls, threads),
                "calls/s",
                1_000,
            )
        print(f"peak memory of the simulator: {peak_memory_mb(target.process_id):,.0f} MB")
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
