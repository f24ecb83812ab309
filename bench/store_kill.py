"""kill -9 a process that backs up, again and again; what was told durable must be there.

    python -m bench.store_kill WORK [--kills 200] [--seed 1]

Prints snapshots lost, contents lost that were told durable, damaged packs, and bytes stored twice.
"""

import argparse
import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dropally.store import (
    Content,
    Entry,
    Fingerprint,
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

FILES = 400
LARGEST_BYTES = 400_000
START = datetime(2026, 1, 1, tzinfo=UTC)


def file_bytes(number: int) -> bytes:
    """A file's content, always the same."""
    rng = random.Random(number)
    return rng.randbytes(rng.randrange(LARGEST_BYTES))


def fingerprint_of(data: bytes) -> Fingerprint:
    """What the file is known by."""
    return Fingerprint(hashlib.sha256(data).digest(), len(data))


def ticks() -> Iterator[datetime]:
    """A second apart."""
    moment = START
    while True:
        moment += timedelta(seconds=1)
        yield moment


def open_bench(work: Path) -> Repository:
    """The repository under attack."""
    moments = ticks()
    backend = LocalBackend(work / "repository")
    return open_repository(
        backend, KeyFile(work / "key"), cache_dir=work / "cache", clock=lambda: next(moments)
    )


def work_until_killed(work: Path, seed: int) -> None:
    """Back up over and over, telling what became durable."""
    rng = random.Random(seed)
    repository = open_bench(work)
    while True:
        with repository.writer(note="bench") as writer:
            changes = []
            for number in sorted(rng.sample(range(FILES), 60)):
                data = file_bytes(number)
                content = writer.find(fingerprint_of(data))
                if content is None:

                    def tell(_: Content, number: int = number) -> None:
                        print(f"file {number}", flush=True)

                    fingerprint = fingerprint_of(data)
                    content = writer.add([data], fingerprint=fingerprint, on_durable=tell)
                entry = Entry("file", str(number), content=content)
                changes.append((path_key(f"/{number:06d}"), encode_entry(entry)))
            root = writer.apply(None, changes)
            snapshot = writer.commit(SnapshotDraft(source="bench", root=root))
            print(f"snapshot {snapshot.id}", flush=True)


def kill_once(work: Path, seed: int, delay_s: float) -> list[str]:
    """Start the work, kill it, and return what it told."""
    command = [sys.executable, "-m", "bench.store_kill", str(work), "--worker", str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
        told = [first, *process.stdout.readlines()]
    return [line.strip() for line in told if line.endswith("\n")]


def check(work: Path, told: set[str]) -> dict[str, int]:
    """What is lost, damaged, or wrong."""
    repository = open_bench(work)
    found = {"snapshots_lost": 0, "contents_lost": 0, "damaged_packs": 0, "wrong_files": 0}
    present = {snapshot.id: snapshot for snapshot in repository.snapshots()}
    with repository.writer(note="check") as writer, repository.reader() as reader:
        found["damaged_packs"] = len(writer.adoption.damaged) + len(writer.adoption.missing)
        for line in told:
            kind, _, name = line.partition(" ")
            if kind == "snapshot":
                found["snapshots_lost"] += name not in present
            elif writer.find(fingerprint_of(file_bytes(int(name)))) is None:
                found["contents_lost"] += 1
        newest = list(present.values())[-1:]
        for snapshot in newest:
            for path, entry in reader.tree(snapshot.root).scan():
                assert entry.content is not None
                data = b"".join(reader.read(entry.content))
                found["wrong_files"] += data != file_bytes(int(path[1:]))
    repository.close()
    return found


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("work", type=Path)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", type=int)
    args = parser.parse_args()
    if args.worker is not None:
        work_until_killed(args.work, args.worker)
    shutil.rmtree(args.work, ignore_errors=True)
    args.work.mkdir(parents=True)
    key = new_key_file(args.work / "key")
    moments = ticks()
    create_repository(
        LocalBackend(args.work / "repository"), secrets=[key], clock=lambda: next(moments)
    ).close()
    rng = random.Random(args.seed)
    told: set[str] = set()
    totals: dict[str, int] = {}
    for kill in range(args.kills):
        told.update(kill_once(args.work, args.seed + kill, rng.uniform(0, 0.25)))
        for name, count in check(args.work, told).items():
            totals[name] = totals.get(name, 0) + count
    snapshots = sum(line.startswith("snapshot") for line in told)
    print(
        json.dumps(
            {"kills": args.kills, "told_durable": len(told), "snapshots": snapshots} | totals
        )
    )


if __name__ == "__main__":
    main()
