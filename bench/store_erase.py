"""What erasing one folder out of a year of restore points costs: time, memory, and what is written.

    python -m bench.store_erase [--items 200000] [--days 365] [--folder DIR]

A namespace of so many small files, of which a few hundred change every day and a few of them in the
folder that goes. The repository is made by a process of its own; peak memory is that of the others.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

from dropally.common.clock import SystemClock
from dropally.store import (
    Entry,
    KeyFile,
    LocalBackend,
    PointDraft,
    Repository,
    SnapshotDraft,
    Writer,
    create_repository,
    encode_entry,
    new_key_file,
    open_repository,
    path_key,
)
from dropally.store.erase import Choice, erase, find_places, find_shared, trace
from dropally.store.prune import PruneOptions, prune

SOURCE = "namespace"
GOING = "/people/jane"
GOING_SHARE = 100
"""One of so many files lies in the folder that goes."""
CHANGES_A_DAY = 500
FILE_BYTES = 700
MIB = 1 << 20
T = TypeVar("T")


def path_of(number: int) -> str:
    """Where a file lies; folders of a thousand."""
    if number % GOING_SHARE == 0:
        return f"{GOING}/{number:07d}.txt"
    return f"/projects/{number // 1000:04d}/{number:07d}.txt"


def make(place: Path, items: int, days: int) -> None:
    """A year of backups."""
    place.mkdir(parents=True, exist_ok=True)
    secret = new_key_file(place / "key")
    clock = SystemClock()
    repository = create_repository(
        LocalBackend(place / "repository"), secrets=[secret], cache_dir=place, clock=clock.now
    )
    rng = random.Random(1)
    started = clock.now() - timedelta(days=days)
    root, parent = None, None
    for day in range(days + 1):
        numbers = range(items) if day == 0 else sorted(rng.sample(range(items), CHANGES_A_DAY))
        at = started + timedelta(days=day)
        with repository.writer(note="bench") as writer:
            changes = sorted((path_key(path_of(one)), entry(writer, one, rng)) for one in numbers)
            root = writer.apply(root, changes)
            totals = {"files": items, "folders": 0, "bytes": items * FILE_BYTES}
            draft = SnapshotDraft(source=SOURCE, root=root, stats=totals, parent=parent, time=at)
            parent = writer.commit(draft).id
            labels = {name: str(number) for name, number in totals.items()}
            writer.commit_point(
                PointDraft(group="task", snapshots={SOURCE: parent}, labels=labels, time=at)
            )
    repository.close()


def entry(writer: Writer, number: int, rng: random.Random) -> bytes:
    """A new version of a file."""
    content = writer.add([rng.randbytes(FILE_BYTES)])
    name = path_of(number).rpartition("/")[2]
    made = Entry("file", name, f"id:{number}", size_bytes=content.size_bytes, content=content)
    return encode_entry(made)


class Measured(NamedTuple):
    """What a phase took."""

    name: str
    wall_s: float
    cpu_s: float
    written_bytes: int
    peak_mib: float

    def __str__(self) -> str:
        return (
            f"{self.name:28} {self.wall_s:7.1f} s  {self.cpu_s:7.1f} CPU s"
            f"  {self.written_bytes / MIB:8.1f} MiB more stored  at most {self.peak_mib:.0f} MiB"
        )


class Meter:
    """Prints a line for each phase."""

    def __init__(self, place: Path) -> None:
        self._packs = place / "repository" / "packs"

    def phase(self, name: str, work: Callable[[], T]) -> T:
        """Do it, and say what it took."""
        stored, wall_s, cpu_s = self._stored(), time.perf_counter(), time.process_time()
        result = work()
        took = Measured(
            name,
            time.perf_counter() - wall_s,
            time.process_time() - cpu_s,
            self._stored() - stored,
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        )
        print(took, flush=True)
        return result

    def _stored(self) -> int:
        return sum(path.stat().st_size for path in self._packs.rglob("*") if path.is_file())


def measure(place: Path) -> None:
    """Look, erase, and free the space."""
    clock = SystemClock()
    meter = Meter(place)

    def open_it() -> Repository:
        return open_repository(
            LocalBackend(place / "repository"),
            KeyFile(place / "key"),
            cache_dir=place,
            clock=clock.now,
        )

    repository = meter.phase("open", open_it)
    folders = _folders(place)

    def step(_phase: str, _done: int) -> None:
        """Nobody watches."""

    choice = Choice(paths=frozenset([GOING]))
    places = meter.phase(
        "find under other names",
        lambda: find_places(repository, SOURCE, choice, scratch=next(folders), step=step),
    )
    found = meter.phase(
        "count what would go",
        lambda: trace(repository, SOURCE, places, scratch=next(folders), step=step),
    )
    print(f"{found.files:,} files in {found.versions:,} versions, {len(found.snapshots)} snapshots")
    meter.phase(
        "find what shares the bytes",
        lambda: find_shared(repository, SOURCE, places, scratch=next(folders), step=step),
    )
    meter.phase(
        "erase from every snapshot",
        lambda: erase(
            repository,
            SOURCE,
            places,
            erasure="era_bench",
            now=datetime.now(UTC) + timedelta(seconds=1),  # noqa: TID251 - as files are stamped
            scratch=next(folders),
            step=step,
        ),
    )
    at_once = timedelta(0)
    options = PruneOptions(grace=at_once, min_age=at_once, settle=at_once)
    for name in ("free space, first run", "free space, second run"):
        report = meter.phase(name, lambda: prune(repository, options, scratch=next(folders)))
        print(
            f"{report.rewritten_packs:,} of {report.packs:,} packs written anew"
            f" ({report.rewritten_bytes / MIB:.1f} MiB); erasures done: {len(report.done_erasures)}"
        )
    repository.close()


def _folders(place: Path) -> Iterator[Path]:
    """A new empty folder each time."""
    number = 0
    while True:
        number += 1
        made = place / f"scratch-{number}"
        made.mkdir()
        yield made


def main() -> None:
    """Make in a process of its own, then measure in this one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--make", type=Path, default=None, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make:
        make(args.make, args.items, args.days)
        return
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        place = Path(name) / "place"
        started = time.perf_counter()
        command = [sys.executable, "-m", "bench.store_erase", "--make", str(place)]
        size = ["--items", str(args.items), "--days", str(args.days)]
        subprocess.run([*command, *size], check=True)
        print(f"made in {time.perf_counter() - started:.0f} s", flush=True)
        measure(place)


if __name__ == "__main__":
    main()
