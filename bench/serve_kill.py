"""Kill `dropally serve` at random moments under load, start it again, and count what was lost.

    python -m bench.serve_kill FOLDER [--kills 100] [--seed 1]

Each round starts the appliance, changes the team, asks for backups, restores and discoveries and
renames a task, all by API, notes what was acknowledged, and kills the process (SIGKILL) at a random
moment: in one round of five while it starts, else while it is under load. At the end it is started
once more: every acknowledged job must be there and end well (one that was killed five times in a
row says so, and ends well when it is repeated), every acknowledged change must be there, the
audit's chain must hold, and the newest restore point must equal the team byte for byte.
"""

import argparse
import contextlib
import random
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench import rig, served, truth

TEAM = "virtual:members=3,files=600,seed=5,size=1K-64K"
LONGEST_LIFE_S = 4.0
DIE_WHILE_STARTING = 0.2
GIVEN_UP = "times in a row while it ran"
NEW_FILES = 20
LARGEST_BYTES = 200_000


@dataclass
class Acknowledged:
    """What the appliance has said yes to."""

    jobs: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    maybe_name: str = ""
    """The name whose change was asked for last and perhaps not acknowledged."""


@dataclass
class Findings:
    """What the end of the run says."""

    kills: int = 0
    kills_at_work: int = 0
    starts_s: list[float] = field(default_factory=list)
    lost_jobs: list[str] = field(default_factory=list)
    unsuccessful: list[str] = field(default_factory=list)
    lost_changes: list[str] = field(default_factory=list)
    mismatches: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    died_alone: list[str] = field(default_factory=list)
    given_up: int = 0
    """Jobs that were killed five times in a row, and so were repeated by hand at the end."""
    most_attempts: int = 0

    @property
    def is_clean(self) -> bool:
        """True if nothing at all was lost."""
        lost = self.lost_jobs or self.lost_changes or self.mismatches
        return not (lost or self.unsuccessful or self.refused or self.died_alone)


def main() -> None:
    """Run it and print the figures; exit 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found, accepted = kill_often(options.folder, options.kills, options.seed)
    starts = sorted(found.starts_s)
    print(f"kills: {found.kills}, of them while a job ran: {found.kills_at_work}")
    print(f"jobs acknowledged: {len(accepted.jobs)}, lost: {len(found.lost_jobs)}")
    print(f"jobs that did not end well: {found.unsuccessful or 'none'}")
    print(f"given up after five kills in a row, then repeated: {found.given_up}")
    print(f"most attempts of one job: {found.most_attempts}")
    print(f"changes acknowledged: {len(accepted.names)}, lost: {found.lost_changes or 'none'}")
    print(f"requests refused while it ran: {found.refused or 'none'}")
    print(f"starts that ended by themselves: {found.died_alone or 'none'}")
    print(f"files that differ from the team: {found.mismatches or 'none'}")
    print(f"start to answering: median {starts[len(starts) // 2]:.2f} s, most {starts[-1]:.2f} s")
    if not found.is_clean:
        raise SystemExit(1)


def kill_often(folder: Path, kills: int, seed: int) -> tuple[Findings, Acknowledged]:
    """The whole run, in a folder that is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    found, accepted = Findings(), Acknowledged()
    draw = random.Random(seed)  # moments to kill at, not secrets
    with rig.simulated_team(folder, TEAM) as team:
        config = served.prepare(folder, team)
        task = _set_up(config, accepted)
        for _ in range(kills):
            _live_and_die(config, team, task, draw, found, accepted)
        _look(config, team, task, found, accepted)
    return found, accepted


def _set_up(config: Path, accepted: Acknowledged) -> str:
    """Link, make the task and a first backup; the task's id."""
    with running(config) as client:
        connection = served.ask(client, "POST", "/connections/adopt")
        wish = {"name": "start", "connection_id": connection["id"], "activate": "all"}
        task: str = served.ask(client, "POST", "/tasks", wish)["id"]
        accepted.names.append("start")
        for job in served.ask(client, "GET", "/jobs?kind=discover")["items"]:
            served.wait_for(client, job["id"])  # it finds whom to back up
        first = served.ask(client, "POST", f"/tasks/{task}/run")
        served.wait_for(client, first["id"])
    return task


@contextlib.contextmanager
def running(config: Path) -> Any:
    """The appliance, ended in order."""
    process = served.start(config)
    try:
        with served.operator(config) as client:
            served.wait_until_up(client, process)
            yield client
    finally:
        process.terminate()
        process.wait(30)


