"""The report of a restore: what became of each item, as a table that spreadsheets open safely."""

from collections.abc import Iterator

from dropally.auth.actors import Actor, Place
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog.jobs import JobRow, entities_of
from dropally.catalog.restore_log import ItemOutcome, RestoreLog
from dropally.common.errors import ConflictError, NotFoundError
from dropally.common.spreadsheet import Cell, csv_pieces
from dropally.recovery.context import RecoveryContext
from dropally.recovery.restore_job import log_path

_HEADER = ("Item", "Size in bytes", "Outcome", "Restored as", "Detail")


def restore_report(
    ctx: RecoveryContext, actor: Actor, job_id: str, *, bom: bool = False
) -> Iterator[bytes]:
    """A CSV file, piece by piece. Raises NotFoundError, ConflictError, ForbiddenError at once."""
    job = ctx.runner.get(job_id)
    if job.kind != "restore":
        raise NotFoundError(f"{job_id} is no restore")
    require_job(ctx, actor, job, Verb.CONTENT_BROWSE)
    path = log_path(ctx, job_id)
    if not path.exists():
        if not job.is_finished:
            raise ConflictError("not_planned", "nothing is planned yet", hint="ask again later")
        raise NotFoundError(
            "the report is not kept any more, or the restore ended before it had a plan"
        )
    return csv_pieces(_HEADER, _rows(RestoreLog(path)), bom=bom)


def require_job(ctx: RecoveryContext, actor: Actor, job: JobRow, verb: Verb) -> None:
    """Ask for a right to everything that a job is about. Raises ForbiddenError."""
    with ctx.auth.read() as connection:
        entity_ids = entities_of(connection, job.number)
    for entity_id in entity_ids or ("",):
        task_id = job.task_id
        if entity_id and not task_id:
            task_id = ctx.entities.get(entity_id).task_id
        require(ctx.auth, actor, verb, Place(task_id, entity_id))


def _rows(log: RestoreLog) -> Iterator[list[Cell]]:
    try:
        for item in log.outcomes():
            yield [item.source, item.size_bytes, _outcome(item), _restored_as(item), _detail(item)]
    finally:
        log.close()


def _outcome(item: ItemOutcome) -> str:
    if item.state is None:
        return "not restored yet"
    if item.action == "folder" and item.state == "restored":
        return "folder made"
    return {"renamed": "restored beside", "identical": "there already"}.get(item.state, item.state)


def _restored_as(item: ItemOutcome) -> str:
    if item.state == "renamed":
        return item.detail
    return item.path if item.state in {"restored", "identical"} else ""


def _detail(item: ItemOutcome) -> str:
    return "" if item.state == "renamed" else item.detail
