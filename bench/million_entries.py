"""A namespace of a million entries: from nothing to a committed snapshot, and a day's changes on it.

    python -m bench.million_entries FOLDER [--files 1000000] [--changes 1000]

The contents are known already (a hundred distinct ones, so that next to nothing is downloaded):
what is measured is the listing, the stage, the look-ups and the tree, as after a cursor reset.
Goals: under 60 s and under 400 MiB for the first; under 2 s for the changes.
"""

import argparse
import json
import shutil
import sys
import urllib.request
from pathlib import Path

from bench import rig


def main() -> None:
    """Print seconds, peak memory and calls of the three runs, with their goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--changes", type=int, default=1_000)
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    dup = 1 - 100 / options.files
    spec = f"virtual:members=1,files={options.files},seed=11,size=4K-16K,dup={dup:.6f}"
    with rig.simulated_team(options.folder, spec) as team:
        config = rig.set_up_dropally(options.folder, team)
        team.compute_content_hashes()
        print(spec)
        show("first listing", team, config, "goals: 60 s, 400 MiB")
        show("no change", team, config, "")
        change(team, options.files, options.changes)
        show(f"{options.changes:,} changes", team, config, "goal: 2 s")
    shutil.rmtree(options.folder)


def show(name: str, team: rig.Team, config: Path, goals: str) -> None:
    team.reset_metrics()
    simulator_before = rig.cpu_seconds_of(team.process)
    done = rig.dropally(config, "backup", "--json")
    if done.exit_code != 0:
        sys.exit(f"backup ended with {done.exit_code}: {done.output}")
    simulator_s = rig.cpu_seconds_of(team.process) - simulator_before
    told = json.loads(done.output.strip().splitlines()[-1])
    print(
        f"  {name:16} wall {done.wall_s:6.2f} s   CPU {done.cpu_s:6.2f} s   "
        f"peak {done.peak_bytes >> 20} MiB   {team.metrics()['calls']} calls, "
        f"simulator CPU {simulator_s:.1f} s   {goals}"
    )
    print(f"  {'':16} {json.dumps(told)[:300]}")


def change(team: rig.Team, files: int, changes: int) -> None:
    """Give files all over the namespace the content of another one."""
    spaces = team.control("truth/namespaces")
    home = next(n["namespace_id"] for n in spaces if n["kind"] == "team_member_folder")
    edits = []
    address = f"http://127.0.0.1:{team.http}/_sim/truth?namespace={home}"
    with urllib.request.urlopen(address, timeout=600) as answer:  # noqa: S310
        known = ""
        for number, line in enumerate(answer):
            if number % (files // changes) == 0 and len(edits) < changes:
                entry = json.loads(line)
                if entry["kind"] == "file":
                    edit = {"op": "put", "namespace": home, "path": entry["path_lower"]}
                    edits.append(edit | {"content_hash": known or entry["content_hash"]})
                    known = entry["content_hash"]
    for start in range(0, len(edits), 500):
        team.control("edits", edits[start : start + 500])


if __name__ == "__main__":
    main()
