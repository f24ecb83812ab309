"""A repository with something in it that must go: under two names, in several versions."""

import itertools
from collections.abc import Iterator
from pathlib import Path

from dropally.store import (
    Backend,
    Entry,
    PointDraft,
    Repository,
    Snapshot,
    SnapshotDraft,
    encode_entry,
    path_key,
)
from dropally.store.codec import decompress
from dropally.store.index import list_packs
from dropally.store.pack import PackOpener, pack_key, read_directory
from tests.store.prune.world import SetClock, new_world, random_files
from tests.store.samples import Files, add_file, fingerprint_of

CANARY_NAME = "canary-7d41"
CANARY = b"canary bytes of somebody who wants to be forgotten " * 40
ITEM = "id:canary"
SOURCE = "ns:1"

Ids = dict[str, str]


def back_up(
    repository: Repository, files: Files, ids: Ids | None = None, source: str = SOURCE
) -> Snapshot:
    """One run, with folders and the source's ids; totals stand in the point as in the product."""
    parent = repository.latest(source)
    root = parent.root if parent else None
    size_bytes = sum(map(len, files.values()))
    totals = {"files": len(files), "folders": 0, "bytes": size_bytes}
    with repository.writer(note="test") as writer, repository.reader() as reader:
        changes: dict[bytes, bytes | None] = {
            path_key(path): None for path, _ in reader.tree(root).scan() if path not in files
        }
        for path, data in files.items():
            entry = Entry(
                "file",
                path.rpartition("/")[2],
                (ids or {}).get(path, f"id:{path}"),
                rev=fingerprint_of(data).digest.hex()[:9],
                size_bytes=len(data),
                content=add_file(writer, data),
            )
            changes[path_key(path)] = encode_entry(entry)
        snapshot = writer.commit(
            SnapshotDraft(
                source=source,
                root=writer.apply(root, sorted(changes.items())),
                stats=totals,
                parent=parent.id if parent else None,
            )
        )
        labels = {name: str(number) for name, number in totals.items()}
        writer.commit_point(
            PointDraft(group="task", snapshots={source: snapshot.id}, labels=labels)
        )
    return snapshot


def three_days() -> tuple[SetClock, Backend, Repository, dict[str, Files]]:
    """Day 2 has another version of the canary, day 3 has it under another name; day 0 is forgotten.

    What is returned last is what each snapshot must hold once the canary is erased.
    """
    clock, backend, repository = new_world()
    others = random_files(1)
    old = f"/people/{CANARY_NAME}"
    new = f"/people/{CANARY_NAME} renamed"
    forgotten = back_up(repository, {**others, old: b"earlier " + CANARY}, {old: ITEM})
    clock.advance(days=1)
    day1 = back_up(repository, {**others, old: CANARY}, {old: ITEM})
    clock.advance(days=1)
    more = {**others, **random_files(2, 2)}
    day2 = back_up(repository, {**more, old: CANARY + b"changed"}, {old: ITEM})
    clock.advance(days=1)
    day3 = back_up(repository, {**more, new: CANARY + b"changed"}, {new: ITEM})
    first = next(repository.points())
    repository.forget_point(first.id)
    repository.forget_snapshot(forgotten.id)
    return clock, backend, repository, {day1.id: others, day2.id: more, day3.id: more}


def plain_objects(repository: Repository) -> Iterator[tuple[str, bytes]]:
    """All that the repository holds, decrypted: packs chunk run by chunk run, and small objects."""
    backend, keyring = repository.backend, repository.keyring
    opener = PackOpener(keyring)
    for name, size in list_packs(backend):
        header, directory = read_directory(backend, name, size, keyring)
        for blob in directory.blobs():
            sealed = memoryview(backend.get(pack_key(name), blob.offset, blob.stored_bytes))
            run = opener.open(header, blob.position, sealed)
            yield pack_key(name), bytes(decompress(blob.codec, run, blob.plain_bytes))
        yield pack_key(name), repr(directory.records).encode()
    for segment in repository.index.segment_names():
        yield f"index/{segment.hex()}", repr(repository.index.read_segment(segment)).encode()
    for snapshot in repository.snapshots():
        yield snapshot.id, repr(snapshot).encode()
    for point in repository.points():
        yield point.id, repr(point).encode()
    for prefix, kind in (("erased/", "erased"), ("excluded/", "excluded"), ("wanted/", "wanted")):
        for stat in backend.list(prefix):
            yield stat.key, keyring.sealer(kind).open(stat.key, backend.get(stat.key))


def traces_of_canary(repository: Repository) -> list[str]:
    """Where its bytes, its name or the hash of any of its versions still are."""
    hashes = [
        fingerprint_of(data).digest for data in (CANARY, CANARY + b"changed", b"earlier " + CANARY)
    ]
    needles = [CANARY[:51], CANARY_NAME.encode(), *(repr(one)[2:-1].encode() for one in hashes)]
    return [
        key
        for key, plain in plain_objects(repository)
        if any(needle in plain for needle in needles)
    ]


_numbers = itertools.count()


def scratch_in(folder: Path) -> Path:
    """An empty folder."""
    made = folder / f"scratch-{next(_numbers)}"
    made.mkdir(parents=True)
    return made
