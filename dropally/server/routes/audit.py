"""The security audit: what people did."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Literal

import msgspec
from litestar import get
from litestar.params import FromQuery
from litestar.response import Stream

from dropally.auth import audit_reading
from dropally.auth.audit import Activity, Status
from dropally.auth.audit_reading import AuditEntry, AuditQuery
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.server.given import GivenActor, GivenParts
from dropally.server.paging import DEFAULT_PAGE, Cursor, Limit, Page, decode_cursor, encode_cursor
from dropally.server.problems import documented
from dropally.server.streaming import in_thread

_MEDIA = {"csv": "text/csv", "jsonl": "application/x-ndjson"}


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event. `details` differ from event to event."""

    seq: int
    at: datetime
    activity: str
    label: str
    status: str
    service: str
    task: str
    performed_by: str
    actor_kind: str
    actor_id: str
    target: str
    description: str
    details: dict[str, Any]
    address: str
    user_agent: str
    request_id: str
    hash: str


class ActivityView(msgspec.Struct, frozen=True):
    """One kind of event, to filter by."""

    activity: Activity
    label: str


class AuditProof(msgspec.Struct, frozen=True):
    """The chain holds. Note `noted` elsewhere: later checks must still go through it."""

    rows: int
    first_seq: int
    last_seq: int
    head: str
    noted: str


def _row(entry: AuditEntry) -> AuditRow:
    values = msgspec.structs.asdict(entry)
    return AuditRow(**{**values, "details": msgspec.json.decode(entry.details)})


@get(
    "/audit",
    operation_id="list_audit",
    summary="The security audit, the newest first",
    tags=["audit"],
    responses=documented(400, 401, 403, 422),
    sync_to_thread=True,
)
def list_audit(
    parts: GivenParts,
    actor: GivenActor,
    start: FromQuery[datetime | None] = None,
    end: FromQuery[datetime | None] = None,
    activity: FromQuery[Activity | None] = None,
    status: FromQuery[Status | None] = None,
    user: FromQuery[str] = "",
    q: FromQuery[str] = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_PAGE,
) -> Page[AuditRow]:
    """Filters narrow together; `end` itself is left out."""
    query = AuditQuery(
        start=start, end=end, activity=activity, status=status, actor_id=user, text=q
    )
    before = decode_cursor(cursor, int)
    found = audit_reading.list_entries(parts.auth, actor, query, before_seq=before, limit=limit)
    following = encode_cursor(found[-1].seq) if len(found) == limit else None
    return Page(items=[_row(entry) for entry in found], next_cursor=following)


@get(
    "/audit/export",
    operation_id="export_audit",
    summary="The security audit as a file",
    tags=["audit"],
    responses=documented(400, 401, 403, 422),
    media_type="text/csv",
    sync_to_thread=True,
)
def export_audit(
    parts: GivenParts,
    actor: GivenActor,
    form: FromQuery[Literal["csv", "jsonl"]] = "csv",
    bom: FromQuery[bool] = False,
    start: FromQuery[datetime | None] = None,
    end: FromQuery[datetime | None] = None,
    activity: FromQuery[Activity | None] = None,
    status: FromQuery[Status | None] = None,
    user: FromQuery[str] = "",
    q: FromQuery[str] = "",
) -> Stream:
    """The rows that match, the oldest first. Cells that a spreadsheet would run are quoted."""
    query = AuditQuery(
        start=start, end=end, activity=activity, status=status, actor_id=user, text=q
    )
    pieces: AsyncIterator[bytes] = in_thread(
        audit_reading.export(parts.auth, actor, query, form, bom=bom)
    )
    return Stream(
        pieces,
        media_type=_MEDIA[form],
        headers={"Content-Disposition": f'attachment; filename="dropally-audit.{form}"'},
    )


@get(
    "/audit/activities",
    operation_id="list_audit_activities",
    summary="The kinds of events of the audit",
    tags=["audit"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def list_activities(parts: GivenParts, actor: GivenActor) -> list[ActivityView]:
    """For a filter's list."""
    require(parts.auth, actor, Verb.AUDIT_READ)
    return [ActivityView(activity, activity.label) for activity in Activity]


@get(
    "/audit/proof",
    operation_id="verify_audit",
    summary="Check that nothing was changed in the audit",
    tags=["audit"],
    responses=documented(400, 401, 403, 409),
    sync_to_thread=True,
)
def verify_audit(parts: GivenParts, actor: GivenActor, noted: FromQuery[str] = "") -> AuditProof:
    """Recompute the chain of hashes. 409 `audit_broken` names the first row that does not hold."""
    proof = audit_reading.verify(parts.auth, actor, noted)
    return AuditProof(proof.rows, proof.first_seq, proof.last_seq, proof.head, proof.noted)


handlers = [list_audit, export_audit, list_activities, verify_audit]
