"""Asking for a download or an export: at once as a stream, prepared as files, or into a folder."""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.errors import FieldsError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog.jobs import JobRow
from dropally.common.errors import DeniedError
from dropally.jobs.context import JobContext
from dropally.jobs.export import ExportWork
from dropally.recovery import asking
from dropally.recovery.asking import Asked
from dropally.recovery.content import READ_MEMORY_BYTES
from dropally.recovery.context import RecoveryContext
from dropally.recovery.staging import check_staging_room
from dropally.recovery.zipping import Zipping
from dropally.store import BytesLike

SMALLEST_PART_BYTES = 1 << 20


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is wanted: a zip file to fetch later (`download`), or files in a folder of this machine.

    `part_bytes`: a new zip file is begun when one has grown that long; 0 makes one.
    `folder` lies in one of the folders that `[recovery] export_folders` names.
    """

    selection_id: str
    to: Literal["download", "folder"] = "download"
    part_bytes: int = 0
    folder: str = ""


class ExportParams(msgspec.Struct, frozen=True, kw_only=True):
    """What the job is given."""

    selection_id: str
    to: Literal["download", "folder"]
    part_bytes: int = 0
    folder: str = ""


@dataclass(frozen=True)
class ZipStream:
    """A zip file made while it is sent; how long it will be, nobody knows before."""

    name: str
    pieces: Iterator[BytesLike] = field(repr=False)


def start(ctx: RecoveryContext, actor: Actor, request: ExportRequest) -> JobRow:
    """Submit an export.

    Raises NotFoundError, FieldsError, ForbiddenError, DeniedError when there is no room for it.
    """
    asked = _asked(ctx, actor, request.selection_id)
    params = _decide(ctx, actor, request, asked)
    if request.to == "download":
        check_staging_room(ctx, asked.totals.size_bytes)
    where = "a download" if request.to == "download" else params.folder
    with ctx.auth.write() as connection:
        row = asking.submit(
            connection,
            ctx,
            actor,
            asked,
            "export",
            request.selection_id,
            params,
            locks=(f"folder:{params.folder}",) if params.folder else (),
            destination="Download" if request.to == "download" else params.folder,
        )
        _record(connection, ctx, actor, asked, row.id, f"to {where} was requested")
    ctx.runner.wake()
    return row


def stream(ctx: RecoveryContext, actor: Actor, selection_id: str) -> ZipStream:
    """A zip file for right now.

    Raises NotFoundError, UsageError, ForbiddenError at once, TryLaterError when too many are made.
    What its iterator raises has to break the connection: a short zip file must not look whole.
    """
    asked = _asked(ctx, actor, selection_id)
    for entity in asked.entities.values():
        require(ctx.auth, actor, Verb.CONTENT_DOWNLOAD, entity.place)
    ctx.zip_places.require_free()
    with ctx.auth.write() as connection:
        _record(connection, ctx, actor, asked, selection_id, "as a download was begun")
    name = f"{asked.names} {ctx.now():%Y-%m-%d %H-%M}.zip"
    return ZipStream(name, _streamed(ctx, asked))


def export_work(ctx: RecoveryContext, asked: Asked, target: Path) -> ExportWork:
    """The work unit of an export."""
    return ExportWork(
        repository=ctx.storages.handle(asked.storage_id),
        group=asked.team_id,
        target=target,
        chosen=asked.chosen,
        portable=True,
    )


def _streamed(ctx: RecoveryContext, asked: Asked) -> Iterator[BytesLike]:
    with (
        ctx.zip_places.taken(),
        ctx.storages.repository(asked.storage_id) as repository,
        repository.reader(memory_limit=READ_MEMORY_BYTES) as reader,
    ):
        work = export_work(ctx, asked, Path())
        zipping = Zipping(JobContext(clock=ctx.auth.clock), repository, reader, work)
        try:
            for piece in zipping.pieces():
                if piece is not None:
                    yield piece
        finally:
            zipping.close()


def _asked(ctx: RecoveryContext, actor: Actor, selection_id: str) -> Asked:
    return asking.read_asked(ctx, actor, selection_id, lambda _: Verb.EXPORT)


def _decide(
    ctx: RecoveryContext, actor: Actor, request: ExportRequest, asked: Asked
) -> ExportParams:
    if request.to == "download":
        for entity in asked.entities.values():
            require(ctx.auth, actor, Verb.CONTENT_DOWNLOAD, entity.place)
    problems: list[tuple[str, str]] = []
    if request.part_bytes and request.part_bytes < SMALLEST_PART_BYTES:
        problems.append(("part_bytes", f"must be 0, or {SMALLEST_PART_BYTES} and more"))
    if request.to == "folder" and not request.folder:
        problems.append(("folder", "is required"))
    if request.to == "download" and request.folder:
        problems.append(("folder", "is only for exports to a folder"))
    if problems:
        raise FieldsError(problems)
    folder = str(_allowed_folder(ctx, request.folder)) if request.folder else ""
    return ExportParams(
        selection_id=request.selection_id,
        to=request.to,
        part_bytes=request.part_bytes,
        folder=folder,
    )


def _allowed_folder(ctx: RecoveryContext, text: str) -> Path:
    """The folder, if it is one that the configuration lets be written to. Raises FieldsError.

    Links are followed before it is compared: one inside an allowed folder may lead out of it.
    """
    roots = [root.resolve() for root in ctx.settings().export_folders]
    if not roots:
        raise DeniedError(
            "exports to folders of this machine are not allowed",
            hint="name the folders that may be written to: [recovery] export_folders",
        )
    if not text.startswith("/") or "\0" in text or len(os.fsencode(text)) > 4000:
        raise FieldsError([("folder", "must be a whole path, beginning with /")])
    found = Path(text).resolve()
    if not any(found == root or root in found.parents for root in roots):
        allowed = ", ".join(str(root) for root in roots)
        raise FieldsError([("folder", f"is not in a folder that may be written to: {allowed}")])
    return found


def _record(
    connection: sqlite3.Connection,
    ctx: RecoveryContext,
    actor: Actor,
    asked: Asked,
    target: str,
    what: str,
) -> None:
    audit.record(
        connection,
        ctx.now(),
        actor,
        audit.Activity.EXPORT_CREATED,
        f"An export of {asked.names} {what}.",
        service="dropbox",
        task=asked.task_name,
        target=target,
        details={
            "files": asked.totals.files,
            "bytes": asked.totals.size_bytes,
            "entities": [entity.name for entity in asked.entities.values()][:100],
        },
    )
