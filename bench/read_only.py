"""The disk of the data folder turns read-only under the running appliance, as a failing disk makes it.

    python -m bench.read_only FOLDER        # as root; makes and mounts a small file system in a file

The data folder lies on an ext4 of its own. While a backup runs, the kernel is told that the file system
has a fault, upon which it allows no more writing. What the appliance says then is printed. Afterwards the
appliance is stopped, the disk is checked and mounted again, and the appliance is started: every job that
was acknowledged must end well, and the newest restore point must equal the team.
"""

import argparse
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench import rig, served, truth

TEAM = "virtual:members=3,files=3000,seed=5,size=1K-64K"
_IMAGE_BYTES = 256 << 20
_NOTICED_WITHIN_S = 60.0


def main() -> None:
    """Run it and print; exit 1 if anything was lost or unclear."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    shutil.rmtree(folder, ignore_errors=True)
    with rig.simulated_team(folder / "simulator", TEAM) as team:
        home = folder / "dropally"
        config = served.prepare(home, team)
        data = home / "data"
        disk = _Disk(folder / "disk.img", folder / "mounted")
        disk.make()
        with disk.mounted():
            shutil.copytree(data, disk.place, dirs_exist_ok=True)
            os.sync()  # what was copied is not what is tried here
            shutil.rmtree(data)
            data.symlink_to(disk.place)
            jobs = _until_read_only(config, disk)
        disk.repair()
        with disk.mounted():
            _afterwards(config, jobs)
            compared = truth.compare_latest(config, team)
    print(f"{compared.files:,} files compared, {len(compared.mismatches)} mismatches")
    if compared.mismatches:
        raise SystemExit(1)


class _Disk:
    """An ext4 in a file."""

    def __init__(self, image: Path, place: Path) -> None:
        self._image = image
        self.place = place

    def make(self) -> None:
        with self._image.open("wb") as opened:
            opened.truncate(_IMAGE_BYTES)
        _call("mkfs.ext4", "-q", str(self._image))
        self.place.mkdir()

    @contextmanager
    def mounted(self) -> Iterator[None]:
        _call("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.place))
        try:
            yield
        finally:
            _call("umount", str(self.place))

    def fail(self) -> None:
        """The kernel finds a fault in it."""
        lines = Path("/proc/mounts").read_text().splitlines()
        device = next(line.split()[0] for line in lines if line.split()[1] == str(self.place))
        Path(f"/sys/fs/ext4/{Path(device).name}/trigger_fs_error").write_text("1")

    def repair(self) -> None:
        found = subprocess.run(["fsck.ext4", "-fy", str(self._image)], check=False)
        if found.returncode > 1:  # 1: repaired
            raise RuntimeError("the disk could not be repaired")


def _until_read_only(config: Path, disk: _Disk) -> list[str]:
    """The jobs that were acknowledged."""
    process = served.start(config)
    try:
        with served.operator(config) as client:
            served.wait_until_up(client, process)
            connection = served.ask(client, "POST", "/connections/adopt")
            wish = {"name": "Everything", "connection_id": connection["id"], "activate": "all"}
            task = served.ask(client, "POST", "/tasks", wish)["id"]
            for job in served.ask(client, "GET", "/jobs?kind=discover")["items"]:
                served.wait_for(client, job["id"])
            jobs = [str(served.ask(client, "POST", f"/tasks/{task}/run")["id"])]
            _wait_until_it_runs(client, jobs[0])
            disk.fail()
            _tell(client, task, jobs[0])
    finally:
        begun = time.monotonic()
        process.terminate()
        print(f"stopped with {process.wait(60)} after {time.monotonic() - begun:.1f} s")
    return jobs


def _wait_until_it_runs(client: httpx.Client, job: str) -> None:
    while served.ask(client, "GET", f"/jobs/{job}")["status"] == "pending":
        time.sleep(0.01)


def _tell(client: httpx.Client, task: str, job: str) -> None:
    begun = time.monotonic()
    while (answer := client.get("/readyz")).status_code == httpx.codes.OK:
        if time.monotonic() - begun > _NOTICED_WITHIN_S:
            raise SystemExit("/readyz has noticed nothing")
        time.sleep(0.05)
    print(f"after {time.monotonic() - begun:.2f} s /readyz says {answer.text}")
    answer = client.patch(f"/api/v1/tasks/{task}", json={"name": "x"}, headers={"If-Match": "*"})
    print(f"a change is answered {answer.status_code} {answer.text}")
    answer = client.post(f"/api/v1/tasks/{task}/run")
    print(f"another job is answered {answer.status_code} {_detail(answer)}")
    shown = served.ask(client, "GET", f"/jobs/{job}")
    print(
        f"the job reads {shown['status']}; lists: {len(served.ask(client, 'GET', '/jobs')['items'])}"
    )
    health = served.ask(client, "GET", "/appliance/health")
    for check in health["items"]:
        if check["state"] != "ok":
            print(f"health: {check}")


def _detail(answer: httpx.Response) -> Any:
    return answer.json().get("detail", answer.text)


def _afterwards(config: Path, jobs: list[str]) -> None:
    process = served.start(config)
    try:
        with served.operator(config) as client:
            print(f"started again in {served.wait_until_up(client, process):.2f} s")
            for job in jobs:
                ended = served.wait_for(client, job)
                print(f"the job ended {ended['status']} at attempt {ended['attempt']}")
                if ended["status"] != "succeeded":
                    raise SystemExit(ended["error"])
            for _ in range(600):
                if client.get("/readyz").status_code == httpx.codes.OK:
                    break
                time.sleep(0.1)
            print(f"/readyz: {client.get('/readyz').text}")
    finally:
        process.terminate()
        process.wait(60)


def _call(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
