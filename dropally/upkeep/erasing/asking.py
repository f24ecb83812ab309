"""Asking for an erasure: who may, of what, and with which words."""

from datetime import datetime

import msgspec

from dropally.auth import audit
from dropally.auth.actors import EVERYTHING, Actor, Place
from dropally.auth.errors import FieldsError, StateError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import connections, entities, erasures, holds, tasks
from dropally.catalog.entities import EntityRow
from dropally.catalog.erasures import ErasureRow
from dropally.catalog.jobs import JobRow
from dropally.catalog.tasks import TaskRow
from dropally.common.errors import NotFoundError
from dropally.common.ids import new_id
from dropally.common.text import search_key
from dropally.jobs.runner import UPKEEP, JobRequest, initiator_of
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.erasing.orders import EraseOrder, EraseParams, seal_order

ERASE = "erase"
_MOST_ITEMS = 1000
_LONGEST_REASON = 500


class ErasureWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to erase from all backups of an entity.

    `paths` are those of lists (`/contracts/jane.pdf`), and stand for all that ever lay there, with
    all below; `item_ids` are Dropbox's ids of files and folders, followed through renames.
    `exclude`: they are never backed up again. `dry_run`: only say what would be erased.
    `reason` stands in the certificate and the audit; `confirm` is the entity's name, as a person
    typed it to be sure. A dry run needs neither.
    """

    paths: list[str] = []
    item_ids: list[str] = []
    exclude: bool = True
    dry_run: bool = False
    reason: str = ""
    confirm: str = ""


def request_erasure(ctx: UpkeepContext, actor: Actor, entity_id: str, wish: ErasureWish) -> JobRow:
    """Have items erased, or counted. Raises ForbiddenError, NotFoundError, FieldsError, StateError."""
    entity, task, team_id = find_entity(ctx, actor, entity_id, Verb.ERASE)
    order = _checked(entity, wish)
    refuse_if_held(ctx, task.storage_id, team_id, [])
    params = EraseParams(
        storage_id=task.storage_id,
        team_id=team_id,
        namespace=entity.namespace,
        entity_name=entity.name,
        order=seal_order(ctx.auth, order),
        erasure_id="" if wish.dry_run else new_id("era_"),
    )
    with ctx.auth.write() as connection:
        job = ctx.runner.submit(_request(params, entity, task, actor), connection)
        if not wish.dry_run:
            erasures.insert_erasure(connection, _row(ctx, actor, params, entity, task, wish, job))
            audit.record(
                connection,
                ctx.now(),
                actor,
                audit.Activity.BACKUP_DELETED,
                f"The erasure of {len(wish.paths) + len(wish.item_ids)} items from all backups of"
                f" {entity.name} was asked for: {wish.reason.strip()}",
                service="dropbox",
                task=task.name,
                target=params.erasure_id,
                details={"entity": entity.id, "excluded": wish.exclude},
            )
    ctx.runner.wake()
    return job


def find_entity(
    ctx: UpkeepContext, actor: Actor, entity_id: str, verb: Verb
) -> tuple[EntityRow, TaskRow, str]:
    """An entity, its task and the team's id. Raises ForbiddenError, NotFoundError."""
    with ctx.auth.read() as connection:
        entity = entities.entity_by_id(connection, entity_id)
        task = tasks.task_by_id(connection, entity.task_id) if entity else None
        team = connections.connection_by_id(connection, task.connection_id) if task else None
    place = Place(entity.task_id, entity.id) if entity else EVERYTHING
    require(ctx.auth, actor, verb, place)
    if entity is None or task is None or team is None:
        raise NotFoundError(f"there is no entity {entity_id}")
    return entity, task, team.team_id


def refuse_if_held(
    ctx: UpkeepContext, storage_id: str, team_id: str, points: list[datetime]
) -> None:
    """Raise StateError `held` for a hold on all restore points, or on one of these."""
    reasons = held_by(ctx, storage_id, team_id, points)
    if reasons:
        raise StateError(
            "held",
            f"a legal hold keeps restore points that have these items: {'; '.join(reasons)}",
            hint="release the hold first, if the law allows that",
        )


def held_by(ctx: UpkeepContext, storage_id: str, team_id: str, points: list[datetime]) -> list[str]:
    """The reasons of the holds in force on all restore points, or on one of these."""
    now = ctx.now()
    with ctx.auth.read() as connection:
        rows = holds.holds_at(connection, storage_id, team_id)
    return [
        row.reason
        for row in rows
        if (row.until is None or now < row.until)
        and (
            (row.start is None and row.end is None)
            or any(
                (row.start is None or row.start <= at) and (row.end is None or at <= row.end)
                for at in points
            )
        )
    ]


def _checked(entity: EntityRow, wish: ErasureWish) -> EraseOrder:
    problems: list[tuple[str, str]] = []
    paths = [_clean(path) for path in wish.paths]
    if not 1 <= len(paths) + len(wish.item_ids) <= _MOST_ITEMS:
        problems.append(("paths", f"name between 1 and {_MOST_ITEMS} items"))
    if "" in paths:
        problems.append(
            ("paths", "a whole member or folder is not erased here: delete its backups")
        )
    if not all(wish.item_ids):
        problems.append(("item_ids", "an id is empty"))
    if not wish.dry_run:
        if not 1 <= len(wish.reason.strip()) <= _LONGEST_REASON:
            problems.append(("reason", f"say why, in up to {_LONGEST_REASON} characters"))
        if search_key(wish.confirm.strip()) != search_key(entity.name):
            problems.append(("confirm", f"type the name to erase from its backups: {entity.name}"))
    if problems:
        raise FieldsError(problems)
    return EraseOrder(paths=tuple(paths), item_ids=tuple(wish.item_ids), exclude=wish.exclude)


def _clean(path: str) -> str:
    return "".join(f"/{part}" for part in path.lower().split("/") if part)


def _request(params: EraseParams, entity: EntityRow, task: TaskRow, actor: Actor) -> JobRequest:
    storage_id, team_id = params.storage_id, params.team_id
    words = "Erase items from" if params.erasure_id else "Look for items to erase in"
    return JobRequest(
        kind=ERASE,
        title=f"{words} all backups of {entity.name}",
        params=params,
        initiator=initiator_of(actor),
        task_id=task.id,
        entity_ids=(entity.id,),
        storage_id=storage_id,
        team_id=team_id,
        # No backup of the team builds on what is being erased, nobody frees space or copies.
        locks=(
            (
                f"team-backup:{storage_id}/{team_id}",
                f"catalog:{storage_id}",
                f"maintenance:{storage_id}",
                "self-backup",
            )
            if params.erasure_id
            else ()
        ),
        priority=UPKEEP,
        task_name=task.name,
        item=entity.name,
    )


def _row(
    ctx: UpkeepContext,
    actor: Actor,
    params: EraseParams,
    entity: EntityRow,
    task: TaskRow,
    wish: ErasureWish,
    job: JobRow,
) -> ErasureRow:
    return ErasureRow(
        id=params.erasure_id,
        state="erasing",
        storage_id=params.storage_id,
        team_id=params.team_id,
        namespace=params.namespace,
        task_id=task.id,
        entity_id=entity.id,
        entity_name=entity.name,
        reason=wish.reason.strip(),
        asked_by=actor.label,
        job_id=job.id,
        asked=ctx.now(),
    )
