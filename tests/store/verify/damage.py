"""A repository in memory, copies of it, and every manner of damaging an object."""

import random
from collections.abc import Iterator
from functools import cache

from dropally.store import MemoryBackend, Repository, StoreError
from dropally.store.verify import Level, VerifyLedger, VerifyOptions, VerifyReport, verify
from tests.store.samples import Files, back_up, join, make, object_keys, reopen, sample_files
from tests.store.seeded import seeded

FILES = sample_files(1, count=15, largest=15_000)
OLDER = sample_files(2, count=10, largest=5_000)


@cache
def filled() -> MemoryBackend:
    """Two sources; one of them has two snapshots. To be looked at, or `copied`."""
    backend = MemoryBackend()
    with seeded(1):
        repository = make(backend)
        back_up(repository, OLDER, "older")
        back_up(repository, sample_files(1, count=5, largest=15_000))
        back_up(repository, FILES)
    repository.close()
    return backend


def copied(start: MemoryBackend) -> MemoryBackend:
    """The same objects."""
    backend = MemoryBackend()
    for key in object_keys(start):
        backend.put_new(key, [start.get(key)])
    return backend


def replace(backend: MemoryBackend, key: str, data: bytes) -> None:
    """Other bytes under the same key."""
    backend.delete(key)
    backend.put_new(key, [data])


def flipped(data: bytes, at: int, bit: int = 0) -> bytes:
    """One bit changed."""
    changed = bytearray(data)
    changed[at] ^= 1 << bit
    return bytes(changed)


def damaged_copies(
    start: MemoryBackend, key: str, rng: random.Random
) -> Iterator[tuple[str, MemoryBackend]]:
    """The repository with one object damaged in each manner."""
    data = start.get(key)
    kind = key.partition("/")[0]
    others = [one for one in object_keys(start, kind) if one != key]
    manners = {
        "flip at the beginning": flipped(data, rng.randrange(min(8, len(data)))),
        "flip anywhere": flipped(data, rng.randrange(len(data)), rng.randrange(8)),
        "flip at the end": flipped(data, len(data) - 1 - rng.randrange(min(8, len(data)))),
        "cut": data[: rng.randrange(len(data))],
        "empty": b"",
        "extend": data + rng.randbytes(1 + rng.randrange(50)),
        "swap": start.get(rng.choice(others)) if others else b"?",
    }
    for manner, content in manners.items():
        backend = copied(start)
        replace(backend, key, content)
        yield manner, backend
    backend = copied(start)
    backend.delete(key)
    yield "remove", backend


def verified(repository: Repository, level: Level = Level.CHUNKS) -> VerifyReport:
    """One look at everything, without a memory."""
    ledger = VerifyLedger(None, repository.config.repository_id)
    try:
        return verify(repository, ledger, VerifyOptions(level))
    finally:
        ledger.close()


def unreadable(repository: Repository, truths: dict[str, list[Files]]) -> set[tuple[str, str]]:
    """(snapshot, path) of what does not read; fails when anything reads wrong."""
    found: set[tuple[str, str]] = set()
    for snapshot in repository.snapshots(damage=lambda error: None):
        files = truths[snapshot.source][snapshot.sequence - 1]
        with repository.reader() as reader:
            try:
                entries = [(p, e.content) for p, e in reader.tree(snapshot.root).scan()]
            except StoreError:
                found.update((snapshot.id, path) for path in files)
                continue
            wanted = [(path, content) for path, content in entries if content is not None]
            assert [path for path, _ in wanted] == sorted(files), "a tree reads wrong"
            for path, pieces in reader.read_many(wanted):
                try:
                    assert join(pieces) == files[path], "wrong bytes were handed out"
                except StoreError:
                    found.add((snapshot.id, path))
    return found


def open_again(backend: MemoryBackend) -> Repository | StoreError:
    """The repository, or why it does not open."""
    try:
        return reopen(backend)
    except StoreError as error:
        return error
