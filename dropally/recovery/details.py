"""Everything that is known about one item of a restore point: read from the repository itself."""

from datetime import datetime

import msgspec

from dropally.auth.actors import Actor
from dropally.auth.verbs import Verb
from dropally.catalog.items import ItemKind
from dropally.catalog.points import PointRow, snapshot_id_at
from dropally.common.errors import NotFoundError
from dropally.jobs.team_view import TeamView
from dropally.recovery.content import READ_MEMORY_BYTES
from dropally.recovery.context import RecoveryContext
from dropally.recovery.entities import RecoverableEntity
from dropally.recovery.looking import look
from dropally.recovery.trees import as_moment, located, shown_path
from dropally.store import Entry, PointId, SnapshotId


class ItemDetails(msgspec.Struct, frozen=True, kw_only=True):
    """One item with all that Dropbox told of it.

    `content_hash` is Dropbox's own hash of the content in hexadecimal, "" where there is none.
    `modified_by` is a name where the team had somebody with that account at the time.
    `export_formats`: what a cloud document, which has no bytes of its own, was exported to.
    """

    path: str
    shown: str
    name: str
    kind: ItemKind
    point_id: str
    point_time: datetime
    size_bytes: int
    files: int
    folders: int
    is_mount: bool
    modified: datetime | None
    uploaded: datetime | None
    modified_by: str
    content_hash: str
    revision: str
    dropbox_id: str
    export_formats: list[str]
    symlink_target: str
    failure: str


def get_details(
    ctx: RecoveryContext, actor: Actor, entity_id: str, point_id: str, path: str
) -> ItemDetails:
    """What an item is, with its hash, revision and author. Raises NotFoundError, ForbiddenError."""
    entity = ctx.entity(actor, entity_id, Verb.CONTENT_BROWSE)
    with look(ctx, entity, point_id) as opened:
        item = located(opened, path)
        place = opened.view.place(item.path)
        snapshot_id = snapshot_id_at(opened.connection, opened.point, place.namespace)
        point, shown = opened.point, shown_path(opened, item.path)
    entry, author = _read(ctx, entity, point, snapshot_id, place.path)
    ctx.access_log.note(ctx.auth, actor, "browsed", entity, point_time=point.time, path=shown)
    return ItemDetails(
        path=item.path,
        shown=shown,
        name=item.name,
        kind=item.kind,
        point_id=point.id,
        point_time=point.time,
        size_bytes=item.size_bytes,
        files=item.files,
        folders=item.folders,
        is_mount=item.is_mount,
        modified=item.modified,
        uploaded=as_moment(entry.server_modified),
        modified_by=author,
        content_hash=entry.content_hash.hex() if entry.content_hash else "",
        revision=entry.rev,
        dropbox_id=entry.id,
        export_formats=list(entry.export.formats) if entry.export else [],
        symlink_target=entry.symlink_target,
        failure=item.failure,
    )


def _read(
    ctx: RecoveryContext,
    entity: RecoverableEntity,
    point: PointRow,
    snapshot_id: str | None,
    path: str,
) -> tuple[Entry, str]:
    """The entry (one that tells nothing for a root or a mere mount point), and its author's name."""
    entry: Entry | None = None
    with ctx.storages.repository(entity.storage_id) as repository:
        if snapshot_id is not None and path:
            root = repository.snapshot(SnapshotId(snapshot_id)).root
            with repository.reader(memory_limit=READ_MEMORY_BYTES, threads=1) as reader:
                entry = reader.tree(root).get(path)
                if entry is None:
                    raise NotFoundError(f"{path} is not in the repository at this restore point")
                if entry.modified_by:
                    return entry, _name(
                        TeamView(repository, reader, repository.point(PointId(point.id))), entry
                    )
    return entry or Entry(kind="folder", name=""), ""


def _name(view: TeamView, entry: Entry) -> str:
    people = {member.account_id: member.name for member in view.roster.members}
    return people.get(entry.modified_by) or entry.modified_by
