"""Back up a plain folder with the store alone, as any user of the library would.

    python -m bench.store_folder init        --repo R
    python -m bench.store_folder backup      --repo R --data D
    python -m bench.store_folder restore     --repo R --out O
    python -m bench.store_folder check-quick --repo R
    python -m bench.store_folder check-full  --repo R
    python -m bench.store_folder prune       --repo R

`R` holds the repository, its key file and the local index. Each call is one process that prints one
JSON object, so that CPU seconds and peak memory are that step's: `bench.peers` measures it beside
other programs.
"""

import argparse
import json
import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from dropally.common.clock import SystemClock
from dropally.store import (
    Entry,
    KeyFile,
    LocalBackend,
    Repository,
    Snapshot,
    SnapshotDraft,
    Writer,
    create_repository,
    encode_entry,
    new_key_file,
    open_repository,
)
from dropally.store.prune import PruneOptions
from dropally.store.prune import prune as free_space
from dropally.store.tree import Change
from dropally.store.verify import Level, TreeWalk, VerifyLedger, VerifyOptions, VerifyReport, verify

from bench.peers.sampling import Sampler

SOURCE = "folder"
READ_BYTES = 1024 * 1024
FILES_AT_ONCE = 64
THREADS = 2
FILE_MODE = 0o600

Figures = dict[str, object]


class Found(NamedTuple):
    """A file on the disk. `modified_ns` decides, with the size, whether it is read again."""

    key: bytes
    disk_path: str
    size_bytes: int
    modified_ns: int


def init(place: Path) -> Figures:
    """Make the repository."""
    place.mkdir(parents=True)
    secret = new_key_file(place / "key")
    backend = LocalBackend(place / "repository")
    repository = create_repository(
        backend, secrets=[secret], cache_dir=place, clock=SystemClock().now
    )
    repository.close()
    return {"repository_id": repository.config.repository_id}


def open_place(place: Path) -> Repository:
    """The repository that `init` made."""
    backend = LocalBackend(place / "repository")
    return open_repository(
        backend, KeyFile(place / "key"), cache_dir=place, clock=SystemClock().now
    )


def walk(folder: str) -> list[Found]:
    """All files below a folder, sorted by key."""
    found: list[Found] = []
    start = len(folder)
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    stat = entry.stat(follow_symlinks=False)
                    key = os.fsencode(entry.path[start:])
                    found.append(Found(key, entry.path, stat.st_size, stat.st_mtime_ns))
    found.sort(key=itemgetter(0))
    return found


