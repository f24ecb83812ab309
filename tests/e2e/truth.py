"""What is really in Dropbox, and what a restore point has of it, in the same words."""

import hashlib
import random
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dropally.dropbox_api import ContentHasher
from dropally.simulator.state.world import World
from dropally.store import Entry, Reader, Repository, SnapshotId

_FILES_READ_BACK = 25
Shape = tuple[str, str, str]


def shapes_of_truth(world: World, namespace: str) -> Iterator[Shape]:
    """Path, kind and content of what is in Dropbox."""
    for entry in world.trees[namespace].walk(""):
        is_plain = entry.kind == "file" and entry.downloadable and entry.document is None
        kind = "folder" if entry.kind == "folder" else "file"
        has_content = is_plain and not entry.symlink_target
        yield entry.path_lower, kind, entry.content_hash if has_content else ""


def shapes_of_tree(entries: Iterable[tuple[str, Entry]]) -> Iterator[Shape]:
    """The same of what a restore point has."""
    for path, entry in entries:
        kind = "folder" if entry.kind == "folder" else "file"
        is_plain = entry.kind == "file" and entry.content_hash is not None
        yield path, kind, entry.content_hash.hex() if is_plain and entry.content_hash else ""


def digest_of(shapes: Iterable[Shape]) -> str:
    """One short text for any number of them."""
    total = hashlib.blake2b(digest_size=16)
    for shape in sorted(shapes):
        total.update("\0".join((*shape, "\n")).encode())
    return total.hexdigest()


class Seen(NamedTuple):
    """A snapshot's digest, and its files whose content can be read and checked."""

    digest: str
    readable: list[Entry]


def _see(repository: Repository, reader: Reader, snapshot: str) -> Seen:
    entries = list(reader.tree(repository.snapshot(SnapshotId(snapshot)).root).scan())
    readable = [entry for _, entry in entries if entry.content and entry.content_hash]
    return Seen(digest_of(shapes_of_tree(entries)), readable)


def hold_against_truth(
    repository: Repository,
    reader: Reader,
    snapshots: dict[str, str],
    truth: dict[str, str],
    draw: random.Random,
    seen: dict[str, Seen],
) -> int:
    """Compare the trees of a restore point with what was there that night; read some files back.

    A namespace that only one side has is told by its number. A snapshot that many restore points
    have is read once, into `seen`. Returns how many files were read back.
    """
    readable: list[Entry] = []
    assert snapshots.keys() == truth.keys()
    for namespace, snapshot in snapshots.items():
        if snapshot not in seen:
            seen[snapshot] = _see(repository, reader, snapshot)
        assert seen[snapshot].digest == truth[namespace], namespace
        readable += seen[snapshot].readable
    chosen = draw.sample(readable, min(_FILES_READ_BACK, len(readable)))
    for entry in chosen:
        hasher = ContentHasher()
        if entry.content is not None:
            for piece in reader.read(entry.content):
                hasher.update(piece)
        assert hasher.hexdigest() == (entry.content_hash or b"").hex(), entry.name
    return len(chosen)
