"""What the store's tests share: small repositories, files to put in them, and how to read back."""

import hashlib
import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dropally.store import (
    Backend,
    ChunkerParameters,
    Content,
    Entry,
    Fingerprint,
    PointDraft,
    RecoveryCode,
    Repository,
    RepositoryOptions,
    Snapshot,
    SnapshotDraft,
    Writer,
    create_repository,
    encode_entry,
    open_repository,
    path_key,
)

SECRET = RecoveryCode("FNKYB-3CBPH-A0B1H-9XB2A-67V5H-8DEHS-7EME2-YXRAD")
SMALL = RepositoryOptions(
    chunker=ChunkerParameters(min_bytes=256, average_bytes=1024, max_bytes=4096),
    pack_bytes=64 * 1024,
)
START = datetime(2026, 11, 22, 3, tzinfo=UTC)

Files = dict[str, bytes]


def ticking(start: datetime = START) -> Callable[[], datetime]:
    """A clock that moves a second each time it is asked."""
    seconds = itertools.count()
    return lambda: start + timedelta(seconds=next(seconds))


def make(backend: Backend, options: RepositoryOptions = SMALL) -> Repository:
    """A new repository that `SECRET` opens."""
    return create_repository(backend, secrets=[SECRET], options=options, clock=ticking())


def reopen(backend: Backend, cache_dir: Path | None = None) -> Repository:
    """The repository as the next process finds it."""
    return open_repository(backend, SECRET, cache_dir=cache_dir, clock=ticking())


def fingerprint_of(data: bytes) -> Fingerprint:
    """A stand-in for the source's own content hash."""
    return Fingerprint(hashlib.sha256(data).digest(), len(data))


def pieces_of(data: bytes, size: int = 1000) -> Iterator[bytes]:
    """The bytes as they come from a network."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def sample_files(seed: int, count: int = 40, largest: int = 30_000) -> Files:
    """Files of many sizes, the empty one and one of many chunks among them."""
    rng = random.Random(seed)
    files = {
        f"/folder {number % 5}/file {number:03d}": _sample_bytes(rng, rng.randrange(largest))
        for number in range(count)
    }
    files["/empty"] = b""
    files["/large"] = _sample_bytes(rng, 20 * largest)
    return files


def _sample_bytes(rng: random.Random, size: int) -> bytes:
    if rng.random() < 0.5:
        return rng.randbytes(size)
    words = [rng.randbytes(3).hex().encode() for _ in range(50)]
    return b" ".join(rng.choices(words, k=size // 7 + 1))[:size]


def add_file(writer: Writer, data: bytes, durable: list[Content] | None = None) -> Content:
    """Find or add one file."""
    fingerprint = fingerprint_of(data)
    known = writer.find(fingerprint)
    if known is not None:
        return known
    told = None if durable is None else durable.append
    return writer.add(pieces_of(data), fingerprint=fingerprint, on_durable=told)


def back_up(repository: Repository, files: Files, source: str = "ns:1") -> Snapshot:
    """One run: what a backup job does with the store."""
    parent = repository.latest(source)
    root = parent.root if parent else None
    with repository.writer(note="test") as writer, repository.reader() as reader:
        changes: dict[bytes, bytes | None] = {
            path_key(path): None for path, _ in reader.tree(root).scan() if path not in files
        }
        for path, data in files.items():
            content = add_file(writer, data)
            entry = Entry("file", path, size_bytes=len(data), content=content)
            changes[path_key(path)] = encode_entry(entry)
        new_root = writer.apply(root, sorted(changes.items()))
        snapshot = writer.commit(SnapshotDraft(source=source, root=new_root, cursor="next"))
        writer.commit_point(PointDraft(group="task", snapshots={source: snapshot.id}))
    return snapshot


def read_back(repository: Repository, snapshot: Snapshot) -> Files:
    """All files of a snapshot, whole."""
    with repository.reader() as reader:
        entries = list(reader.tree(snapshot.root).scan())
        wanted = [(path, entry.content) for path, entry in entries if entry.content is not None]
        return {path: b"".join(pieces) for path, pieces in reader.read_many(wanted)}


def join(pieces: Iterable[bytes]) -> bytes:
    """Pieces as one."""
    return b"".join(pieces)


def object_keys(backend: Backend, prefix: str = "") -> list[str]:
    """The keys of all objects under a prefix."""
    return [stat.key for stat in backend.list(prefix)]
