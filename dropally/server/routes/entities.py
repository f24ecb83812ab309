"""What tasks protect: members, team folders and shared folders, one by one and many at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from dropally.auth.errors import FieldsError
from dropally.catalog.entity_lists import EntityMark, SortBy
from dropally.protection import acting, entities
from dropally.protection.acting import Action, Selection
from dropally.protection.entities import EntityQuery, EntityView, GroupView
from dropally.server.given import GivenActor, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.paging import (
    DEFAULT_PAGE,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)
from dropally.server.problems import documented
from dropally.server.started import StartedJob, started

_TAGS = ["entities"]
_MOST_IDS = 10_000


class EntityChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Some entities of a task: by `ids`, or, where `ids` is null, all that match the rest."""

    ids: Annotated[list[str], Meta(max_length=_MOST_IDS)] | None = None
    status: list[str] = []
    kind: list[str] = []
    group: list[str] = []
    q: str = ""

    def selection(self) -> Selection:
        """As the room takes it. Raises FieldsError where both ids and a filter are given."""
        if self.ids is not None and (self.status or self.kind or self.group or self.q):
            raise FieldsError([("ids", "give ids, or a filter, not both")])
        query = EntityQuery(tuple(self.status), tuple(self.kind), self.q, tuple(self.group))
        return Selection(None if self.ids is None else tuple(dict.fromkeys(self.ids)), query)


class EntityAction(EntityChoice, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to do with them. `until` ends a pause by itself."""

    action: Action
    until: datetime | None = None


class SkippedEntity(msgspec.Struct, frozen=True):
    """An entity that was left as it is, and why."""

    id: str
    name: str
    reason: str


class ActionResult(msgspec.Struct, frozen=True, kw_only=True):
    """How many were changed. `skipped` holds the first hundred of `skipped_total`.

    `purge`: until when a deletion can be undone.
    """

    changed: int
    changed_ids: list[str]
    skipped: list[SkippedEntity]
    skipped_total: int
    purge: datetime | None = None


class CountedStatus(msgspec.Struct, frozen=True):
    """How many entities of a kind have a status."""

    status: str
    kind: str
    count: int


class EntityCounts(msgspec.Struct, frozen=True):
    """How a task's entities stand."""

    total: int
    counts: list[CountedStatus]


class GroupList(msgspec.Struct, frozen=True):
    """All groups of a team, by name."""

    items: list[GroupView]


@get(
    "/tasks/{task_id:str}/entities",
    operation_id="list_entities",
    summary="What a task protects",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def list_entities(
    parts: GivenParts,
    actor: GivenActor,
    task_id: FromPath[str],
    status: FromQuery[list[str] | None] = None,
    kind: FromQuery[list[str] | None] = None,
    group: FromQuery[list[str] | None] = None,
    q: FromQuery[str] = "",
    sort: FromQuery[SortBy] = "name",
    order: FromQuery[Literal["asc", "desc"]] = "asc",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_PAGE,
) -> Page[EntityView]:
    """Filtered by status words and kinds; `q` finds parts of names and addresses, mull: Müller.

    `group`: only members of these groups of the team, by id or name.
    """
    query = EntityQuery(tuple(status or ()), tuple(kind or ()), q, tuple(group or ()))
    after = decode_cursor(cursor, EntityMark)
    page = entities.list_page(
        parts.protection,
        actor,
        task_id,
        query,
        by=sort,
        descending=order == "desc",
        after=after,
        limit=limit,
    )
    # Counting is cheap through the index, and asked for once a list, not with each page.
    total = None if cursor else entities.count(parts.protection, actor, task_id, query)
    more = encode_cursor(page.next_mark) if page.next_mark else None
    return Page(items=page.items, next_cursor=more, total=total)


@get(
    "/tasks/{task_id:str}/entity-counts",
    operation_id="count_entities",
    summary="How many entities have which status",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def count_entities(parts: GivenParts, actor: GivenActor, task_id: FromPath[str]) -> EntityCounts:
    """For the filter's labels."""
    found = entities.counts(parts.protection, actor, task_id)
    return EntityCounts(
        sum(one.entities for one in found),
        [CountedStatus(one.status, one.kind, one.entities) for one in found],
    )


@get(
    "/tasks/{task_id:str}/groups",
    operation_id="list_groups",
    summary="The groups of a task's team",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def list_groups(parts: GivenParts, actor: GivenActor, task_id: FromPath[str]) -> GroupList:
    """For choosing members by group. As they were when Dropally last looked at the team."""
    return GroupList(entities.groups(parts.protection, actor, task_id))


@post(
    "/tasks/{task_id:str}/entities/actions",
    operation_id="act_on_entities",
    summary="Activate, deactivate, pause, resume, delete or take back many entities",
    tags=_TAGS,
    status_code=200,
    opt={"idempotent": True},
    responses=documented(400, 401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def act_on_entities(
    parts: GivenParts,
    actor: GivenActor,
    task_id: FromPath[str],
    data: JSONBody[EntityAction],
    idempotency_key: IdempotencyKey = "",
) -> ActionResult:
    """All in one go. Where an action makes no sense for an entity, it is skipped and told."""
    if data.until is not None and data.until.tzinfo is None:
        raise FieldsError([("until", "needs a zone, as in 2026-12-01T08:00:00Z")])
    report = acting.act(
        parts.protection, actor, task_id, data.action, data.selection(), until=data.until
    )
    return ActionResult(
        changed=len(report.changed),
        changed_ids=list(report.changed[:_MOST_IDS]),
        skipped=[SkippedEntity(*one) for one in report.skipped],
        skipped_total=report.skipped_total,
        purge=report.purge,
    )


@post(
    "/tasks/{task_id:str}/entities/run",
    operation_id="run_entities",
    summary="Back up some entities now",
    tags=_TAGS,
    status_code=202,
    opt={"idempotent": True},
    responses=documented(400, 401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def run_entities(
    parts: GivenParts,
    actor: GivenActor,
    task_id: FromPath[str],
    data: JSONBody[EntityChoice],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """Those that are active among them; a member brings along the folders mounted there."""
    return started(acting.run_selection(parts.protection, actor, task_id, data.selection()))


@get(
    "/entities/{entity_id:str}",
    operation_id="get_entity",
    summary="One member or folder",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_entity(parts: GivenParts, actor: GivenActor, entity_id: FromPath[str]) -> EntityView:
    """As its task's list shows it."""
    return entities.get_entity(parts.protection, actor, entity_id)


handlers: Sequence[HTTPRouteHandler] = [
    list_entities,
    count_entities,
    list_groups,
    act_on_entities,
    run_entities,
    get_entity,
]
