"""Jobs as far as somebody may see them, and what they may do with them."""

import sqlite3
from collections.abc import Sequence

from dropally.auth import audit
from dropally.auth.actors import EVERYTHING, NOWHERE, Actor, Place, Reach
from dropally.auth.errors import FieldsError
from dropally.auth.guard import require
from dropally.auth.permissions import allowed, reach_of
from dropally.auth.verbs import Verb
from dropally.catalog import job_details, jobs
from dropally.catalog.job_lists import JobFilter, is_seen
from dropally.catalog.jobs import JobRow
from dropally.catalog.reached import Reached
from dropally.jobs.runner import initiator_of
from dropally.server.parts import Parts

# Without a rule of the room that knows the kind, the strictest right counts.
_RETRY_VERBS: dict[str, tuple[Verb, ...]] = {
    "backup": (Verb.TASK_RUN,),
    "restore": (Verb.RESTORE_ELSEWHERE, Verb.RESTORE_REPLACE),
    "export": (Verb.EXPORT,),
    "erase": (Verb.ERASE,),
}
# Kinds that know which of their items failed by which cause.
_RETRIED_BY_CAUSE = frozenset({"backup", "restore"})
# Of these, those that know it from the problems of the job, which keeps the first thousand only.
_BY_KEPT_PROBLEMS = frozenset({"backup"})
_APPLIANCE_VERBS = (Verb.APPLIANCE_MANAGE,)


def reached_by(parts: Parts, actor: Actor, verb: Verb) -> tuple[Reached, ...]:
    """The places that lists are narrowed to; none is everywhere. Raises ForbiddenError."""
    reaches = reach_of(actor, verb)
    if NOWHERE in reaches:
        require(parts.auth, actor, verb)
    return tuple(_as_reached(reach) for reach in reaches if not reach.everywhere)


def _as_reached(reach: Reach) -> Reached:
    return Reached(reach.tasks, reach.entities)


def seen_by(parts: Parts, actor: Actor) -> JobFilter:
    """Everything that the actor may see: their own jobs, and those within reach."""
    own_id = actor.id if actor.kind == "user" else ""
    return JobFilter(reached=reached_by(parts, actor, Verb.JOB_READ), own_id=own_id)


def find_job(parts: Parts, actor: Actor, job_id: str) -> JobRow:
    """The job, if the actor may see it. Raises NotFoundError, ForbiddenError."""
    seen = seen_by(parts, actor)
    row = parts.runner.get(job_id)
    with parts.auth.read() as connection:
        if is_seen(connection, row, seen):
            return row
    places = places_of(parts, row)
    require(parts.auth, actor, Verb.JOB_READ, places[0] if len(places) == 1 else EVERYTHING)
    raise AssertionError("what the query does not show, the guard does not allow")


def places_of(parts: Parts, row: JobRow) -> tuple[Place, ...]:
    """What a job is about: each of its entities, or its task, or the whole appliance."""
    with parts.auth.read() as connection:
        entity_ids = jobs.entities_of(connection, row.number)
    if entity_ids:
        return tuple(Place(row.task_id, entity_id) for entity_id in entity_ids)
    return (Place(row.task_id),)


def cancel_job(parts: Parts, actor: Actor, job_id: str) -> JobRow:
    """Ask for its end. Raises NotFoundError, ForbiddenError, ConflictError."""
    row = find_job(parts, actor, job_id)
    for place in places_of(parts, row):
        require(parts.auth, actor, Verb.JOB_CANCEL, place)
    with parts.auth.write() as connection:
        row = parts.runner.cancel(job_id, initiator_of(actor), connection)
        audit.record(
            connection,
            parts.clock.now(),
            actor,
            audit.Activity.TASK_CANCELLED,
            audit.CANCELLATION_RECEIVED,
            service=row.service,
            task=row.task_name,
            target=row.id,
            details={"kind": row.kind, "title": row.title},
        )
    parts.runner.wake()
    return row


def retry_job(
    parts: Parts, actor: Actor, job_id: str, *, only_failed: bool, cause: str = ""
) -> JobRow:
    """Do it again; with a `cause`, only what failed by it.

    Raises NotFoundError, ForbiddenError, ConflictError while it is unfinished, FieldsError for a
    cause that nothing failed by, or that this kind of job cannot be narrowed to.
    """
    row = find_job(parts, actor, job_id)
    for verb, place in _retry_rights(parts, row):
        require(parts.auth, actor, verb, place)
    if cause:
        _check_cause(parts, row, cause)
    with parts.auth.write() as connection:
        again = parts.runner.retry(
            job_id, initiator_of(actor), connection, only_failed=only_failed, cause=cause
        )
        audit.record(
            connection,
            parts.clock.now(),
            actor,
            audit.Activity.TASK_RETRIED,
            f"{row.title}: asked for again.",
            service=row.service,
            task=row.task_name,
            target=again.id,
            details={
                "kind": row.kind,
                "retry_of": row.id,
                "only_failed": only_failed,
                "cause": cause,
            },
        )
    parts.runner.wake()
    return again


def retries_by_cause(row: JobRow) -> bool:
    """Whether a retry can be narrowed to what failed by one cause."""
    return row.kind in _RETRIED_BY_CAUSE


def unnarrowed_causes(connection: sqlite3.Connection, row: JobRow) -> list[str]:
    """Causes by which a retry is not narrowed: not all that failed by them is known by name."""
    if row.kind not in _BY_KEPT_PROBLEMS:
        return []
    return job_details.partly_kept(connection, row.number)


def _check_cause(parts: Parts, row: JobRow, cause: str) -> None:
    if not retries_by_cause(row):
        raise FieldsError([("cause", f"a job of the kind {row.kind} is repeated as a whole")])
    with parts.auth.read() as connection:
        known = {one.cause for one in job_details.causes_of(connection, row.number)}
    if cause not in known:
        told = ", ".join(sorted(known)) or "nothing failed"
        raise FieldsError([("cause", f"nothing failed by it; known: {told}")])


def _retry_rights(parts: Parts, row: JobRow) -> Sequence[tuple[Verb, Place]]:
    known = parts.retry_rights.get(row.kind)
    if known is not None:
        return known(row)
    verbs = _RETRY_VERBS.get(row.kind, _APPLIANCE_VERBS)
    return [(verb, place) for verb in verbs for place in places_of(parts, row)]


def may_cancel(parts: Parts, actor: Actor, row: JobRow) -> bool:
    """Whether to show the button."""
    if row.is_finished:
        return False
    return all(allowed(actor, Verb.JOB_CANCEL, place).is_allowed for place in places_of(parts, row))


def may_retry(parts: Parts, actor: Actor, row: JobRow) -> bool:
    """Whether to show the button. It may still ask for the password."""
    if not row.is_finished:
        return False
    decisions = [allowed(actor, verb, place) for verb, place in _retry_rights(parts, row)]
    return all(one.is_allowed or one.reason == "reauthentication_required" for one in decisions)
