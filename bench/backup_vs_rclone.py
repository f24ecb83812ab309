"""`dropally backup` beside `rclone copy` to a local folder, from the same simulated team.

    python -m bench.backup_vs_rclone FOLDER [--shapes small,large] [--rounds 1]

Dropally chunks, deduplicates, compresses and encrypts what rclone only copies. Both read the team
over loopback: Dropally by HTTP, rclone by the proxy face, which it needs (it has no option for
another address), so the simulator also spends time on rclone's TLS; its CPU time is printed apart.
Aim: a ratio below 1.0 in wall and CPU time. A second run of Dropally shows what no change costs.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from bench import rig

SHAPES = {
    "small": "virtual:members=1,files=20000,seed=7,size=4K-64K,dup=0",
    "large": "virtual:members=1,files=0,seed=8,large=16x256M,dup=0",
}


def main() -> None:
    """Measure every shape and print figures and ratios."""
    options = parse_options()
    for shape in options.shapes.split(","):
        for _ in range(options.rounds):
            measure_shape(options.folder / shape, shape, options.transfers, options.pause)
    shutil.rmtree(options.folder)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shapes", default="small,large")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--transfers", type=int, default=4, help="rclone's --transfers")
    parser.add_argument("--pause", default="0s", help="rclone's pause between calls; its own: 10ms")
    return parser.parse_args()


def measure_shape(folder: Path, shape: str, transfers: int, pause: str) -> None:
    """One team, both programs one after the other, then Dropally's second run."""
    shutil.rmtree(folder, ignore_errors=True)
    with rig.simulated_team(folder, SHAPES[shape]) as team:
        config = rig.set_up_dropally(folder, team)
        team.compute_content_hashes()
        ours, ours_simulator = timed(team, lambda: rig.dropally(config, "backup", "--json"))
        calls = team.metrics()["calls"]
        again, _ = timed(team, lambda: rig.dropally(config, "backup", "--json"))
        calls_again = team.metrics()["calls"]
        theirs, theirs_simulator = timed(team, lambda: rclone_copy(folder, team, transfers, pause))
    for name, done in (("dropally backup", ours), ("second run", again), ("rclone copy", theirs)):
        if done.exit_code != 0:
            sys.exit(f"{name} ended with {done.exit_code}")
    print(f"shape {shape}: {SHAPES[shape]}")
    show("dropally backup", ours, ours_simulator, f"{calls} calls")
    show("rclone copy", theirs, theirs_simulator, f"{transfers} transfers")
    print(
        f"  ratio            wall {ours.wall_s / theirs.wall_s:.2f}   CPU {ours.cpu_s / theirs.cpu_s:.2f}"
    )
    show("second run", again, 0.0, f"{calls_again} calls")


def timed(team: rig.Team, act: Callable[[], rig.Measured]) -> tuple[rig.Measured, float]:
    """What `act` measured, and the CPU seconds the simulator spent meanwhile."""
    team.reset_metrics()
    before = rig.cpu_seconds_of(team.process)
    done = act()
    return done, rig.cpu_seconds_of(team.process) - before


def rclone_copy(folder: Path, team: rig.Team, transfers: int, pause: str) -> rig.Measured:
    tokens = json.loads(team.token_file.read_text())["members"]
    token = next(iter(tokens.values()))
    config = folder / "rclone.conf"
    secret = {
        "access_token": token["access_token"],
        "refresh_token": token["refresh_token"],
        "expiry": "2099-01-01T00:00:00Z",
    }
    config.write_text(f"[team]\ntype = dropbox\ntoken = {json.dumps(secret)}\n")
    command = [str(Path(sys.executable).parent / "rclone"), "copy", "team:", str(folder / "copy")]
    command += ["--config", str(config), "--ca-cert", str(team.ca_file)]
    # Left alone, rclone waits 10 ms between calls, which decides the comparison by itself.
    command += ["--dropbox-pacer-min-sleep", pause]
    command += ["--transfers", str(transfers), "--retries", "1"]
    return rig.run(command, {"HTTPS_PROXY": f"http://127.0.0.1:{team.proxy}"})


def show(name: str, done: rig.Measured, simulator_cpu_s: float, note: str) -> None:
    print(
        f"  {name:16} wall {done.wall_s:6.2f} s   CPU {done.cpu_s:6.2f} s   "
        f"peak {done.peak_bytes >> 20} MiB   (simulator CPU {simulator_cpu_s:.1f} s; {note})"
    )


if __name__ == "__main__":
    main()
