"""Jobs as the API shows them."""

from datetime import datetime
from typing import Any

import msgspec

from dropally.catalog.jobs import JobRow
from dropally.jobs.runner import STATUS_LABELS, LivePhase, LiveProgress

KIND_LABELS = {
    "backup": "Backup",
    "discover": "Discovery",
    "restore": "Restore",
    "export": "Export",
    "verify": "Verify",
    "drill": "Restore drill",
    "retain": "Retention",
    "replicate": "Replication",
    "lock": "Lock",
    "migrate": "Migration",
    "switch": "Switch of storage",
    "rebuild": "Rebuild of the catalog",
    "self-backup": "Self-backup",
    "erase": "Erasure",
    "decommission": "End of service",
}


def kind_label(kind: str) -> str:
    """The type of a job as a title."""
    return KIND_LABELS.get(kind) or kind.replace("-", " ").replace("_", " ").capitalize()


def status_label(status: str) -> str:
    """The six words of the console."""
    return STATUS_LABELS.get(status) or status.replace("_", " ").capitalize()


class InitiatorView(msgspec.Struct, frozen=True):
    """Who or what asked for a job. `kind`: user, token, scheduler or cli."""

    kind: str
    id: str
    name: str


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job as lists show it.

    `item`: whom or what it is about. `backup_time`: the date of the backup that a restore or export
    takes from. `total_items` and `size_bytes` are null while they are not known. `waits_because`: ""
    or `interrupted` (the appliance was stopped) or `crashed`. `summary`: counts by name,
    as the kind of job counts. `problems`: items that went wrong.
    """

    id: str
    kind: str
    kind_label: str
    title: str
    status: str
    status_label: str
    service: str
    sub_service: str
    task_id: str
    task_name: str
    storage_id: str
    item: str
    destination: str
    initiator: InitiatorView
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    backup_time: datetime | None
    total_items: int | None
    size_bytes: int | None
    summary: dict[str, Any]
    problems: int
    attempt: int
    waits_because: str
    is_cancelling: bool
    cancelled_by: str
    retry_of: str
    error: str
    hint: str


class PhaseView(msgspec.Struct, frozen=True, kw_only=True):
    """One phase. `is_at_least`: the total may still grow. `rate`: units per second of late."""

    name: str
    unit: str
    done: int
    total: int
    is_at_least: bool
    rate: float


class LiveView(msgspec.Struct, frozen=True, kw_only=True):
    """A running job at this moment.

    The time that is left is a range, and null while that would be guessing. `is_hung`: there was no
    sign of life for longer than a healthy job needs.
    """

    phases: list[PhaseView]
    elapsed_s: float
    least_left_s: float | None
    most_left_s: float | None
    last_sign_of_life: datetime
    is_hung: bool
    pause: str
    is_cancelling: bool
    problems: int
    api_calls: int
    summary: dict[str, Any]


class CauseView(msgspec.Struct, frozen=True):
    """Why items went wrong, and how many."""

    cause: str
    hint: str
    items: int


class JobDetail(JobView, frozen=True, kw_only=True):
    """Everything about one job.

    `phases`: the counters at its end, or now. `speed_bytes_s`: over the whole job. `can_cancel` and
    `can_retry`: for whoever asks, now. `unnarrowed_causes`: a retry by one of these takes
    all that went wrong, by whatever cause, since not all that failed by it is known by name.
    """

    entity_ids: list[str]
    phases: list[PhaseView]
    live: LiveView | None
    result: dict[str, Any]
    causes: list[CauseView]
    api_calls: int
    speed_bytes_s: float | None
    retried_by: list[str]
    only_failed: bool
    retry_cause: str
    can_cancel: bool
    can_retry: bool
    retries_by_cause: bool
    unnarrowed_causes: list[str]


def job_fields(row: JobRow, now: datetime) -> dict[str, Any]:
    """The fields of a `JobView`."""
    summary = msgspec.json.decode(row.summary, type=dict[str, Any])
    return {
        "id": row.id,
        "kind": row.kind,
        "kind_label": kind_label(row.kind),
        "title": row.title,
        "status": row.status,
        "status_label": status_label(row.status),
        "service": row.service,
        "sub_service": row.sub_service,
        "task_id": row.task_id,
        "task_name": row.task_name,
        "storage_id": row.storage_id,
        "item": row.item,
        "destination": row.destination,
        "initiator": InitiatorView(row.initiator_kind, row.initiator_id, row.initiator_name),
        "created_at": row.created,
        "started_at": row.started,
        "ended_at": row.ended,
        "duration_s": duration_s(row, now),
        "backup_time": row.point_time,
        "total_items": _whole(summary.get("files", summary.get("items"))),
        "size_bytes": _whole(summary.get("bytes")),
        "summary": summary,
        "problems": row.problems,
        "attempt": row.attempt,
        "waits_because": row.note,
        "is_cancelling": row.status == "in_progress" and row.cancel_requested is not None,
        "cancelled_by": row.cancelled_by,
        "retry_of": row.retry_of,
        "error": row.error,
        "hint": row.hint,
    }


def duration_s(row: JobRow, now: datetime) -> float | None:
    """From its first start to its end, or until now."""
    if row.started is None:
        return None
    return max(0.0, ((row.ended or now) - row.started).total_seconds())


def speed_bytes_s(row: JobRow, now: datetime) -> float | None:
    """What it handled in a second, over all of its time."""
    size_bytes = _whole(msgspec.json.decode(row.summary).get("bytes"))
    seconds = duration_s(row, now)
    return round(size_bytes / seconds, 1) if size_bytes and seconds else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def stored_phases(row: JobRow) -> list[PhaseView]:
    """The counters when the job ended."""
    return [_phase_view(phase) for phase in msgspec.json.decode(row.phases, type=list[LivePhase])]


def live_view(live: LiveProgress) -> LiveView:
    """A running job."""
    least, most = live.eta_s or (None, None)
    return LiveView(
        phases=[_phase_view(phase) for phase in live.phases],
        elapsed_s=round(live.elapsed_s, 1),
        least_left_s=least,
        most_left_s=most,
        last_sign_of_life=live.last_sign,
        is_hung=live.is_hung,
        pause=live.pause,
        is_cancelling=live.is_cancelling,
        problems=live.problems,
        api_calls=live.api_calls,
        summary=live.summary,
    )


def _phase_view(phase: LivePhase) -> PhaseView:
    return PhaseView(
        name=phase.name,
        unit=phase.unit,
        done=phase.done,
        total=phase.total,
        is_at_least=phase.is_at_least,
        rate=phase.rate,
    )
