"""A running `dropally serve` for benchmarks, and a client at the machine's own door."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from bench import rig

_STARTS_WITHIN_S = 60.0


class RefusedError(RuntimeError):
    """The appliance answered, but not with success."""


class NotUpError(RuntimeError):
    """The appliance does not answer at all."""


FINISHED = frozenset({"succeeded", "partially_succeeded", "failed", "canceled"})


def prepare(folder: Path, team: rig.Team) -> Path:
    """A configured appliance with a repository and a link to the team; the config's path."""
    config = rig.set_up_dropally(folder, team)
    with config.open("a", encoding="utf-8") as text:
        text.write('[server]\nlisten = ["127.0.0.1:0"]\ntls = "off"\n')
        text.write("[metrics]\nenabled = false\n")
    return config


def start(config: Path) -> "subprocess.Popen[bytes]":
    """Start the appliance; returns at once."""
    log = (config.parent / "serve.log").open("ab")
    with log:
        return subprocess.Popen(
            [*rig.DROPALLY, "serve", "--config", str(config)], stdout=log, stderr=log
        )


@contextlib.contextmanager
def operator(config: Path) -> Iterator[httpx.Client]:
    """Ask as root on the machine."""
    door = httpx.HTTPTransport(uds=str(config.parent / "data" / "dropally.sock"))
    with httpx.Client(transport=door, base_url="http://localhost", timeout=20) as client:
        yield client


def wait_until_up(client: httpx.Client, process: "subprocess.Popen[bytes]") -> float:
    """Until it answers; the seconds that took."""
    begun = time.monotonic()
    while time.monotonic() - begun < _STARTS_WITHIN_S:
        with contextlib.suppress(httpx.TransportError):
            if client.get("/healthz").status_code == httpx.codes.OK:
                return time.monotonic() - begun
        if process.poll() is not None:
            raise NotUpError(f"the appliance ended with {process.returncode} while it started")
        time.sleep(0.02)
    raise NotUpError("the appliance does not answer")


def ask(client: httpx.Client, method: str, path: str, body: object = None) -> Any:
    """A request that has to succeed; its answer."""
    answer = client.request(method, f"/api/v1{path}", json=body)
    if answer.is_error:
        raise RefusedError(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer.json() if answer.content else None


def wait_for(client: httpx.Client, job_id: str, within_s: float = 300) -> dict[str, Any]:
    """Until the job has ended; the job."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        job: dict[str, Any] = ask(client, "GET", f"/jobs/{job_id}")
        if job["status"] in FINISHED:
            return job
        time.sleep(0.1)
    raise RuntimeError(f"{job_id} has not ended after {within_s:.0f} s")
