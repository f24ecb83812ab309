"""Prepared downloads: a link that works for some days, what it opens, and the end of it.

The link is a secret of 256 random bits of which only the hash is kept. Whoever has it may fetch the
files without signing in, as the mail that holds it says; so it ends, it can be ended, and every
use of it is in the audit.
"""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

import msgspec

from dropally.auth import audit
from dropally.auth.actors import EVERYTHING, Actor, Client, Place, anonymous
from dropally.auth.guard import require
from dropally.auth.permissions import allowed
from dropally.auth.tokens import SecretText, new_token, token_hash
from dropally.auth.verbs import Verb
from dropally.catalog import downloads
from dropally.catalog.downloads import DownloadRow, DownloadState
from dropally.common.errors import NotFoundError
from dropally.recovery.context import RecoveryContext, owner_of
from dropally.recovery.staging import discard, part_path

TOKEN_PREFIX = "dpd_"  # noqa: S105  what every download link's secret begins with
_FOLDED = timedelta(minutes=10)


class DownloadEndedError(NotFoundError):
    """A download that was there once: its time is over, or somebody deleted it (HTTP 410)."""

    code: ClassVar[str] = "download_ended"


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a download; the first is number 1."""

    number: int
    name: str
    size_bytes: int
    sha256: str


class DownloadView(msgspec.Struct, frozen=True, kw_only=True):
    """A prepared download as its owner sees it."""

    id: str
    job_id: str
    title: str
    state: DownloadState
    created: datetime
    expires: datetime
    size_bytes: int
    problems: int
    parts: list[PartView]


class LandingView(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody with the link sees (F110)."""

    title: str
    created: datetime
    expires: datetime
    size_bytes: int
    problems: int
    parts: list[PartView]


class DownloadLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link just made: the token is shown this once, and older links of the download end."""

    download_id: str
    token: str
    link: str
    expires: datetime


@dataclass(frozen=True)
class PartFile:
    """A file that can be sent."""

    path: Path = field(repr=False)
    name: str
    size_bytes: int
    sha256: str
    created: datetime


# -- for those who have signed in ----------------------------------------------------------------


def list_downloads(
    ctx: RecoveryContext, actor: Actor, before: datetime, *, limit: int = 100
) -> list[DownloadView]:
    """One's downloads, newest first; everybody's for somebody who may export everything."""
    is_for_all = allowed(actor, Verb.EXPORT, EVERYTHING).is_allowed
    ctx.require_somewhere(actor, Verb.EXPORT)
    with ctx.auth.read() as connection:
        owner = None if is_for_all else owner_of(actor)
        rows = downloads.list_downloads(connection, owner, before, limit)
    return [_view(ctx, row) for row in rows]


def get_download(ctx: RecoveryContext, actor: Actor, download_id: str) -> DownloadView:
    """One download. Raises NotFoundError, ForbiddenError."""
    return _view(ctx, _find(ctx, actor, download_id))


def make_link(ctx: RecoveryContext, actor: Actor, download_id: str) -> DownloadLink:
    """A new link; the one before ends. Raises NotFoundError, DownloadEndedError, ForbiddenError."""
    row = _find(ctx, actor, download_id)
    _check_there(ctx, row)
    with ctx.auth.write() as connection:
        token = issue_token(connection, row.id)
        _record(
            connection, ctx, actor, row, "A new link was made for", audit.Activity.EXPORT_CREATED
        )
    return DownloadLink(
        download_id=row.id, token=token, link=link_of(ctx, token), expires=row.expires
    )


def delete_download(ctx: RecoveryContext, actor: Actor, download_id: str) -> None:
    """Delete the files now; the link says that it is over. Raises NotFoundError, ForbiddenError."""
    row = _find(ctx, actor, download_id)
    if row.state != "ready":
        return
    with ctx.auth.write() as connection:
        downloads.close_download(connection, row.id, "deleted")
        _record(connection, ctx, actor, row, "Deleted:", audit.Activity.EXPORT_CREATED)
    discard(ctx, row.id)


def _find(ctx: RecoveryContext, actor: Actor, download_id: str) -> DownloadRow:
    """One's own, or one of which the actor may export everything."""
    with ctx.auth.read() as connection:
        row = downloads.download_by_id(connection, download_id)
    if row is None:
        raise NotFoundError(f"there is no download {download_id}")
    for task_id, entity_id in row.places:
        require(ctx.auth, actor, Verb.CONTENT_DOWNLOAD, Place(task_id, entity_id))
    if row.owner != owner_of(actor):
        for task_id, entity_id in row.places:
            require(ctx.auth, actor, Verb.EXPORT, Place(task_id, entity_id))
    return row


