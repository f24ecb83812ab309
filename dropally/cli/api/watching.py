"""Following a job to its end."""

import sys
import threading
from collections.abc import Mapping
from typing import Any

import typer

from dropally.cli.api.client import ApiClient
from dropally.cli.exits import FAILED, PARTIAL
from dropally.cli.screen import Screen
from dropally.common.clock import SystemClock
from dropally.common.errors import TryLaterError
from dropally.common.text import format_bytes

_EVERY_S = 1.0
_FINISHED = {"succeeded", "partially_succeeded", "failed", "canceled"}


def follow(api: ApiClient, screen: Screen, job: Mapping[str, Any], *, wait: bool) -> None:
    """Say what was started; with `wait`, show it until it has ended and leave with its exit code."""
    if not api.starts_jobs:
        screen.say(f"{job['title']}: waits until `dropally serve` runs ({job['id']}).")
        screen.result(job)
    elif wait:
        watch_job(api, screen, job["id"])
    else:
        screen.say(f"{job['title']}: started. Follow it: dropally job watch {job['id']}")
        screen.result(job)


def watch_job(api: ApiClient, screen: Screen, job_id: str) -> None:
    """Show a job until it has ended; leaves with 3 for a part, 1 for a failure."""
    end_of(screen, wait_for_job(api, screen, job_id))


def wait_for_job(api: ApiClient, screen: Screen, job_id: str) -> dict[str, Any]:
    """Show a job until it has ended; the job as it is then."""
    shown = ""
    while True:
        job: dict[str, Any] = api.ask("GET", f"/jobs/{job_id}")
        line = progress_line(job)
        if line != shown and not screen.quiet and not screen.as_json:
            sys.stderr.write(f"{line}\n")
            shown = line
        if job["status"] in _FINISHED:
            return job
        SystemClock().wait(threading.Event(), _EVERY_S)


def wait_until_set(api: ApiClient, path: str, name: str) -> Any:
    """What is at `path`, once its field is not null. TryLaterError where nobody works on that."""
    while True:
        answer = api.ask("GET", path)
        if answer[name] is not None:
            return answer
        if not api.starts_jobs:
            raise TryLaterError(
                f"{answer['id']} is made, and the rest waits", hint="start it: dropally serve"
            )
        SystemClock().wait(threading.Event(), _EVERY_S)


def end_of(screen: Screen, job: Mapping[str, Any]) -> None:
    """Say how a job ended, and leave with its exit code."""
    screen.say(f"{job['title']}: {job['status'].replace('_', ' ')}")
    for key, value in (job.get("summary") or {}).items():
        shown = format_bytes(value) if key.endswith("bytes") and isinstance(value, int) else value
        screen.say(f"  {key.replace('_', ' ')}: {shown}")
    if job.get("error"):
        screen.problem(f"{job['error']}{_next(job)}")
    elif job.get("hint"):
        screen.say(_next(job).lstrip("\n"))
    for cause in job.get("causes") or ():
        screen.problem(f"  {cause['items']:,} x {cause['cause']}: {cause['hint']}")
    screen.result(job)
    if job["status"] == "partially_succeeded":
        raise typer.Exit(PARTIAL)
    if job["status"] in {"failed", "canceled"}:
        raise typer.Exit(FAILED)


def _next(job: Mapping[str, Any]) -> str:
    return f"\n  next: {job['hint']}" if job.get("hint") else ""


def progress_line(job: Mapping[str, Any]) -> str:
    """Where a job is, on one line."""
    live = job.get("live") or {}
    phases = ", ".join(_phase(phase) for phase in live.get("phases", []))
    pause = f" ({live['pause']})" if live.get("pause") else ""
    return f"{job['status'].replace('_', ' ')}{': ' if phases else ''}{phases}{pause}"


def _phase(phase: Mapping[str, Any]) -> str:
    as_text = format_bytes if phase.get("unit") == "bytes" else "{:,}".format
    total = phase.get("total") or 0
    of = f" of {'at least ' if phase.get('is_at_least') else ''}{as_text(total)}" if total else ""
    unit = "" if phase.get("unit") == "bytes" else f" {phase.get('unit', '')}"
    return f"{phase['name']} {as_text(phase['done'])}{of}{unit}"
