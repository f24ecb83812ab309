"""What is common to everything that is asked for a selection: whose items they are, and who may."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog.jobs import JobRow
from dropally.catalog.points import get_point
from dropally.catalog.selections import SelectedRow, SelectionTotals, selection_by_id, totals
from dropally.common.errors import NotFoundError, UsageError
from dropally.jobs.chosen import Chosen
from dropally.jobs.runner import URGENT, JobRequest, initiator_of
from dropally.recovery import selections
from dropally.recovery.context import RecoveryContext, owner_of
from dropally.recovery.entities import RecoverableEntity

REPORTS_KEPT = timedelta(days=90)
"""So long the list of what became of each item can be had."""


@dataclass(frozen=True)
class Asked:
    """A selection that is about to be worked on."""

    rows: Sequence[SelectedRow]
    totals: SelectionTotals
    entities: dict[str, RecoverableEntity]

    @property
    def storage_id(self) -> str:
        """Where all of it lies."""
        return next(iter(self.entities.values())).storage_id

    @property
    def team_id(self) -> str:
        """Whose all of it is."""
        return next(iter(self.entities.values())).team_id

    @property
    def task_id(self) -> str:
        """The task of all of it; "" if it is of several."""
        tasks = {entity.task_id for entity in self.entities.values()}
        return tasks.pop() if len(tasks) == 1 else ""

    @property
    def task_name(self) -> str:
        """That task's name; "" if it is of several."""
        names = {entity.task_name for entity in self.entities.values()}
        return names.pop() if len(names) == 1 else ""

    @property
    def names(self) -> str:
        """Whose backups they are, for a title: the first few by name."""
        names = sorted({entity.name for entity in self.entities.values()})
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

    @property
    def chosen(self) -> tuple[Chosen, ...]:
        """The items as jobs take them."""
        return selections.chosen_items(self.rows, self.entities)


def read_asked(
    ctx: RecoveryContext,
    actor: Actor,
    selection_id: str,
    verb: Callable[[RecoverableEntity], Verb],
) -> Asked:
    """One's selection, if one may do this with all of it. Raises as `read_rows`, ForbiddenError."""
    selections.get(ctx, actor, selection_id)
    asked = read_frozen(ctx, selection_id)
    for entity in asked.entities.values():
        require(ctx.auth, actor, verb(entity), entity.place)
    return asked


def read_frozen(ctx: RecoveryContext, selection_id: str) -> Asked:
    """The items of a selection, whosever it is.

    Raises NotFoundError for entities that are gone, UsageError when there is nothing in it, or
    more than one job can take.
    """
    with ctx.auth.read() as connection:
        rows = selections.all_rows(connection, selection_id)
        counted = totals(connection, selection_id)
    if not any(row.is_included for row in rows):
        raise UsageError("nothing is selected", hint="tick at least one item first")
    ids = dict.fromkeys(row.entity for row in rows)
    entities = {entity_id: ctx.entities.get(entity_id) for entity_id in ids}
    if len({(entity.team_id, entity.storage_id) for entity in entities.values()}) > 1:
        raise UsageError(
            "the selection holds items of several teams or storages",
            hint="restore or download those of one team at a time",
        )
    return Asked(rows, counted, entities)


def read_request(
    connection: sqlite3.Connection, ctx: RecoveryContext, actor: Actor, frozen_id: str
) -> str:
    """The request (JSON) that one has had planned. Raises NotFoundError."""
    row = selection_by_id(connection, frozen_id)
    if row is None or not row.request or row.owner != owner_of(actor) or row.expires <= ctx.now():
        raise NotFoundError(
            f"there is no plan {frozen_id}", hint="plans do not last long: make it anew"
        )
    return row.request


def submit(
    connection: sqlite3.Connection,
    ctx: RecoveryContext,
    actor: Actor,
    asked: Asked,
    kind: Literal["restore", "export"],
    selection_id: str,
    params: msgspec.Struct,
    *,
    locks: tuple[str, ...],
    destination: str,
) -> JobRow:
    """Have a selection worked on as it is now, in the caller's transaction; then wake the runner.

    `params` have a `selection_id`: the job is given that of the frozen copy.
    """
    frozen_id = selections.freeze(
        connection, ctx, actor, selection_id, encode(params), REPORTS_KEPT
    )
    return ctx.runner.submit(
        JobRequest(
            kind=kind,
            title=f"{kind.capitalize()} of {asked.names}",
            params=msgspec.structs.replace(params, selection_id=frozen_id),
            initiator=initiator_of(actor),
            task_id=asked.task_id,
            task_name=asked.task_name,
            item=asked.names,
            entity_ids=tuple(asked.entities),
            storage_id=asked.storage_id,
            team_id=asked.team_id,
            locks=locks,
            priority=URGENT,
            destination=destination,
            point_time=_backup_time(ctx, asked),
        ),
        connection,
    )


def _backup_time(ctx: RecoveryContext, asked: Asked) -> datetime | None:
    """The date of the backup that all of it is taken from; None if it is from several (F128)."""
    points = {row.point for row in asked.rows if row.is_included}
    if len(points) > 1:
        return None
    with ctx.storages.catalog(asked.storage_id).read() as catalog:
        return get_point(catalog, points.pop()).time


def encode(value: msgspec.Struct) -> str:
    """A request as it is kept."""
    return msgspec.json.encode(value).decode()
