"""The repository: encrypted, deduplicated snapshots of trees of files on a dumb backend.

A library of its own: it imports no other room, and reads no configuration. `create_repository` and
`open_repository` are the way in.
"""

from dropally.store.backend import Backend, BytesLike, LocalBackend, MemoryBackend
from dropally.store.chunker import ChunkerParameters
from dropally.store.content import Content, Fingerprint
from dropally.store.entry import Entry, ExportForm, decode_entry, encode_entry, path_key
from dropally.store.errors import (
    AlreadyExistsError,
    BackendUnavailableError,
    ConflictError,
    DamagedError,
    LimitExceededError,
    NewerFormatError,
    NotARepositoryError,
    ObjectNotFoundError,
    ReadOnlyError,
    StoreError,
    StoreFullError,
    WrongSecretError,
)
from dropally.store.facade import Repository, create_repository, open_repository
from dropally.store.keys import (
    KeyFile,
    Passphrase,
    RecoveryCode,
    Secret,
    new_key_file,
    new_recovery_code,
)
from dropally.store.reader import Reader, TreeView
from dropally.store.rebuild import rebuild_index
from dropally.store.repository import RepositoryOptions
from dropally.store.snapshot import (
    Failure,
    Point,
    PointDraft,
    PointId,
    Snapshot,
    SnapshotDraft,
    SnapshotId,
    WantedOfSource,
)
from dropally.store.tree import DELETE_SUBTREE, PageId
from dropally.store.writer import Writer

__all__ = [
    "DELETE_SUBTREE",
    "AlreadyExistsError",
    "Backend",
    "BackendUnavailableError",
    "BytesLike",
    "ChunkerParameters",
    "ConflictError",
    "Content",
    "DamagedError",
    "Entry",
    "ExportForm",
    "Failure",
    "Fingerprint",
    "KeyFile",
    "LimitExceededError",
    "LocalBackend",
    "MemoryBackend",
    "NewerFormatError",
    "NotARepositoryError",
    "ObjectNotFoundError",
    "PageId",
    "Passphrase",
    "Point",
    "PointDraft",
    "PointId",
    "ReadOnlyError",
    "Reader",
    "RecoveryCode",
    "Repository",
    "RepositoryOptions",
    "Secret",
    "Snapshot",
    "SnapshotDraft",
    "SnapshotId",
    "StoreError",
    "StoreFullError",
    "TreeView",
    "WantedOfSource",
    "Writer",
    "WrongSecretError",
    "create_repository",
    "decode_entry",
    "encode_entry",
    "new_key_file",
    "new_recovery_code",
    "open_repository",
    "path_key",
    "rebuild_index",
]
