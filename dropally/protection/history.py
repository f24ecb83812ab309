"""Backups that a storage has of a team from before there was a task.

The direct commands, or an appliance whose database was lost, may have left restore points. The
first task of the team in that storage takes them over: entities get the dates of their first and
last backup, and those that have left the team since are listed as archived.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from dropally.catalog import connections as team_rows
from dropally.catalog import entity_discovery, entity_runs, purge_marks
from dropally.catalog.entity_discovery import FoundEntity
from dropally.catalog.entity_runs import FormerBackups
from dropally.catalog.points import EntitySpan, entity_spans
from dropally.catalog.tasks import TaskRow, is_only_task
from dropally.common.ids import new_id
from dropally.common.text import search_key
from dropally.protection.context import ProtectionContext
from dropally.protection.tasks import refresh


def adopt_history(ctx: ProtectionContext, task: TaskRow) -> int:
    """Take over what the storage's catalog knows of the team; how many entities got a history."""
    with ctx.read() as connection:
        team = team_rows.connection_by_id(connection, task.connection_id)
        if team is None or not is_only_task(connection, task):
            return 0
        purged = purge_marks.purged_until(connection, team.team_id, task.storage_id)
    with ctx.storages.catalog(task.storage_id).read() as catalog:
        spans = entity_spans(catalog, team.team_id)
    former = [_former(span, purged.get(span.entity.namespace)) for span in spans]
    shown = [one for one in former if one is not None]
    if not shown:
        return 0
    with ctx.write() as connection:
        _list_who_left(connection, task, spans, {one.namespace for one in shown}, ctx.now())
        adopted = entity_runs.adopt_backups(connection, task.id, shown)
        entity_runs.refresh_totals(connection, task.connection_id, task.id)
        refresh(connection, task.connection_id)
    return adopted


def _former(span: EntitySpan, purged_until: datetime | None) -> FormerBackups | None:
    """None for what an admin deleted since."""
    first = span.first_backup
    if purged_until is not None:
        if span.last_backup <= purged_until:
            return None
        first = max(first, purged_until)
    totals = span.totals
    return FormerBackups(
        span.entity.namespace,
        first,
        span.last_backup,
        totals.files,
        totals.folders,
        totals.size_bytes,
    )


def _list_who_left(
    connection: sqlite3.Connection,
    task: TaskRow,
    spans: Iterable[EntitySpan],
    shown: set[str],
    now: datetime,
) -> None:
    known = {row.entity.identity for row in entity_discovery.known_entities(connection, task.id)}
    left = (_as_found(span) for span in spans if span.entity.namespace in shown)
    gone = [(new_id("ent_"), entity) for entity in left if entity.identity not in known]
    entity_discovery.insert_entities(connection, task.id, gone, activated=frozenset(), now=now)
    entity_discovery.archive_entities(connection, _ids(gone), now)


def _ids(found: Sequence[tuple[str, FoundEntity]]) -> list[str]:
    return [entity_id for entity_id, _ in found]


def _as_found(span: EntitySpan) -> FoundEntity:
    facts = span.entity
    is_member = facts.kind == "member"
    return FoundEntity(
        identity=facts.member if is_member else facts.namespace,
        kind=facts.kind,
        namespace=facts.namespace,
        name=facts.name,
        email=facts.name if is_member else "",
        name_key=search_key(facts.name),
        search_key=search_key(facts.name),
        dropbox_status="",
    )
