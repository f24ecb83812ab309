"""Back up a folder with the store alone, beside restic on the same data: seconds, CPU, bytes.

    python -m bench.gen_dataset day1 DATA [--scale 0.25]
    python -m bench.store_write DATA WORK [--day2] [--runs 3]

Each step runs in a process of its own, so CPU seconds and peak memory are that step's. Ratios are
what to quote: walls on a shared machine are not. Without restic on the PATH the ratios are left out
and the output says so. `--day2` changes DATA in place (once) and measures the second day too.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from dropally.store import (
    Content,
    Entry,
    KeyFile,
    LocalBackend,
    Repository,
    SnapshotDraft,
    create_repository,
    encode_entry,
    new_key_file,
    open_repository,
    path_key,
)

READ_BYTES = 1024 * 1024
BATCH = 64
SOURCE = "bench"
BUFFERS = threading.local()


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the data set."""

    path: str
    disk_path: str
    size_bytes: int
    modified: int


def clock() -> datetime:
    """The time of the snapshots that the benchmark makes."""
    return datetime.fromtimestamp(os.times().elapsed, UTC)


def walk(folder: str, prefix: str = "") -> Iterator[Found]:
    """All files below a folder."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from walk(entry.path, f"{prefix}/{entry.name}")
        else:
            found = entry.stat(follow_symlinks=False)
            path = f"{prefix}/{entry.name}"
            yield Found(path, entry.path, found.st_size, found.st_mtime_ns)


def pieces(disk_path: str) -> Iterator[memoryview]:
    """The bytes of a file, in a buffer that each thread uses again and again."""
    buffer = getattr(BUFFERS, "buffer", None)
    if buffer is None:
        buffer = BUFFERS.buffer = memoryview(bytearray(READ_BYTES))
    descriptor = os.open(disk_path, os.O_RDONLY)
    try:
        while count := os.readv(descriptor, [buffer]):
            yield buffer[:count]
    finally:
        os.close(descriptor)


def in_batches(items: Iterable[Found]) -> Iterator[list[Found]]:
    """Lists of files."""
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def open_bench(work: Path) -> Repository:
    """The repository of the benchmark, made when it is not there."""
    key = work / "key"
    cache = work / "cache"
    backend = LocalBackend(work / "repository")
    if key.exists():
        return open_repository(backend, KeyFile(key), cache_dir=cache, clock=clock)
    return create_repository(backend, secrets=[new_key_file(key)], cache_dir=cache, clock=clock)


def backup(data: Path, work: Path, threads: int) -> dict[str, object]:
    """One snapshot; files whose size and time are as in the last one are not read."""
    repository = open_bench(work)
    parent = repository.latest(SOURCE)
    root = parent.root if parent else None
    with repository.writer(note="bench") as writer, repository.reader() as reader:
        known: dict[str, Entry] = dict(reader.tree(root).scan())

        def store(batch: list[Found]) -> list[tuple[bytes, bytes]]:
            return [(path_key(one.path), entry_of(one)) for one in batch if is_changed(one)]

        def is_changed(one: Found) -> bool:
            old = known.get(one.path)
            return old is None or (old.size_bytes, old.server_modified) != (
                one.size_bytes,
                one.modified,
            )

        def entry_of(one: Found) -> bytes:
            content: Content = writer.add(pieces(one.disk_path))
            name = one.path.rpartition("/")[2]
            return encode_entry(
                Entry(
                    "file",
                    name,
                    size_bytes=one.size_bytes,
                    server_modified=one.modified,
                    content=content,
                )
            )

        changes: dict[bytes, bytes | None] = {}
        seen: set[str] = set()
        files = sorted(walk(str(data)), key=lambda one: one.path)
        with ThreadPoolExecutor(threads) as pool:
            for stored in pool.map(store, in_batches(files)):
                changes.update(stored)
        seen.update(one.path for one in files)
        changes.update((path_key(path), None) for path in known if path not in seen)
        new_root = writer.apply(root, sorted(changes.items()))
        writer.commit(SnapshotDraft(source=SOURCE, root=new_root))
        added = writer.stored_bytes
    repository.close()
    return {"files": len(seen), "changed": len(changes), "added_mib": round(added / 2**20, 1)}


def restore(work: Path, target: Path) -> dict[str, object]:
    """Write the last snapshot's files out."""
    repository = open_bench(work)
    latest = repository.latest(SOURCE)
    assert latest is not None
    count = 0
    with repository.reader() as reader:
        entries = ((path, entry.content) for path, entry in reader.tree(latest.root).scan())
        wanted = ((path, content) for path, content in entries if content is not None)
        for path, parts in reader.read_many(wanted):
            place = target / path[1:]
            try:
                descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileNotFoundError:
                place.parent.mkdir(parents=True)
                descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            for part in parts:
                os.write(descriptor, part)
            os.close(descriptor)
            count += 1
    repository.close()
    return {"files": count}


def verify(work: Path) -> dict[str, object]:
    """Read every file of the last snapshot, every chunk checked, writing nothing."""
    repository = open_bench(work)
    latest = repository.latest(SOURCE)
    assert latest is not None
    size = 0
    with repository.reader() as reader:
        contents = (entry.content for _, entry in reader.tree(latest.root).scan())
        for _, parts in reader.read_many((None, one) for one in contents if one is not None):
            size += sum(len(part) for part in parts)
    repository.close()
    return {"mib": round(size / 2**20, 1)}


