"""Which other items need the same chunks: those chunks stay, and people must be told why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dropally.store import tree
from dropally.store.content import ID_BYTES, Content, decode_list, direct_ids, unpack_entries
from dropally.store.entry import Entry, decode_entry
from dropally.store.erase.choosing import Places, Step
from dropally.store.erase.tracing import below, contents_of
from dropally.store.prune.marks import Seen
from dropally.store.repository import RepositoryCore

_NAMED = 100


@dataclass
class Shared:
    """Other items that hold bytes of the erased ones. `named`: the first as (source, path)."""

    items: int = 0
    bytes: int = 0
    """Of these items' contents, as far as they share any chunk at all."""
    named: list[tuple[str, str]] = field(default_factory=list)


def find_shared(
    repository: RepositoryCore, source: str, places: Places, *, scratch: Path, step: Step
) -> Shared:
    """Walk all trees of the repository, each page once. Raises `DamagedError`."""
    chunks, others = Seen(scratch / "chunks.db"), Seen(scratch / "others.db")
    counted = Seen(scratch / "counted.db")
    found = Shared()
    try:
        _note_chunks(repository, source, places, chunks, step)
        for owner in repository.snapshot_chain.owners():
            for key, value in _new_entries(repository, owner, others, step):
                # Most entries share nothing: that is asked first, and as cheaply as can be.
                entry = decode_entry(value)
                if not _needs_any(repository, entry, chunks):
                    continue
                path = key.decode()
                if owner != source or not places.covers(path):
                    _note(found, counted, owner, path, entry)
    finally:
        for part in (chunks, others, counted):
            part.close()
    return found


def _new_entries(
    repository: RepositoryCore, source: str, met: Seen, step: Step
) -> Iterator[tuple[bytes, bytes]]:
    """Keys and encoded entries of all snapshots of a source, from pages that were not met yet."""
    for snapshot in repository.snapshots(source):
        for _, page in tree.new_pages(repository.metadata, snapshot.root, met.is_new):
            step("pages", 1)
            if page.level == 0:
                yield from zip(page.keys, page.values, strict=True)


def _note_chunks(
    repository: RepositoryCore, source: str, places: Places, chunks: Seen, step: Step
) -> None:
    """Note in `chunks` those of the items, in all their versions."""
    for snapshot in repository.snapshots(source):
        step("snapshots", 1)
        held = places.within(repository, snapshot.root)
        for _, entry in below(repository, snapshot.root, held):
            for chunk_id in _chunks(repository, entry):
                chunks.is_new(chunk_id)


def _needs_any(repository: RepositoryCore, entry: Entry, chunks: Seen) -> bool:
    content = entry.content
    if entry.export is None and (content is None or len(content.chunks) <= ID_BYTES):
        return content is not None and content.chunks in chunks
    return any(one in chunks for one in _chunks(repository, entry))


def _note(found: Shared, counted: Seen, owner: str, path: str, entry: Entry) -> None:
    if not counted.is_new(f"{owner} {path}".encode()):
        return
    found.items += 1
    found.bytes += entry.size_bytes
    if len(found.named) < _NAMED:
        found.named.append((owner, path))


def _chunks(repository: RepositoryCore, entry: Entry) -> Iterator[bytes]:
    for content in contents_of(entry):
        yield from _chunks_of(repository, content)


def _chunks_of(repository: RepositoryCore, content: Content) -> Iterator[bytes]:
    if content.depth == 0:
        yield from direct_ids(content)
        return
    waiting = [(one.id, content.depth) for one in unpack_entries(content.chunks)]
    while waiting:
        list_id, depth = waiting.pop()
        entries = decode_list(repository.metadata.load(list_id))
        if depth == 1:
            yield from (one.id for one in entries)
        else:
            waiting += [(one.id, depth - 1) for one in entries]
