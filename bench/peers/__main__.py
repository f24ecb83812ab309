"""Measure each step with each program in turn, several times; print medians and ratios.

    python -m bench.peers FOLDER [--install] [--scale 0.25] [--runs 3]
    python -m bench.peers FOLDER [--scale 0.25] --profile      # where Dropally's own time goes

FOLDER gets the data set, the programs and the repositories: about 8 GiB at scale 1. On a machine
that does other things too, CPU seconds and ratios are what to quote, not walls.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.peers.installing import find_borg, find_restic, install
from bench.peers.table import Row, render, render_parts
from bench.peers.tools import STEPS, Borg, Command, Dropally, Restic, Tool
from bench.rig import run

OURS = Dropally.name


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--install", action="store_true", help="get restic and borg first")
    parser.add_argument("--scale", type=float, default=0.25, help="1 is 2 GiB in 54,000 files")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="Dropally alone, by parts")
    args = parser.parse_args()
    if args.install:
        install(args.folder / "tools")
    data = args.folder / f"data-{args.scale}"
    generate("day1", data, "--scale", str(args.scale))
    if args.profile:
        print(render_parts(profile(args.folder / "run", data)))
        return
    rows: list[Row] = []
    for number in range(args.runs):
        rows += measure(args.folder / "run", data, tools_in(args.folder))
        (args.folder / "rows.json").write_text(json.dumps(rows))
        print(f"run {number + 1} of {args.runs} is done", file=sys.stderr, flush=True)
    others = sorted({row.tool for row in rows} - {OURS}, reverse=True)
    for missing in sorted({Restic.name, Borg.name} - set(others)):
        print(f"{missing} is not here: measured without it (--install gets it)")
    print(render(rows, STEPS, OURS, others))


def tools_in(folder: Path) -> list[Tool]:
    """The programs that are here, each with a place for its repository."""
    place = folder / "run"
    tools: list[Tool] = [Dropally(place / OURS)]
    if restic := find_restic(folder / "tools"):
        tools.append(Restic(place / Restic.name, restic))
    if borg := find_borg(folder / "tools"):
        tools.append(Borg(place / Borg.name, borg))
    return tools


def measure(place: Path, original: Path, tools: Sequence[Tool]) -> Iterator[Row]:
    """One run from nothing: each step is taken by all programs before the next step."""
    shutil.rmtree(place, ignore_errors=True)
    data, out = place / "data", place / "out"
    shutil.copytree(original, data)
    for tool in tools:
        tool.place.mkdir()
        run_all([tool.init()], tool.environment)
    for step in STEPS:
        if step == "day 2":
            generate("day2", data)
        for tool in tools:
            commands = tool.steps(data, out).get(step)
            if commands:
                row = take(tool, step, commands)
                print(json.dumps(row._asdict()), file=sys.stderr, flush=True)
                yield row
            shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(place)


def profile(place: Path, data: Path) -> Iterator[tuple[Row, dict[str, float]]]:
    """Each step of Dropally, and its CPU seconds by part. Looking on costs a few of them."""
    parts = place.with_name("parts.json")
    for row in measure(place, data, [Dropally(place / OURS, parts)]):
        yield row, json.loads(parts.read_text())


def take(tool: Tool, step: str, commands: Sequence[Command]) -> Row:
    """One step of one program."""
    before = stored_bytes(tool.repository)
    os.sync()
    wall_s, cpu_s, peak_bytes = run_all(commands, tool.environment)
    grown = stored_bytes(tool.repository) - before
    return Row(tool.name, step, wall_s, cpu_s, peak_bytes, grown)


def run_all(commands: Sequence[Command], environment: dict[str, str]) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and peak bytes of commands that follow one another."""
    wall_s = cpu_s = 0.0
    peak_bytes = 0
    for command in commands:
        done = run(command, environment)
        if done.exit_code != 0:
            raise SystemExit(f"{' '.join(command)} ended with {done.exit_code}: {done.output}")
        wall_s += done.wall_s
        cpu_s += done.cpu_s
        peak_bytes = max(peak_bytes, done.peak_bytes)
    return wall_s, cpu_s, peak_bytes


def stored_bytes(repository: Path) -> int:
    """The bytes of all files of a repository."""
    return sum(place.stat().st_size for place in repository.rglob("*") if place.is_file())


def generate(day: str, data: Path, *options: str) -> None:
    """Make the data set, or change it to the second day's."""
    if day == "day1" and data.exists():
        return
    command = [sys.executable, "-m", "bench.gen_dataset", day, str(data), *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