def tree_size_mib(folder: Path) -> float:
    """Bytes of all files below a folder."""
    return round(sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 2**20, 1)


def measured(command: list[str], environment: dict[str, str]) -> dict[str, object]:
    """Run a program: wall and CPU seconds, peak memory, and what it printed last as JSON."""
    os.sync()
    start = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = "import resource,subprocess,sys; r=subprocess.run(sys.argv[1:]).returncode; "
    peak += "print('PEAK', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(r)"
    done = subprocess.run(
        [sys.executable, "-c", peak, *command],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    *lines, last = done.stdout.strip().splitlines()
    figures: dict[str, object] = {
        "wall_s": round(wall, 2),
        "cpu_s": round(cpu, 2),
        "peak_mib": round(int(last.split()[1]) / 1024),
    }
    if lines and lines[-1].startswith("{") and command[0] == sys.executable:
        figures |= json.loads(lines[-1])
    return figures


def run_ours(step: str, data: Path, work: Path, threads: int) -> dict[str, object]:
    """One of our steps."""
    command = [sys.executable, "-m", "bench.store_write", str(data), str(work)]
    return measured([*command, "--step", step, "--threads", str(threads)], dict(os.environ))


def run_restic(step: str, data: Path, work: Path) -> dict[str, object]:
    """The same step of restic."""
    environment = dict(
        os.environ,
        RESTIC_REPOSITORY=str(work / "restic"),
        RESTIC_PASSWORD="bench",
        RESTIC_CACHE_DIR=str(work / "restic-cache"),
    )
    if not (work / "restic").exists():
        init = ["restic", "-q", "init", "--repository-version", "2"]
        subprocess.run(init, env=environment, check=True, stdout=subprocess.DEVNULL)
    arguments = {
        "backup": ["backup", str(data)],
        "restore": ["restore", "latest", "--target", str(work / "restic-out")],
        "verify": ["check", "--read-data"],
    }[step]
    figures = measured(["restic", "-q", *arguments], environment)
    shutil.rmtree(work / "restic-out", ignore_errors=True)
    return figures


def compare(label: str, step: str, args: argparse.Namespace) -> None:
    """Print our figures and restic's, and the ratios."""
    ours = run_ours(step, args.data, args.work, args.threads)
    shutil.rmtree(args.work / "out", ignore_errors=True)
    report: dict[str, object] = {"step": label, "dropally": ours}
    if shutil.which("restic"):
        theirs = run_restic(step, args.data, args.work)
        report["restic"] = theirs
        report["ratio"] = {
            name: round(float(str(ours[name])) / max(float(str(theirs[name])), 0.01), 2)
            for name in ("wall_s", "cpu_s", "peak_mib")
        }
    else:
        report["restic"] = "not installed: no ratios"
    print(json.dumps(report), flush=True)


def report_sizes(label: str, work: Path) -> None:
    """Print how large the repositories are."""
    sizes = {"dropally_mib": tree_size_mib(work / "repository")}
    if (work / "restic").exists():
        sizes["restic_mib"] = tree_size_mib(work / "restic")
    print(json.dumps({"step": label, **sizes}), flush=True)


def small_files(work: Path, runs: int) -> None:
    """How many files of 4 KiB a second the writer takes from memory."""
    files = [os.urandom(2048) + bytes(2048) for _ in range(30_000)]
    speeds = []
    per_cpu = []
    place = work / "small"
    for _ in range(runs):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        repository = open_bench(place)
        start, cpu = time.monotonic(), time.process_time()
        with repository.writer(note="bench") as writer:
            for content in files:
                writer.add([content])
            writer.barrier()
        speeds.append(len(files) / (time.monotonic() - start))
        per_cpu.append(len(files) / (time.process_time() - cpu))
        repository.close()
    shutil.rmtree(place)
    figures = {"files_per_s": speeds, "files_per_cpu_s": per_cpu}
    medians = {name: round(statistics.median(found)) for name, found in figures.items()}
    print(json.dumps({"step": "small files", **medians}))


def compare_all(args: argparse.Namespace) -> None:
    """The whole comparison."""
    shutil.rmtree(args.work, ignore_errors=True)
    args.work.mkdir(parents=True)
    compare("first backup", "backup", args)
    report_sizes("size after the first backup", args.work)
    compare("unchanged", "backup", args)
    if args.day2:
        generator = [sys.executable, "-m", "bench.gen_dataset"]
        subprocess.run([*generator, "day2", str(args.data)], check=True, stdout=subprocess.DEVNULL)
        compare("second day", "backup", args)
        report_sizes("size after the second day", args.work)
    compare("restore", "restore", args)
    compare("read and check everything", "verify", args)
    small_files(args.work, args.runs)


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--day2", action="store_true")
    parser.add_argument("--step", choices=("backup", "restore", "verify", "small"))
    args = parser.parse_args()
    if args.step == "backup":
        print(json.dumps(backup(args.data, args.work, args.threads)))
    elif args.step == "restore":
        print(json.dumps(restore(args.work, args.work / "out")))
    elif args.step == "verify":
        print(json.dumps(verify(args.work)))
    elif args.step == "small":
        small_files(args.work, args.runs)
    else:
        compare_all(args)


if __name__ == "__main__":
    main()
