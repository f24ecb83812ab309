"""Which other items need the same chunks: those chunks stay, and people must be told why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dropally.store.content import Content, decode_list, direct_ids, unpack_entries
from dropally.store.entry import Entry
from dropally.store.erase.choosing import Places, Step, entries_once
from dropally.store.erase.tracing import contents_of
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
    chunks, pages = Seen(scratch / "chunks.db"), Seen(scratch / "own.db")
    others, counted = Seen(scratch / "others.db"), Seen(scratch / "counted.db")
    found = Shared()
    try:
        for path, entry in entries_once(repository, source, pages, step):
            if places.covers(path):
                for chunk_id in _chunks(repository, entry):
                    chunks.is_new(chunk_id)
        for owner in repository.snapshot_chain.owners():
            for path, entry in entries_once(repository, owner, others, step):
                if owner == source and places.covers(path):
                    continue
                if any(one in chunks for one in _chunks(repository, entry)):
                    _note(found, counted, owner, path, entry)
    finally:
        for part in (chunks, pages, others, counted):
            part.close()
    return found


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
