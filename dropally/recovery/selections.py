"""The basket: items ticked across folders, entities and restore points, kept on the server.

Ticking a folder means everything below it; leaving an item of it out again is kept as just that, so
that a folder of a million files less one is two rows. A selection belongs to whoever made it, and
goes when nobody has used it for some days.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from dropally.auth.actors import Actor, Place
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import selections
from dropally.catalog.selections import SelectedRow, SelectionRow
from dropally.common.errors import NotFoundError, UsageError
from dropally.common.ids import new_id
from dropally.jobs.chosen import Chosen
from dropally.recovery.context import RecoveryContext, owner_of
from dropally.recovery.entities import RecoverableEntity
from dropally.recovery.looking import look
from dropally.recovery.trees import located, shown_path

KEPT_UNUSED = timedelta(days=7)
MOST_ROWS = 10_000
_PAGE = 500


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """An item to put into a selection or to leave out: path "" is all an entity has at a point.

    `point_id` may be `latest`. Without `entity_id`, everything that the task's members and folders
    have at that point.
    """

    entity_id: str = ""
    point_id: str
    path: str = ""
    task_id: str = ""


class SelectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A selection and what it comes to."""

    id: str
    created: datetime
    expires: datetime
    items: int
    files: int
    folders: int
    size_bytes: int


def create(ctx: RecoveryContext, actor: Actor) -> SelectionView:
    """A new, empty selection. Raises ForbiddenError."""
    ctx.require_somewhere(actor, Verb.CONTENT_BROWSE)
    now = ctx.now()
    selection_id = new_id("sel_")
    with ctx.auth.write() as connection:
        selections.delete_expired(connection, now)
        selections.insert_selection(
            connection, selection_id, owner_of(actor), now, now + KEPT_UNUSED
        )
        return _view(connection, _own(connection, ctx, actor, selection_id))


def get(ctx: RecoveryContext, actor: Actor, selection_id: str) -> SelectionView:
    """A selection of one's own. Raises NotFoundError, also for that of somebody else."""
    ctx.require_somewhere(actor, Verb.CONTENT_BROWSE)
    with ctx.auth.read() as connection:
        return _view(connection, _own(connection, ctx, actor, selection_id))


def list_own(ctx: RecoveryContext, actor: Actor, limit: int = 50) -> list[SelectionView]:
    """One's selections, newest first."""
    ctx.require_somewhere(actor, Verb.CONTENT_BROWSE)
    now = ctx.now()
    with ctx.auth.read() as connection:
        rows = selections.selections_of(connection, owner_of(actor), limit)
        return [_view(connection, row) for row in rows if row.expires > now]


def delete(ctx: RecoveryContext, actor: Actor, selection_id: str) -> None:
    """Forget a selection. Raises NotFoundError."""
    ctx.require_somewhere(actor, Verb.CONTENT_BROWSE)
    with ctx.auth.write() as connection:
        _own(connection, ctx, actor, selection_id)
        selections.delete_selection(connection, selection_id)


def list_rows(
    ctx: RecoveryContext,
    actor: Actor,
    selection_id: str,
    *,
    after: tuple[str, str, str] | None = None,
    limit: int = 100,
) -> list[SelectedRow]:
    """The rows behind (entity, point, path): what was ticked, and what was left out of that."""
    ctx.require_somewhere(actor, Verb.CONTENT_BROWSE)
    with ctx.auth.read() as connection:
        _own(connection, ctx, actor, selection_id)
        if after is None:
            return selections.selected_rows(connection, selection_id, limit=limit)
        return selections.selected_rows(connection, selection_id, after=after, limit=limit)


def add(
    ctx: RecoveryContext, actor: Actor, selection_id: str, ticks: Sequence[Tick]
) -> SelectionView:
    """Put items in, each with everything below it; all or none of them.

    Raises NotFoundError, ForbiddenError, UsageError when the selection gets too long.
    """
    return _change(ctx, actor, selection_id, ticks, is_included=True)


def remove(
    ctx: RecoveryContext, actor: Actor, selection_id: str, ticks: Sequence[Tick]
) -> SelectionView:
    """Leave items out, each with everything below it; all or none of them. Raises as `add`."""
    return _change(ctx, actor, selection_id, ticks, is_included=False)


def clear(ctx: RecoveryContext, actor: Actor, selection_id: str) -> SelectionView:
    """Take everything out. Raises NotFoundError."""
    ctx.require_somewhere(actor, Verb.CONTENT_BROWSE)
    with ctx.auth.write() as connection:
        row = _own(connection, ctx, actor, selection_id)
        selections.clear_all(connection, selection_id)
        return _view(connection, row)


