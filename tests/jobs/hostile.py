"""A repository as somebody makes it who has its keys and means ill: trees with any names at all."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from dropally.dropbox_api import Namespace, Roster, TeamMember, TeamProfile, content_hash
from dropally.jobs.handles import RepositoryHandle
from dropally.store import (
    Entry,
    Fingerprint,
    LocalBackend,
    PointDraft,
    Repository,
    SnapshotDraft,
    Writer,
    encode_entry,
    path_key,
)
from tests.store.samples import SECRET, make

GROUP = "dbtid:hostile"
NAMESPACE = "1"


@dataclass(frozen=True)
class Odd:
    """One entry: its key in the tree, and what the entry itself says, which need not agree."""

    key: str
    entry: Entry
    data: bytes | None = None


def file(name: str, data: bytes = b"data", *, key: str = "", modified: int | None = None) -> Odd:
    """A file of this name; by itself at the top unless `key` says where."""
    entry = Entry("file", name, size_bytes=len(data), client_modified=modified)
    entry.content_hash = bytes.fromhex(content_hash([data]))
    return Odd(key or f"/{name.lower()}", entry, data)


def folder(name: str, *, key: str = "") -> Odd:
    """A folder of this name."""
    return Odd(key or f"/{name.lower()}", Entry("folder", name))


def link(name: str, target: str, *, key: str = "") -> Odd:
    """A symbolic link."""
    return Odd(key or f"/{name.lower()}", Entry("symlink", name, symlink_target=target))


def hostile_repository(root: Path, odd: Sequence[Odd], *, email: str = "m@x") -> RepositoryHandle:
    """A restore point of one member whose home is these entries."""
    repository = make(LocalBackend(root / "repository"))
    try:
        with repository.writer(note="mallory") as writer:
            _commit(repository, writer, odd, email)
    finally:
        repository.close()
    return handle_of(root)


def handle_of(root: Path) -> RepositoryHandle:
    """The repository that was made there."""
    return RepositoryHandle(str(root / "repository"), SECRET, root / "cache")


def _commit(repository: Repository, writer: Writer, odd: Sequence[Odd], email: str) -> None:
    changes: dict[bytes, bytes | None] = {}
    for one in odd:
        if one.data is not None:
            one.entry.content = writer.add([one.data], fingerprint=_fingerprint(one.data))
        changes[path_key(one.key)] = encode_entry(one.entry)
    root = writer.apply(None, sorted(changes.items()))
    snapshot = writer.commit(SnapshotDraft(source=NAMESPACE, root=root))
    about = writer.add([msgspec.msgpack.encode(_roster(email))])
    writer.commit_point(PointDraft(group=GROUP, snapshots={NAMESPACE: snapshot.id}, about=about))


def _fingerprint(data: bytes) -> Fingerprint:
    return Fingerprint(hashlib.sha256(data).digest(), len(data))


def _roster(email: str) -> Roster:
    profile = TeamProfile(GROUP, "Hostile", "2023", {}, None, 1, "dbmid:1", email)
    member = TeamMember("dbmid:1", "dbid:1", email, "Mallory", "active", NAMESPACE, NAMESPACE, True)
    home = Namespace(NAMESPACE, email, "member", "dbmid:1")
    return Roster(profile, (member,), (), (home,), (), {})
