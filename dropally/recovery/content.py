"""The bytes of one file of a restore point, checked while they are handed out."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from dropally.auth.actors import Actor
from dropally.auth.verbs import Verb
from dropally.catalog.points import snapshot_id_at
from dropally.common.errors import NotFoundError, UsageError
from dropally.dropbox_api import ContentHasher
from dropally.jobs.paths import exported_name
from dropally.recovery.context import RecoveryContext
from dropally.recovery.entities import RecoverableEntity
from dropally.recovery.looking import look
from dropally.recovery.trees import as_moment, shown_path
from dropally.store import Content, DamagedError, Entry, SnapshotId

READ_MEMORY_BYTES = 32 << 20


@dataclass(frozen=True)
class StoredFile:
    """A file that can be read. `etag` is the same as long as the bytes are.

    `pieces(offset, length)` reads (length None: to the end); the iterator raises rather than end
    early, DamagedError for wrong bytes.
    """

    name: str
    size_bytes: int
    etag: str
    modified: datetime | None
    pieces: Callable[[int, int | None], Iterator[bytes]] = field(repr=False)


def open_file(
    ctx: RecoveryContext,
    actor: Actor,
    entity_id: str,
    point_id: str,
    path: str,
    *,
    export_format: str = "",
    is_preview: bool = False,
) -> StoredFile:
    """A file's content. `export_format` chooses among those of a cloud document.

    Raises NotFoundError, UsageError for a folder, ForbiddenError.
    """
    verb = Verb.CONTENT_PREVIEW if is_preview else Verb.CONTENT_DOWNLOAD
    entity = ctx.entity(actor, entity_id, verb)
    with look(ctx, entity, point_id) as opened:
        stored = opened.stored_path(path)
        place = opened.view.place(stored)
        snapshot_id = snapshot_id_at(opened.connection, opened.point, place.namespace)
        shown, point_time = shown_path(opened, stored), opened.point.time
    entry = _read_entry(ctx, entity, snapshot_id, place.path)
    found = _as_file(ctx, entity, entry, shown, export_format)
    ctx.access_log.note(
        ctx.auth,
        actor,
        "previewed" if is_preview else "downloaded",
        entity,
        point_time=point_time,
        path=shown,
        is_content=True,
    )
    return found


def _read_entry(
    ctx: RecoveryContext, entity: RecoverableEntity, snapshot_id: str | None, path: str
) -> Entry | None:
    if snapshot_id is None:
        return None
    with ctx.storages.repository(entity.storage_id) as repository:
        root = repository.snapshot(SnapshotId(snapshot_id)).root
        with repository.reader(memory_limit=READ_MEMORY_BYTES, threads=1) as reader:
            return reader.tree(root).get(path) if path else None


def _as_file(
    ctx: RecoveryContext,
    entity: RecoverableEntity,
    entry: Entry | None,
    shown: str,
    export_format: str,
) -> StoredFile:
    if entry is None or entry.kind == "folder":
        raise UsageError(f"{shown or entity.name} is a folder", hint="download it as a zip file")
    name, content = entry.name, entry.content
    if content is None and entry.export is not None:
        formats = entry.export.formats
        chosen = export_format or next(iter(formats))
        if chosen not in formats:
            raise NotFoundError(
                f"{shown} was not exported as {chosen}", hint=f"there is: {', '.join(formats)}"
            )
        name, content = exported_name(entry.name, chosen), formats[chosen]
    if content is None:
        raise NotFoundError(
            f"{shown} has no content at this restore point: {entry.failure or entry.kind}",
            hint="look at its versions: an earlier one may have it",
        )
    content_hash = entry.content_hash if entry.kind == "file" else None
    etag = content_hash or hashlib.sha256(content.chunks + b"%d" % content.size_bytes).digest()

    def pieces(offset: int, length: int | None) -> Iterator[bytes]:
        return _read(ctx, entity.storage_id, content, offset, length, content_hash)

    return StoredFile(
        name, content.size_bytes, etag.hex(), as_moment(entry.client_modified), pieces
    )


def _read(
    ctx: RecoveryContext,
    storage_id: str,
    content: Content,
    offset: int,
    length: int | None,
    content_hash: bytes | None,
) -> Iterator[bytes]:
    is_whole = offset == 0 and (length is None or length >= content.size_bytes)
    with (
        ctx.storages.repository(storage_id) as repository,
        repository.reader(memory_limit=READ_MEMORY_BYTES) as reader,
    ):
        pieces = reader.read(content, offset, length)
        if is_whole and content_hash is not None:
            pieces = hashed(pieces, content_hash)
        yield from pieces


def hashed(pieces: Iterator[bytes], content_hash: bytes) -> Iterator[bytes]:
    """The same pieces; the last is held back until all together have Dropbox's content hash.

    Each chunk was checked by itself already. This also finds chunks that are whole but not those
    that belong to this file.
    """
    hasher = ContentHasher()
    held: bytes | None = None
    for piece in pieces:
        if held is not None:
            yield held
        hasher.update(piece)
        held = piece
    if hasher.hexdigest() != content_hash.hex():
        raise DamagedError("the bytes are not those that were backed up")
    if held is not None:
        yield held
