"""What doing a restore or an export again needs: the rights that it needed at first."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from dropally.auth.actors import Place
from dropally.auth.verbs import Verb
from dropally.catalog.jobs import JobRow, entities_of, params_of
from dropally.common.errors import NotFoundError
from dropally.recovery.context import RecoveryContext
from dropally.recovery.exporting import ExportParams
from dropally.recovery.restoring import RestoreParams, rights_for

RetryRights = Callable[[JobRow], Sequence[tuple[Verb, Place]]]


def retry_rights(ctx: RecoveryContext) -> Mapping[str, RetryRights]:
    """By kind of job. Asked for every job of a list, so nothing but the job is looked at."""
    return {"restore": partial(_restore, ctx), "export": partial(_export, ctx)}


def _restore(ctx: RecoveryContext, row: JobRow) -> Sequence[tuple[Verb, Place]]:
    params = msgspec.json.decode(_params(ctx, row), type=RestoreParams)
    target = None
    if params.target_entity_id:
        target = _place(ctx, row, params.target_entity_id)
    return rights_for(_places(ctx, row), target, params)


def _export(ctx: RecoveryContext, row: JobRow) -> Sequence[tuple[Verb, Place]]:
    params = msgspec.json.decode(_params(ctx, row), type=ExportParams)
    verbs = [Verb.EXPORT, Verb.CONTENT_DOWNLOAD] if params.to == "download" else [Verb.EXPORT]
    return [(verb, place) for place in _places(ctx, row).values() for verb in verbs]


def _params(ctx: RecoveryContext, row: JobRow) -> bytes:
    with ctx.auth.read() as connection:
        return params_of(connection, row.id)


def _places(ctx: RecoveryContext, row: JobRow) -> dict[str, Place]:
    with ctx.auth.read() as connection:
        entity_ids = entities_of(connection, row.number)
    return {entity_id: _place(ctx, row, entity_id) for entity_id in entity_ids}


def _place(ctx: RecoveryContext, row: JobRow, entity_id: str) -> Place:
    """The entity's place; of one that is gone, as the job knew it."""
    if row.task_id:
        return Place(row.task_id, entity_id)
    try:
        return ctx.entities.get(entity_id).place
    except NotFoundError:
        return Place("", entity_id)