# -- for whoever has the link ---------------------------------------------------------------------


def landing(ctx: RecoveryContext, token: str) -> LandingView:
    """What the link opens. Raises NotFoundError, DownloadEndedError."""
    row = _open(ctx, token)
    view = _view(ctx, row)
    return LandingView(
        title=view.title,
        created=view.created,
        expires=view.expires,
        size_bytes=view.size_bytes,
        problems=view.problems,
        parts=view.parts,
    )


def open_part(ctx: RecoveryContext, token: str, number: int, client: Client) -> PartFile:
    """One file of it. Raises NotFoundError, DownloadEndedError."""
    row = _open(ctx, token)
    if not 1 <= number <= len(row.parts):
        raise NotFoundError(f"the download has {len(row.parts)} files", hint="begin with file 1")
    part = row.parts[number - 1]
    path = part_path(ctx, row.id, number)
    try:
        is_whole = path.stat().st_size == part.size_bytes
    except OSError:
        is_whole = False
    if not is_whole:
        raise DownloadEndedError("the file is not there any more", hint="ask for the export again")
    if ctx.link_uses.is_due((row.id, str(number), client.address), ctx.now(), _FOLDED):
        with ctx.auth.write() as connection:
            _record(
                connection,
                ctx,
                anonymous(client),
                row,
                f"By its link, file {number} was fetched of",
                audit.Activity.EXPORT_DOWNLOADED,
            )
    return PartFile(path, part.name, part.size_bytes, part.sha256, row.created)


def _open(ctx: RecoveryContext, token: str) -> DownloadRow:
    with ctx.auth.read() as connection:
        row = downloads.download_by_hash(connection, token_hash(token))
    if row is None or not token.startswith(TOKEN_PREFIX):
        raise NotFoundError(
            "there is no such download", hint="open the link as a whole; a newer one replaces it"
        )
    _check_there(ctx, row)
    return row


def _check_there(ctx: RecoveryContext, row: DownloadRow) -> None:
    if row.state == "deleted":
        raise DownloadEndedError("the download was deleted", hint="ask for the export again")
    if row.state == "expired" or row.expires <= ctx.now():
        raise DownloadEndedError(
            "the time of this download is over", hint="ask for the export again"
        )


# -- making and ending ----------------------------------------------------------------------------


def issue_token(connection: sqlite3.Connection, download_id: str) -> SecretText:
    """A new secret for a download, in the caller's transaction."""
    token = new_token(TOKEN_PREFIX)
    downloads.set_link(connection, download_id, token_hash(token))
    return token


def link_of(ctx: RecoveryContext, token: str) -> str:
    """Where people open it. The secret stands behind `#`, which browsers send to nobody."""
    return f"{ctx.auth.base_url}/download#{token}"


def _record(
    connection: sqlite3.Connection,
    ctx: RecoveryContext,
    actor: Actor,
    row: DownloadRow,
    what: str,
    activity: audit.Activity,
) -> None:
    audit.record(
        connection,
        ctx.now(),
        actor,
        activity,
        f"{what} {row.title}.",
        service="dropbox",
        target=row.id,
        details={"job": row.job, "owner": row.owner},
    )


def _view(ctx: RecoveryContext, row: DownloadRow) -> DownloadView:
    state = row.state
    if state == "ready" and row.expires <= ctx.now():
        state = "expired"  # its files go at the next sweep
    return DownloadView(
        id=row.id,
        job_id=row.job,
        title=row.title,
        state=state,
        created=row.created,
        expires=row.expires,
        size_bytes=sum(part.size_bytes for part in row.parts),
        problems=row.problems,
        parts=[
            PartView(number=number, name=part.name, size_bytes=part.size_bytes, sha256=part.sha256)
            for number, part in enumerate(row.parts, start=1)
        ],
    )
