"""What looking for dead chunks costs with a very large index: time, memory, and disk.

    python -m bench.store_prune [--chunks 10000000] [--folder DIR]

The index is made up: chunks spread over packs of 64, nine of ten alive, each id met twice while
walking, in an order that has nothing to do with that of the index. Peak memory is that of a process
that only marks and counts; the index is made by another one.
"""

import argparse
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dropally.store.backend import MemoryBackend
from dropally.store.index import ChunkIndex, IndexCache
from dropally.store.keys.keyring import Keyring
from dropally.store.prune.census import take_census
from dropally.store.prune.marks import Marks

CHUNKS_A_PACK = 64
LENGTH = 200_000
_STRIDE = 2_654_435_761
_BATCH = 10_000


def chunk_id(number: int, chunks: int) -> bytes:
    """Ids in the order of their numbers, spread over all there could be."""
    return (number * ((1 << 64) // chunks)).to_bytes(8, "big") + bytes(24)


def pack_of(number: int, chunks: int) -> int:
    """Which pack a chunk lies in: neighbours by id lie in different packs."""
    return 1 + number * _STRIDE % (chunks // CHUNKS_A_PACK)


def build(path: Path, keyring: Keyring, chunks: int) -> None:
    """The local index, as it would be after loading all segments."""
    IndexCache(path, keyring.repository_id).close()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("BEGIN")
    packs = chunks // CHUNKS_A_PACK
    db.executemany(
        "INSERT INTO packs (no, name, size, header) VALUES (?, ?, ?, ?)",
        ((no, no.to_bytes(32, "big"), CHUNKS_A_PACK * LENGTH, b"") for no in range(1, packs + 1)),
    )
    rows = (
        (chunk_id(number, chunks)[:16], pack_of(number, chunks) << 20, 0, LENGTH)
        for number in range(chunks)
    )
    db.executemany("INSERT INTO chunks VALUES (?, ?, ?, ?)", rows)
    db.execute("COMMIT")
    db.close()


def walked(chunks: int) -> Iterator[list[bytes]]:
    """The ids that are alive, in batches, as a walk over trees would meet them."""
    batch: list[bytes] = []
    for _ in range(2):
        for step in range(chunks):
            number = step * _STRIDE % chunks
            if pack_of(number, chunks) % 10:
                batch.append(chunk_id(number, chunks))
            if len(batch) == _BATCH:
                yield batch
                batch = []
    yield batch


def measure(path: Path, keyring: Keyring, chunks: int, folder: Path) -> None:
    """Mark and count; print what it took."""
    index = ChunkIndex(MemoryBackend(), keyring, path)
    marks = Marks(folder)
    begun = Moment.now()
    for batch in walked(chunks):
        marks.add(batch)
    begun = begun.tell("walked, each id met twice")
    marks.seal()
    begun = begun.tell("sorted")
    census = take_census(index, marks, frozenset(), lambda _: None)
    begun.tell("counted")
    dead = sum(
        1 for total, live in zip(census.total, census.live, strict=True) if total and not live
    )
    disk = sum(file.stat().st_size for file in folder.iterdir()) / 1e9
    print(
        f"{chunks:,} chunks, {marks.total:,} alive; {dead:,} packs dead of"
        f" {chunks // CHUNKS_A_PACK:,}; scratch {disk:.2f} GB, index {path.stat().st_size / 1e9:.2f} GB"
    )
    marks.close()
    index.close()


class Moment(NamedTuple):
    """When a phase began, by the wall and by what the process had used."""

    wall_s: float
    cpu_s: float

    @classmethod
    def now(cls) -> "Moment":
        """Now."""
        return cls(time.perf_counter(), time.process_time())

    def tell(self, what: str) -> "Moment":
        """One line about what was done since; the moment at which the next phase begins."""
        now = Moment.now()
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{what}: {now.wall_s - self.wall_s:.0f} s, {now.cpu_s - self.cpu_s:.0f} CPU s,"
            f" at most {peak_mib:.0f} MiB until then",
            flush=True,
        )
        return now


def main() -> None:
    """Build in a process of its own, then measure in this one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--build-only", type=Path, default=None, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    keyring = Keyring(bytes(16), 1, {1: bytes(32)}, bytes(32), 1)
    if chosen.build_only:
        build(chosen.build_only, keyring, chosen.chunks)
        return
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        path, scratch = Path(name) / "index", Path(name) / "scratch"
        scratch.mkdir()
        started = time.perf_counter()
        command = [sys.executable, "-m", "bench.store_prune", "--build-only", str(path)]
        subprocess.run([*command, "--chunks", str(chosen.chunks)], check=True)
        print(f"index made in {time.perf_counter() - started:.0f} s", flush=True)
        measure(path, keyring, chosen.chunks, scratch)


if __name__ == "__main__":
    main()
