"""The local index at 10 and 100 million chunks: to open, to look up, to load; and one file of a terabyte.

    python -m bench.index_scale FOLDER [--chunks 10000000]

The index is made up (its rows are written in order, in a process of their own) and belongs to a true
repository with one file of content in a tree of many. Each measurement is a process: seconds, CPU
seconds, and its memory: what is its own, and beside it what of the file the machine holds for it.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

from dropally.common.clock import SystemClock
from dropally.store import (
    Entry,
    KeyFile,
    LocalBackend,
    Repository,
    RepositoryOptions,
    SnapshotDraft,
    create_repository,
    encode_entry,
    new_key_file,
    open_repository,
)

CHUNKS_A_PACK = 64
CHUNK_BYTES = 256 * 1024
STORED_BYTES = 200_000
FILES = 1_000_000
FIRST_PACK = 1_000
LOOKUPS = 20_000
SOURCE = "terabyte"
MIB = 1 << 20
STRIDE = 2_654_435_761


def chunk_id(number: int, chunks: int) -> bytes:
    """Ids in the order of their numbers, spread over all there could be."""
    return (number * ((1 << 64) // chunks)).to_bytes(8, "big") + bytes(24)


def pack_of(number: int, chunks: int) -> int:
    """Which pack a chunk lies in: neighbours by id lie in different packs."""
    return FIRST_PACK + number * STRIDE % (chunks // CHUNKS_A_PACK)


def make_repository(folder: Path) -> None:
    """A tree of many files, all of one true content."""
    folder.mkdir(parents=True)
    secret = new_key_file(folder / "key")
    repository = create_repository(
        LocalBackend(folder / "repository"),
        secrets=[secret],
        options=RepositoryOptions(),
        cache_dir=folder,
        clock=SystemClock().now,
    )
    with repository.writer(note="bench") as writer:
        content = writer.add([os.urandom(CHUNK_BYTES)])
        entry = encode_entry(Entry("file", "report.pdf", size_bytes=CHUNK_BYTES, content=content))
        root = writer.apply(None, ((path_of(number).encode(), entry) for number in range(FILES)))
        writer.commit(SnapshotDraft(source=SOURCE, root=root))
    repository.close()


def path_of(number: int) -> str:
    """Paths in the order of their numbers."""
    return f"/projects/{number // 1000:05d}/{number:09d} report.pdf"


def fill_index(folder: Path, chunks: int) -> None:
    """Rows as they would stand there after loading all segments."""
    (path,) = folder.glob("*.index")
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA journal_mode = OFF")
    db.execute("BEGIN")
    packs = range(FIRST_PACK, FIRST_PACK + chunks // CHUNKS_A_PACK)
    db.executemany(
        "INSERT INTO packs (no, name, size, header) VALUES (?, ?, ?, ?)",
        ((no, no.to_bytes(32, "big"), CHUNKS_A_PACK * STORED_BYTES, bytes(64)) for no in packs),
    )
    db.executemany("INSERT INTO segment_packs VALUES (1, ?)", ((no,) for no in packs))
    db.executemany(
        "INSERT INTO blobs VALUES (?, ?, ?, 1, ?)",
        (
            ((no << 20) + position, 64 + position * STORED_BYTES, STORED_BYTES, CHUNK_BYTES)
            for no in packs
            for position in range(CHUNKS_A_PACK)
        ),
    )
    db.executemany(
        "INSERT OR IGNORE INTO chunks VALUES (?, ?, 0, ?)",
        (
            (
                chunk_id(number, chunks)[:16],
                (pack_of(number, chunks) << 20) + number % 64,
                CHUNK_BYTES,
            )
            for number in range(chunks)
        ),
    )
    db.execute("COMMIT")
    db.execute("PRAGMA journal_mode = WAL")
    db.close()


def opened(folder: Path) -> Repository:
    """The repository, by its key file and its local index."""
    backend = LocalBackend(folder / "repository")
    return open_repository(
        backend, KeyFile(folder / "key"), cache_dir=folder, clock=SystemClock().now
    )


def look_up(folder: Path, chunks: int, question: str) -> None:
    """Open, then ask for chunks at random places: present ones, absent ones, or where they lie."""
    started, cpu = perf_counter(), process_time()
    repository = opened(folder)
    tell("opened", started, cpu)
    numbers = [step * STRIDE % chunks for step in range(LOOKUPS)]
    ids = [chunk_id(number, chunks) for number in numbers]
    if question == "absent":
        ids = [one[:8] + b"\x01" * 24 for one in ids]
    ask: Callable[[list[bytes]], object] = repository.index.contains
    if question == "located":
        ask = repository.index.locate
    for title in ("cold" if question == "present" else "first", "again"):
        if title == "cold":
            forget_pages(folder)
        started, cpu = perf_counter(), process_time()
        for at in range(0, len(ids), 4):
            ask(ids[at : at + 4])
        tell(f"{question}, {title}", started, cpu, LOOKUPS)
    repository.close()


def forget_pages(folder: Path) -> None:
    """Ask the system to drop what it holds of the index file."""
    (path,) = folder.glob("*.index")
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def read_one(folder: Path) -> None:
    """One file from the middle of the tree, from a standing start."""
    started, cpu = perf_counter(), process_time()
    repository = opened(folder)
    latest = repository.latest(SOURCE)
    if latest is None:
        raise SystemExit("there is no snapshot")
    with repository.reader() as reader:
        entry = reader.tree(latest.root).get(path_of(FILES // 2))
        if entry is None or entry.content is None:
            raise SystemExit("there is no such file")
        size = sum(map(len, reader.read(entry.content)))
    tell(f"one file of {size >> 10} KiB", started, cpu)
    repository.close()


def tell(what: str, started: float, cpu: float, count: int = 0) -> None:
    """One line of figures."""
    seconds, used = perf_counter() - started, process_time() - cpu
    memory = memory_mib()
    figures: dict[str, object] = {"what": what, "s": round(seconds, 3), "cpu_s": round(used, 3)}
    if count:
        figures["lookups_per_cpu_s"] = round(count / used)
        figures["lookups_per_s"] = round(count / seconds)
    print(json.dumps(figures | memory), flush=True)


def memory_mib() -> dict[str, int]:
    """What the process has of its own, and at most had in all."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        name: int(fields[field].split()[0]) // 1024
        for name, field in (("own_mib", "RssAnon"), ("peak_mib", "VmHWM"))
    }


def main() -> None:
    """Make what is missing, then measure, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunks", type=int, default=10_000_000)
    parser.add_argument("--step", default="", help=argparse.SUPPRESS)
    args = parser.parse_args()
    folder: Path = args.folder / str(args.chunks)
    if args.step == "make":
        make_repository(folder)
        fill_index(folder, args.chunks)
    elif args.step == "read":
        read_one(folder)
    elif args.step:
        look_up(folder, args.chunks, args.step)
    else:
        steps = ["present", "absent", "located", "read"]
        for step in steps if folder.exists() else ["make", *steps]:
            command = [sys.executable, "-m", "bench.index_scale", str(args.folder)]
            started = perf_counter()
            subprocess.run([*command, "--chunks", str(args.chunks), "--step", step], check=True)
            if step == "make":
                (path,) = folder.glob("*.index")
                size = path.stat().st_size / 1e9
                print(
                    f"index of {args.chunks:,} chunks, {size:.2f} GB: {perf_counter() - started:.0f} s"
                )


if __name__ == "__main__":
    main()