class Intake:
    """Reads the files that changed and makes their entries."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._local = threading.local()

    def entries(self, files: list[Found]) -> list[tuple[bytes, bytes]]:
        """Key and encoded entry of each file, its bytes stored."""
        return [(one.key, self._entry(one)) for one in files]

    def _entry(self, found: Found) -> bytes:
        content = self._writer.add(self._pieces(found.disk_path))
        name = os.fsdecode(found.key.rpartition(b"/")[2])
        entry = Entry(
            "file",
            name,
            size_bytes=content.size_bytes,
            server_modified=found.modified_ns,
            content=content,
        )
        return encode_entry(entry)

    def _pieces(self, disk_path: str) -> Iterator[memoryview]:
        """The bytes of a file, in a buffer that each thread uses again and again."""
        buffer = getattr(self._local, "buffer", None)
        if buffer is None:
            buffer = self._local.buffer = memoryview(bytearray(READ_BYTES))
        descriptor = os.open(disk_path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            while count := os.readv(descriptor, [buffer]):
                yield buffer[:count]
                if count < READ_BYTES:
                    return
        finally:
            os.close(descriptor)


def compare(
    files: list[Found], old: Iterator[tuple[str, Entry]]
) -> tuple[list[Found], list[bytes]]:
    """Files that are new or changed since the last snapshot, and the keys of those that went."""
    changed: list[Found] = []
    gone: list[bytes] = []
    before = next(old, None)
    for one in files:
        while before is not None and (key := os.fsencode(before[0])) < one.key:
            gone.append(key)
            before = next(old, None)
        if before is None or os.fsencode(before[0]) != one.key:
            changed.append(one)
            continue
        entry, before = before[1], next(old, None)
        if (entry.size_bytes, entry.server_modified) != (one.size_bytes, one.modified_ns):
            changed.append(one)
    while before is not None:
        gone.append(os.fsencode(before[0]))
        before = next(old, None)
    return changed, gone


def in_batches(files: Iterable[Found]) -> Iterator[list[Found]]:
    """Lists of files: one task of a thread each."""
    remaining = iter(files)
    while batch := list(islice(remaining, FILES_AT_ONCE)):
        yield batch


def backup(place: Path, data: Path) -> Figures:
    """One snapshot; files whose size and time are as in the last one are not read."""
    repository = open_place(place)
    parent = repository.latest(SOURCE)
    root = parent.root if parent else None
    with repository.writer(note="bench", threads=THREADS) as writer, repository.reader() as reader:
        files = walk(str(data))
        changed, gone = compare(files, reader.tree(root).scan())
        changes: list[Change] = [(key, None) for key in gone]
        with ThreadPoolExecutor(THREADS) as pool:
            for stored in pool.map(Intake(writer).entries, in_batches(changed)):
                changes += stored
        changes.sort(key=itemgetter(0))
        draft = SnapshotDraft(source=SOURCE, root=writer.apply(root, changes))
        writer.commit(draft)
    figures: Figures = {"files": len(files), "changed": len(changed), "gone": len(gone)}
    repository.close()
    return figures | {"stored_bytes": writer.stored_bytes}


def newest(repository: Repository) -> Snapshot:
    """The snapshot that restore reads."""
    found = repository.latest(SOURCE)
    if found is None:
        raise SystemExit("there is no snapshot yet: run backup first")
    return found


def restore(place: Path, target: Path) -> Figures:
    """Write the files of the newest snapshot out."""
    repository = open_place(place)
    folders: set[str] = set()
    count = 0
    with repository.reader(threads=THREADS) as reader:
        entries = reader.tree(newest(repository).root).scan()
        wanted = ((path, entry.content) for path, entry in entries if entry.content is not None)
        for path, parts in reader.read_many(wanted):
            folder = path.rpartition("/")[0]
            if folder not in folders:
                (target / folder[1:]).mkdir(parents=True, exist_ok=True)
                folders.add(folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            descriptor = os.open(f"{target}{path}", flags, FILE_MODE)
            for part in parts:
                os.write(descriptor, part)
            os.close(descriptor)
            count += 1
    repository.close()
    return {"files": count}


def check_quick(place: Path) -> Figures:
    """Names and sizes of all packs; and every page of every tree, its chunks being indexed."""
    with opened_ledger(place) as (repository, ledger):
        report = verify(repository, ledger, VerifyOptions(Level.NAMES))
        walk = TreeWalk(repository)
        for snapshot in repository.snapshots():
            for item in walk.snapshot(snapshot, is_current=True):
                report.add_item(item)
        return figures_of(report)


def check_full(place: Path) -> Figures:
    """Everything: each pack is hashed, each chunk of it opened and its id computed anew."""
    with opened_ledger(place) as (repository, ledger):
        options = VerifyOptions(Level.CHUNKS, threads=THREADS)
        return figures_of(verify(repository, ledger, options))


@contextmanager
def opened_ledger(place: Path) -> Iterator[tuple[Repository, VerifyLedger]]:
    """The repository, and where the results of a check are kept."""
    repository = open_place(place)
    ledger = VerifyLedger(place / "verified", repository.config.repository_id)
    try:
        yield repository, ledger
    finally:
        ledger.close()
        repository.close()


def prune(place: Path) -> Figures:
    """Keep the newest snapshot only. Nobody else writes, so nothing waits for the days of grace."""
    at_once = timedelta(0)
    options = PruneOptions(grace=at_once, min_age=at_once, settle=at_once)
    repository = open_place(place)
    *older, _ = repository.snapshots(SOURCE)
    for snapshot in older:
        repository.forget_snapshot(snapshot.id)
    condemned = free_space(repository, options)
    freed = free_space(repository, options)
    repository.close()
    return {
        "rewritten_packs": condemned.rewritten_packs,
        "freed_packs": freed.freed_packs,
        "freed_bytes": freed.freed_bytes,
    }


def figures_of(report: VerifyReport) -> Figures:
    """What was looked at; damage ends the benchmark."""
    if not report.is_good:
        raise SystemExit(f"the repository is damaged: {report.findings[:3]} {report.items[:3]}")
    return {"packs": report.packs, "checked_bytes": report.checked_bytes}


ON_REPOSITORY = {
    "init": init,
    "check-quick": check_quick,
    "check-full": check_full,
    "prune": prune,
}
"""Steps that need nothing but the repository."""


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("step", choices=("backup", "restore", *ON_REPOSITORY))
    parser.add_argument("--repo", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--profile", type=Path, help="write CPU seconds by part to this file")
    args = parser.parse_args()
    if args.step == "backup" and args.data is None:
        parser.error("backup needs --data")
    if args.step == "restore" and args.out is None:
        parser.error("restore needs --out")
    if args.profile is None:
        figures = take(args)
    else:
        with Sampler() as sampler:
            figures = take(args)
        sampler.save(args.profile)
    print(json.dumps(figures))


def take(args: argparse.Namespace) -> Figures:
    """One step."""
    if args.step == "backup":
        return backup(args.repo, args.data)
    if args.step == "restore":
        return restore(args.repo, args.out)
    return ON_REPOSITORY[args.step](args.repo)


if __name__ == "__main__":
    main()
