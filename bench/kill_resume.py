"""Kill a backup with SIGKILL at random moments, let the next one finish, and count what was lost.

    python -m bench.kill_resume FOLDER [--kills 200] [--seed 1]

Each round changes the team (new files, about 40 MB), starts a backup, kills it at a moment drawn
evenly from shortly before its usual first download to its usual end, and runs another to its end. At the end the newest point is
compared with the team byte for byte, and a sample of all points is read back whole.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bench import rig, truth

NEW_FILES = 200
LARGEST_BYTES = 400_000


def main() -> None:
    """Print points lost, bytes downloaded twice, and what differs from the truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    draw = random.Random(options.seed)  # moments to kill at, not secrets
    with rig.simulated_team(
        options.folder, "virtual:members=2,files=300,seed=5,size=1K-64K"
    ) as team:
        config = rig.set_up_dropally(options.folder, team)
        rounds = Rounds(team, config, draw)
        rounds.backup()
        rounds.measure_usual_time()
        for number in range(options.kills):
            rounds.kill_and_resume(number)
        rounds.report(options.kills)
    shutil.rmtree(options.folder)


class Rounds:
    """What is known between rounds: the points committed so far, and what was downloaded."""

    def __init__(self, team: rig.Team, config: Path, draw: random.Random) -> None:
        self._team = team
        self._config = config
        self._draw = draw
        self._home = next(
            space["namespace_id"]
            for space in team.control("truth/namespaces")
            if space["kind"] == "team_member_folder"
        )
        self._points: set[str] = set()
        self._first_download_s = self._usual_s = 0.0
        self._lost: set[str] = set()
        self._new_bytes = 0
        self._downloaded_bytes = 0
        self._killed_at_work = 0

    def backup(self) -> None:
        """Run a backup to its end."""
        done = rig.dropally(self._config, "backup", "--json")
        if done.exit_code != 0:
            sys.exit(f"backup ended with {done.exit_code}: {done.output}")
        self._note_points()

    def measure_usual_time(self) -> None:
        """Time one backup of a usual change."""
        self._change("warm-up")
        self._team.reset_metrics()
        started = time.perf_counter()
        process = self._start_backup()
        while process.poll() is None and not self._downloads()[0]:
            time.sleep(0.01)
        self._first_download_s = time.perf_counter() - started
        process.wait()
        self._usual_s = time.perf_counter() - started

    def kill_and_resume(self, number: int) -> None:
        """Change the team, kill a backup of it, run another."""
        new_bytes = self._change(f"round {number}")
        self._team.reset_metrics()
        process = self._start_backup()
        time.sleep(self._draw.uniform(0.9 * self._first_download_s, self._usual_s))
        running = process.poll() is None
        process.kill()
        process.wait()
        if running and self._downloads()[0] > 0:
            self._killed_at_work += 1
        self._note_points()
        self.backup()
        self._new_bytes += new_bytes
        self._downloaded_bytes += self._downloads()[1]

    def report(self, kills: int) -> None:
        """Compare and print; exits with 1 when something was lost."""
        twice = self._downloaded_bytes - self._new_bytes
        print(f"{kills} kills, {self._killed_at_work} of them after the first download had begun")
        print(f"  restore points lost      {len(self._lost)} of {len(self._points)}")
        print(
            f"  bytes downloaded twice   {twice:,} of {self._new_bytes:,} "
            f"({100 * twice / self._new_bytes:.1f} %)"
        )
        sample = self._draw.sample(sorted(self._points), min(20, len(self._points)))
        print(
            f"  read back from {len(sample)} points {truth.read_back(self._config, sample):,} bytes"
        )
        compared = truth.compare_latest(self._config, self._team)
        print(
            f"  newest point against the team: {compared.files:,} files, "
            f"{len(compared.mismatches)} mismatches"
        )
        if self._lost or compared.mismatches:
            sys.exit("\n".join(sorted(self._lost) + compared.mismatches[:20]))

    def _start_backup(self) -> "subprocess.Popen[bytes]":
        command = [*rig.DROPALLY, "backup", "--json", "--config", str(self._config)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _change(self, name: str) -> int:
        """Put new files; their bytes."""
        edits = []
        for number in range(NEW_FILES):
            size = self._draw.randrange(1, LARGEST_BYTES)
            generated = {"seed": f"{name} {number}", "size": size}
            path = f"/{name}/{number}.bin"
            edits.append(
                {"op": "put", "namespace": self._home, "path": path, "generated": generated}
            )
        self._team.control("edits", edits)
        return sum(edit["generated"]["size"] for edit in edits)

    def _downloads(self) -> tuple[int, int]:
        metrics = self._team.metrics()
        calls = metrics["calls_by_route"].get("files/download", 0)
        return calls, metrics["bytes_out_by_route"].get("files/download", 0)

    def _note_points(self) -> None:
        done = rig.dropally(self._config, "snapshots", "--json")
        now = {point["id"] for point in json.loads(done.output)}
        self._lost |= self._points - now
        self._points |= now


if __name__ == "__main__":
    main()