def _change(
    ctx: RecoveryContext,
    actor: Actor,
    selection_id: str,
    ticks: Sequence[Tick],
    *,
    is_included: bool,
) -> SelectionView:
    get(ctx, actor, selection_id)
    rows = list(_looked_up(ctx, actor, ticks, is_included=is_included))
    with ctx.auth.write() as connection:
        found = _own(connection, ctx, actor, selection_id)
        for row in rows:
            _set(connection, selection_id, row)
        if selections.count_rows(connection, selection_id) > MOST_ROWS:
            raise UsageError(
                f"a selection holds at most {MOST_ROWS:,} items",
                hint="tick whole folders instead of what is in them",
            )
        expires = ctx.now() + KEPT_UNUSED
        selections.keep_until(connection, selection_id, expires)
        return _view(connection, found._replace(expires=expires))


def _set(connection: sqlite3.Connection, selection_id: str, row: SelectedRow) -> None:
    """Make an item and all below it so; a row is kept only where the folder above says otherwise."""
    at = (selection_id, row.entity, row.point)
    selections.clear_below(connection, *at, row.path)
    above = bool(row.path) and selections.is_included(connection, *at, row.path.rpartition("/")[0])
    if above != row.is_included:
        selections.insert_row(connection, selection_id, row)


def _looked_up(
    ctx: RecoveryContext, actor: Actor, ticks: Sequence[Tick], *, is_included: bool
) -> Iterator[SelectedRow]:
    """What the catalog says of each; every entity is opened once for neighbouring ticks."""
    single = [one for tick in ticks for one in _expanded(ctx, actor, tick)]
    for (entity_id, point_id), group in groupby(single, lambda t: (t.entity_id, t.point_id)):
        entity = ctx.entity(actor, entity_id, Verb.CONTENT_BROWSE)
        with look(ctx, entity, point_id) as opened:
            for tick in group:
                item = located(opened, tick.path)
                yield SelectedRow(
                    entity.id,
                    opened.point.id,
                    item.path,
                    is_included,
                    item.kind,
                    shown_path(opened, item.path),
                    item.files,
                    item.folders,
                    item.size_bytes,
                )
            point_time = opened.point.time
        ctx.access_log.note(ctx.auth, actor, "browsed", entity, point_time=point_time)


def _expanded(ctx: RecoveryContext, actor: Actor, tick: Tick) -> list[Tick]:
    """A whole task as its members and folders, as far as that restore point has them."""
    if tick.entity_id or not tick.task_id:
        return [tick]
    require(ctx.auth, actor, Verb.CONTENT_BROWSE, Place(tick.task_id))
    found: list[Tick] = []
    for entity in ctx.entities.of_task(tick.task_id):
        try:
            with look(ctx, entity, tick.point_id):
                found.append(Tick(entity_id=entity.id, point_id=tick.point_id))
        except NotFoundError:
            continue
    if not found:
        raise NotFoundError("the task has no backup at this restore point")
    return found


# -- for jobs ----------------------------------------------------------------------------------


def freeze(
    connection: sqlite3.Connection,
    ctx: RecoveryContext,
    actor: Actor,
    selection_id: str,
    request: str,
    kept: timedelta,
) -> str:
    """A copy that does not change any more, with what is to be done with it; its id.

    Whoever calls has made sure that the selection is the actor's.
    """
    now = ctx.now()
    frozen_id = new_id("sel_")
    selections.insert_selection(connection, frozen_id, owner_of(actor), now, now + kept, request)
    selections.copy_rows(connection, selection_id, frozen_id)
    return frozen_id


def all_rows(connection: sqlite3.Connection, selection_id: str) -> list[SelectedRow]:
    """Every row of a selection, by entity, point and path."""
    found: list[SelectedRow] = []
    after = ("", "", "\0")
    while page := selections.selected_rows(connection, selection_id, after=after, limit=_PAGE):
        found += page
        after = (page[-1].entity, page[-1].point, page[-1].path)
    return found


def chosen_items(
    rows: Sequence[SelectedRow], entities: dict[str, RecoverableEntity]
) -> tuple[Chosen, ...]:
    """The rows of a selection as jobs take them: each included item with what it lacks."""
    found: list[Chosen] = []
    for (entity_id, point), group in groupby(rows, lambda row: (row.entity, row.point)):
        of_point = list(group)
        left_out = [row.path for row in of_point if not row.is_included]
        namespace = entities[entity_id].namespace
        for row in of_point:
            if row.is_included:
                without = tuple(path for path in left_out if path.startswith(f"{row.path}/"))
                found.append(Chosen(namespace, point, row.path, without))
    return tuple(found)


def _own(
    connection: sqlite3.Connection, ctx: RecoveryContext, actor: Actor, selection_id: str
) -> SelectionRow:
    row = selections.selection_by_id(connection, selection_id)
    if row is None or row.owner != owner_of(actor) or row.request or row.expires <= ctx.now():
        raise NotFoundError(
            f"there is no selection {selection_id}",
            hint="it may have been unused for too long: begin a new one",
        )
    return row


def _view(connection: sqlite3.Connection, row: SelectionRow) -> SelectionView:
    totals = selections.totals(connection, row.id)
    return SelectionView(
        id=row.id,
        created=row.created,
        expires=row.expires,
        items=totals.items,
        files=totals.files,
        folders=totals.folders,
        size_bytes=totals.size_bytes,
    )
