"""Looking the security audit through, and taking it elsewhere."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.audit import Activity, Proof
from dropally.auth.context import AuthContext
from dropally.auth.errors import FieldsError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog.audit import AuditFilter, AuditRow, select_rows
from dropally.catalog.moments import from_micros, to_micros
from dropally.common.spreadsheet import Cell, csv_pieces
from dropally.common.text import format_time

_PAGE = 500
COLUMNS = (
    "Date",
    "User Activity",
    "Service",
    "Status",
    "Task",
    "Performed By",
    "Description",
    "IP",
    "User Agent",
    "Request",
)


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What of the audit is wanted; an empty value does not narrow. `end` itself is left out."""

    start: datetime | None = None
    end: datetime | None = None
    activity: Activity | None = None
    status: audit.Status | None = None
    actor_id: str = ""
    text: str = ""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A row as people and programs read it."""

    seq: int
    at: datetime
    activity: str
    label: str
    status: str
    service: str
    task: str
    actor_kind: str
    actor_id: str
    performed_by: str
    target: str
    description: str
    details: msgspec.Raw
    address: str
    user_agent: str
    request_id: str
    hash: str


def list_entries(
    ctx: AuthContext,
    actor: Actor,
    query: AuditQuery,
    *,
    before_seq: int | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """A page, the newest first; the last entry's `seq` is where the next page goes on.

    Raises ForbiddenError, FieldsError (F140).
    """
    require(ctx, actor, Verb.AUDIT_READ)
    wanted = _filter(query)
    with ctx.read() as connection:
        rows = select_rows(connection, wanted, limit=min(limit, _PAGE), before_seq=before_seq)
    return [_entry(row) for row in rows]


def export(
    ctx: AuthContext,
    actor: Actor,
    query: AuditQuery,
    form: Literal["csv", "jsonl"],
    *,
    bom: bool = False,
) -> Iterator[bytes]:
    """The rows that match, the oldest first, piece by piece (F143); leaves a row in the audit.

    JSON lines hold each row's hash, so that a whole export can be checked elsewhere. Raises
    ForbiddenError and FieldsError before the first piece.
    """
    require(ctx, actor, Verb.AUDIT_READ)
    wanted = _filter(query)
    with ctx.write() as connection:
        audit.record(
            connection,
            ctx.now(),
            actor,
            Activity.EXPORT_CREATED,
            f"The security audit was exported as {form.upper()}.",
        )
    entries = _matching(ctx, wanted)
    if form == "csv":
        return csv_pieces(COLUMNS, (_cells(entry) for entry in entries), bom=bom)
    return (msgspec.json.encode(entry) + b"\n" for entry in entries)


def verify(ctx: AuthContext, actor: Actor, noted: str = "") -> Proof:
    """Check the chain; see `audit.verify`. Raises ForbiddenError, AuditBrokenError, UsageError."""
    require(ctx, actor, Verb.AUDIT_READ)
    with ctx.read() as connection:
        return audit.verify(connection, noted)


def _filter(query: AuditQuery) -> AuditFilter:
    if query.start is not None and query.end is not None and query.start > query.end:
        raise FieldsError([("from", "is later than the end")])
    return AuditFilter(
        start_us=to_micros(query.start) if query.start else None,
        end_us=to_micros(query.end) if query.end else None,
        activity=query.activity or "",
        status=query.status or "",
        actor_id=query.actor_id,
        text=query.text,
    )


def _matching(ctx: AuthContext, wanted: AuditFilter) -> Iterator[AuditEntry]:
    """Page by page: a slow download keeps no transaction open."""
    seq = 0
    while True:
        with ctx.read() as connection:
            rows = select_rows(connection, wanted, limit=_PAGE, after_seq=seq)
        yield from map(_entry, rows)
        if len(rows) < _PAGE:
            return
        seq = rows[-1].seq


def _entry(row: AuditRow) -> AuditEntry:
    known = row.activity in set(Activity)
    return AuditEntry(
        seq=row.seq,
        at=from_micros(row.at_us),
        activity=row.activity,
        label=Activity(row.activity).label if known else row.activity,
        status=row.status,
        service=row.service,
        task=row.task,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        performed_by=row.actor_name,
        target=row.target,
        description=row.description,
        details=msgspec.Raw(row.details),
        address=row.address,
        user_agent=row.user_agent,
        request_id=row.request_id,
        hash=row.hash.hex(),
    )


def _cells(entry: AuditEntry) -> tuple[Cell, ...]:
    return (
        format_time(entry.at),
        entry.label,
        entry.service,
        entry.status.capitalize(),
        entry.task,
        entry.performed_by,
        entry.description,
        entry.address,
        entry.user_agent,
        entry.request_id,
    )
