"""How fast Dropally reads from a Dropbox that does not slow it down.

    PYTHONPATH=. python bench/dropbox_api_speed.py

Starts a simulator in a process of its own and prints figures with their goals. Simulator and
client share the machine, so the client alone could do more.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from subprocess import PIPE
from typing import Any

from dropally.common.clock import SystemClock
from dropally.dropbox_api import (
    ConnectionSettings,
    Credentials,
    NamespaceClient,
    TeamConnection,
    open_team,
)
from dropally.simulator import start_simulator
from dropally.simulator.auth.minting import mint_team_token

SMALL = "virtual:members=1,files=4000,seed=1,size=4K-64K,ns=1"
LARGE = "virtual:members=1,files=1,seed=2,size=1K-2K,large=1x512M,ns=1"
MANY = "virtual:members=1,files=200000,seed=3,size=1K-64K,ns=1"


def serve(team: str) -> None:
    """Run a simulator until standard input ends."""
    with start_simulator(team=team) as simulator:
        link = simulator.run(mint_team_token)
        print(json.dumps([simulator.http_url, link.access_token, link.app_key]), flush=True)
        sys.stdin.read()


@contextmanager
def home_of(team: str) -> Iterator[NamespaceClient]:
    """The home of a simulated team's only member."""
    command = [sys.executable, __file__, team]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        with connect(*json.loads(server.stdout.readline())) as connection:
            roster = connection.discover()
            homes = [space for space in roster.namespaces if space.kind == "member"]
            yield connection.namespace(homes[0].id, roster)
        server.stdin.close()


def connect(url: str, access_token: str, app_key: str) -> TeamConnection:
    """A connection to the simulator."""
    credentials = Credentials(app_key=app_key, refresh_token="", access_token=access_token)
    return open_team(credentials, ConnectionSettings(api_url=url), clock=SystemClock())


def files_of(home: NamespaceClient) -> list[dict[str, Any]]:
    """All files."""
    return [e for page in home.list() for e in page.entries if e[".tag"] == "file"]


def fetch(home: NamespaceClient, entry: dict[str, Any]) -> int:
    """Download a file; its size."""
    pieces = home.download(entry["rev"], entry["size"], entry["content_hash"])
    return sum(len(piece) for piece in pieces)


def report(what: str, figure: float, unit: str, goal: float) -> None:
    """Print one figure."""
    print(f"{what:34} {figure:12,.0f} {unit:10} goal {goal:,.0f}")


def main() -> None:
    """Measure and print."""
    with home_of(MANY) as home:
        wall, cpu, entries = time.perf_counter(), time.thread_time(), 0
        for page in home.list():
            entries += len(page.entries)
        report("listing, both sides", entries / (time.perf_counter() - wall), "entries/s", 50_000)
        report("listing, client alone", entries / (time.thread_time() - cpu), "entries/s", 100_000)
    with home_of(SMALL) as home:
        files = files_of(home)
        for threads in (1, 8):
            wall = time.perf_counter()
            with ThreadPoolExecutor(threads) as pool:
                sum(pool.map(lambda entry: fetch(home, entry), files))
            speed = len(files) / (time.perf_counter() - wall)
            report(f"small downloads, {threads} threads", speed, "files/s", 600)
    with home_of(LARGE) as home:
        large = max(files_of(home), key=lambda entry: int(entry["size"]))
        fetch(home, large)
        wall = time.perf_counter()
        size = fetch(home, large)
        report("large download, verified", size / 1e6 / (time.perf_counter() - wall), "MB/s", 500)


if __name__ == "__main__":
    serve(sys.argv[1]) if len(sys.argv) > 1 else main()