def _live_and_die(
    config: Path,
    team: rig.Team,
    task: str,
    draw: random.Random,
    found: Findings,
    accepted: Acknowledged,
) -> None:
    process = served.start(config)
    killer = threading.Timer(draw.uniform(0.1, LONGEST_LIFE_S), process.kill)
    if draw.random() < DIE_WHILE_STARTING:
        killer.start()
    with (
        contextlib.suppress(httpx.TransportError, served.NotUpError),
        served.operator(config) as client,
    ):
        found.starts_s.append(served.wait_until_up(client, process))
        if killer.ident is None:  # it was not started before
            killer.start()
        try:
            _put_under_load(client, team, task, draw, accepted, process)
        except served.RefusedError as error:
            found.refused.append(str(error))
    killer.join()
    if (code := process.wait()) != -signal.SIGKILL:
        found.died_alone.append(f"exit {code}")
    found.kills += 1
    found.kills_at_work += _was_at_work(config)


def _put_under_load(
    client: httpx.Client,
    team: rig.Team,
    task: str,
    draw: random.Random,
    accepted: Acknowledged,
    process: "subprocess.Popen[bytes]",
) -> None:
    """Ask for this and that until the process is gone."""
    _change_team(team, draw)
    entities = served.ask(client, "GET", f"/tasks/{task}/entities")["items"]
    while process.poll() is None:
        what = draw.choice(("backup", "backup", "restore", "discover", "rename", "rename"))
        if what == "backup":
            _note(accepted, served.ask(client, "POST", f"/tasks/{task}/run"))
        elif what == "discover":
            connection = served.ask(client, "GET", "/connections")["items"][0]["id"]
            _note(accepted, served.ask(client, "POST", f"/connections/{connection}/discover"))
        elif what == "restore":
            _note(accepted, _restore(client, draw.choice(entities)["id"]))
        else:
            _rename(client, task, accepted)
        time.sleep(draw.uniform(0.1, 0.6))


def _note(accepted: Acknowledged, job: dict[str, Any]) -> None:
    accepted.jobs[job["id"]] = job["kind"]


def _restore(client: httpx.Client, entity: str) -> dict[str, Any]:
    selection = served.ask(client, "POST", "/selections")["id"]
    ticked = {"entity_id": entity, "point_id": "latest"}
    served.ask(
        client, "POST", f"/selections/{selection}/items", {"action": "add", "items": [ticked]}
    )
    job: dict[str, Any] = served.ask(client, "POST", "/restores", {"selection_id": selection})
    return job


def _rename(client: httpx.Client, task: str, accepted: Acknowledged) -> None:
    name = f"name {len(accepted.names)}"
    accepted.maybe_name = name
    answer = client.patch(f"/api/v1/tasks/{task}", json={"name": name}, headers={"If-Match": "*"})
    if answer.is_success:
        accepted.names.append(name)


def _change_team(team: rig.Team, draw: random.Random) -> None:
    home = next(
        space["namespace_id"]
        for space in team.control("truth/namespaces")
        if space["kind"] == "team_member_folder"
    )
    edits = [
        {
            "op": "put",
            "namespace": home,
            "path": f"/new/{draw.getrandbits(60):x}.bin",
            "generated": {"seed": str(draw.getrandbits(40)), "size": draw.randrange(LARGEST_BYTES)},
        }
        for _ in range(NEW_FILES)
    ]
    team.control("edits", edits)


def _was_at_work(config: Path) -> bool:
    import sqlite3  # noqa: PLC0415  only looked into after a kill

    database = sqlite3.connect(f"file:{config.parent}/data/dropally.db?mode=ro", uri=True)
    with contextlib.closing(database):
        count = database.execute("SELECT count(*) FROM job WHERE status = 'in_progress'")
        return bool(count.fetchone()[0])


def _look(config: Path, team: rig.Team, task: str, found: Findings, accepted: Acknowledged) -> None:
    """Start it for the last time and hold everything against what was acknowledged."""
    with running(config) as client:
        for job_id in accepted.jobs:
            if client.get(f"/api/v1/jobs/{job_id}").is_error:
                found.lost_jobs.append(job_id)
                continue
            job = served.wait_for(client, job_id)
            if GIVEN_UP in job["error"]:  # as it should; asked again, it has to end well
                found.given_up += 1
                again = served.ask(client, "POST", f"/jobs/{job_id}/retry", {})
                job = served.wait_for(client, again["id"])
            found.most_attempts = max(found.most_attempts, job["attempt"])
            if job["status"] not in ("succeeded", "partially_succeeded"):
                found.unsuccessful.append(f"{job['kind']} {job_id}: {job['error']}")
        name = served.ask(client, "GET", f"/tasks/{task}")["name"]
        if name not in (accepted.names[-1], accepted.maybe_name):
            found.lost_changes.append(f"{accepted.names[-1]} is {name}")
        last = served.ask(client, "POST", f"/tasks/{task}/run")
        served.wait_for(client, last["id"])
        proof = served.ask(client, "GET", "/audit/proof")
        if not proof:
            found.mismatches.append("the audit")
    compared = truth.compare_latest(config, team)
    found.mismatches += compared.mismatches


if __name__ == "__main__":
    main()
