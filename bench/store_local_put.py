"""How fast a folder takes packs: around the page cache, and through it.

    python -m bench.store_local_put FOLDER [--packs 32] [--mebibytes 16] [--rounds 3]

Every put is durable (bytes, name, folder) before the next begins, as a repository needs it.
Rounds of the two ways alternate, so that a busy disk slows both.
"""

import argparse
import os
import resource
import shutil
import statistics
import time
from pathlib import Path

from dropally.store.backend import LocalBackend, direct


def main() -> None:
    options = parse_options()
    packs = [os.urandom(options.mebibytes << 20) for _ in range(4)]
    rates: dict[str, list[tuple[float, float]]] = {"O_DIRECT": [], "buffered": []}
    for _ in range(options.rounds):
        for way, found in rates.items():
            found.append(measure(options.folder / "bench-put", way, packs, options.packs))
    for way, found in rates.items():
        wall = statistics.median(rate for rate, _ in found)
        cpu = statistics.median(seconds for _, seconds in found)
        print(
            f"{way:9} {wall:6.0f} MB/s, {cpu:.2f} CPU s for {options.packs} packs of "
            f"{options.mebibytes} MiB (median of {options.rounds})"
        )


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--packs", type=int, default=32)
    parser.add_argument("--mebibytes", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def measure(folder: Path, way: str, packs: list[bytes], count: int) -> tuple[float, float]:
    """`(MB/s, CPU s)` of writing `count` packs."""
    original = direct.DIRECT_FROM_BYTES
    if way == "buffered":
        direct.DIRECT_FROM_BYTES = 1 << 62
    os.sync()
    started, used = time.perf_counter(), cpu_seconds()
    try:
        backend = LocalBackend(folder)
        for number in range(count):
            backend.put_new(f"packs/{number:02x}/{number}", [packs[number % len(packs)]])
        elapsed = time.perf_counter() - started
        return count * len(packs[0]) / elapsed / 1e6, cpu_seconds() - used
    finally:
        direct.DIRECT_FROM_BYTES = original
        shutil.rmtree(folder, ignore_errors=True)


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
