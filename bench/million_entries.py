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
    """Move files all over the namespace to other names: every entry changes, no content does."""
    spaces = team.control("truth/namespaces")
    home = next(n["namespace_id"] for n in spaces if n["kind"] == "team_member_folder")
    edits: list[dict[str, str]] = []
    for number, entry in enumerate(team.truth(home)):
        if number % (files // changes) == 1 and entry["kind"] == "file" and len(edits) < changes:
            path = entry["path_display"]
            edits.append({"op": "move", "namespace": home, "path": path, "to": f"{path}.moved"})
    for start in range(0, len(edits), 500):
        team.control("edits", edits[start : start + 500])


if __name__ == "__main__":
    main()
