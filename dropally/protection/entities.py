"""What a task protects, as people see it: pages, filters, one row."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from dropally.auth.actors import Actor, Place
from dropally.auth.errors import FieldsError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import tasks as task_rows
from dropally.catalog.entities import EntityRow, entity_by_id
from dropally.catalog.entity_lists import (
    EntityFilter,
    EntityMark,
    SortBy,
    StatusCount,
    count_by_status,
    count_entities,
    list_entities,
    mark_of,
)
from dropally.catalog.team_groups import groups_of_task
from dropally.common.errors import NotFoundError
from dropally.common.text import search_key
from dropally.protection.context import ProtectionContext
from dropally.protection.reaching import TaskReach, reach_in_task
from dropally.protection.status import STATUSES
from dropally.protection.task_views import existing

KINDS = ("member", "team folder", "shared folder", "app folder")


class Elsewhere(msgspec.Struct, frozen=True):
    """The other task that backs an entity up."""

    task_id: str
    task_name: str


class CoveredBy(msgspec.Struct, frozen=True):
    """The member with whom a shared folder is backed up."""

    entity_id: str
    name: str


class EntityView(msgspec.Struct, frozen=True, kw_only=True):
    """An entity as people see it (F67, F82). Sizes of a member count mounted folders too."""

    id: str
    task_id: str
    kind: str
    name: str
    email: str
    namespace: str
    status: str
    dropbox_status: str
    is_activated: bool
    paused_until: datetime | None
    archived: datetime | None
    deleted: datetime | None
    purge: datetime | None
    elsewhere: Elsewhere | None
    covered_by: CoveredBy | None
    job_id: str
    first_backup: datetime | None
    last_backup: datetime | None
    last_try: datetime | None
    last_point: str
    files: int
    folders: int
    bytes: int
    problems: int
    last_error: str
    last_hint: str


class GroupView(msgspec.Struct, frozen=True):
    """A group of the team, and how many of its members the task knows."""

    id: str
    name: str
    members: int


@dataclass(frozen=True)
class EntityQuery:
    """Which entities of a task: by status, kind, a part of name or address. Empty: all.

    `groups`: members of any of these groups of the team, by id or name.
    """

    statuses: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    name_part: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class EntityPage:
    """One page, and where the next one begins; None at the end."""

    items: list[EntityView]
    next_mark: EntityMark | None


def list_page(
    ctx: ProtectionContext,
    actor: Actor,
    task_id: str,
    query: EntityQuery,
    *,
    by: SortBy = "name",
    descending: bool = False,
    after: EntityMark | None = None,
    limit: int = 100,
) -> EntityPage:
    """The next page of a task's entities, as far as the actor may see them.

    Raises ForbiddenError, NotFoundError; FieldsError for a status or kind that is none.
    """
    reach = readable(ctx, actor, task_id)
    with ctx.read() as connection:
        rows = list_entities(
            connection,
            filter_of(task_id, query, reach),
            by=by,
            descending=descending,
            after=after,
            limit=limit + 1,
        )
        views = _views(connection, rows[:limit])
    more = mark_of(rows[limit - 1], by) if len(rows) > limit else None
    return EntityPage(views, more)


def count(ctx: ProtectionContext, actor: Actor, task_id: str, query: EntityQuery) -> int:
    """How many match. Raises as `list_page`."""
    reach = readable(ctx, actor, task_id)
    with ctx.read() as connection:
        return count_entities(connection, filter_of(task_id, query, reach))


def counts(ctx: ProtectionContext, actor: Actor, task_id: str) -> list[StatusCount]:
    """How many of each kind have each status. Raises ForbiddenError, NotFoundError."""
    reach = readable(ctx, actor, task_id)
    with ctx.read() as connection:
        return count_by_status(connection, task_id, reach.entity_ids)


def groups(ctx: ProtectionContext, actor: Actor, task_id: str) -> list[GroupView]:
    """The groups of the task's team, by name. Raises ForbiddenError, NotFoundError."""
    readable(ctx, actor, task_id)
    with ctx.read() as connection:
        return [GroupView(*group) for group in groups_of_task(connection, task_id)]


def get_entity(ctx: ProtectionContext, actor: Actor, entity_id: str) -> EntityView:
    """One entity. Raises ForbiddenError, NotFoundError."""
    with ctx.read() as connection:
        row = existing_entity(connection, entity_id)
    require(ctx.auth, actor, Verb.TASK_READ, Place(row.task_id, row.id))
    with ctx.read() as connection:
        return _views(connection, [row])[0]


def existing_entity(connection: sqlite3.Connection, entity_id: str) -> EntityRow:
    """The entity with this id. Raises NotFoundError."""
    row = entity_by_id(connection, entity_id)
    if row is None:
        raise NotFoundError(f"there is no entity {entity_id}")
    return row


def readable(ctx: ProtectionContext, actor: Actor, task_id: str) -> TaskReach:
    """What of a task the actor may see. Raises ForbiddenError if nothing, NotFoundError."""
    with ctx.read() as connection:
        existing(connection, task_id)
        reach = reach_in_task(connection, actor, Verb.TASK_READ, task_id)
    if reach.is_empty:
        require(ctx.auth, actor, Verb.TASK_READ, Place(task_id))
    return reach


def filter_of(task_id: str, query: EntityQuery, reach: TaskReach) -> EntityFilter:
    """The query, narrowed to what is reached. Raises FieldsError."""
    problems = [
        ("status", f"{word!r} is none of: {', '.join(STATUSES)}")
        for word in query.statuses
        if word not in STATUSES
    ]
    problems += [
        ("kind", f"{word!r} is none of: {', '.join(KINDS)}")
        for word in query.kinds
        if word not in KINDS
    ]
    if problems:
        raise FieldsError(problems)
    return EntityFilter(
        task_id,
        query.statuses,
        query.kinds,
        search_key(query.name_part.strip()),
        reach.entity_ids,
        # An id is no name in its search form, and the other way round: both are looked for.
        tuple({*query.groups, *(search_key(group.strip()) for group in query.groups)}),
    )


def _views(connection: sqlite3.Connection, rows: Sequence[EntityRow]) -> list[EntityView]:
    tasks: dict[str, Elsewhere | None] = {"": None}
    members: dict[str, CoveredBy | None] = {"": None}
    for row in rows:
        if row.elsewhere not in tasks:
            task = task_rows.task_by_id(connection, row.elsewhere)
            tasks[row.elsewhere] = Elsewhere(task.id, task.name) if task else None
        if row.covered_by not in members:
            member = entity_by_id(connection, row.covered_by)
            members[row.covered_by] = CoveredBy(member.id, member.name) if member else None
    return [_view(row, tasks[row.elsewhere], members[row.covered_by]) for row in rows]


def _view(row: EntityRow, elsewhere: Elsewhere | None, covered_by: CoveredBy | None) -> EntityView:
    return EntityView(
        id=row.id,
        task_id=row.task_id,
        kind=row.kind,
        name=row.name,
        email=row.email,
        namespace=row.namespace,
        status=row.status,
        dropbox_status=row.dropbox_status,
        is_activated=row.is_activated,
        paused_until=row.paused_until,
        archived=row.archived,
        deleted=row.deleted,
        purge=row.purge,
        elsewhere=elsewhere,
        covered_by=covered_by,
        job_id=row.job,
        first_backup=row.first_backup,
        last_backup=row.last_backup,
        last_try=row.last_try,
        last_point=row.last_point,
        files=row.files,
        folders=row.folders,
        bytes=row.bytes,
        problems=row.problems,
        last_error=row.last_error,
        last_hint=row.last_hint,
    )
