"""Entities of tasks held against the team as it was found: what is new, renamed, gone or back."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from dropally.catalog.moments import to_micros


class FoundEntity(NamedTuple):
    """An entity as a look at the team found it."""

    identity: str
    kind: str
    namespace: str
    name: str
    email: str
    name_key: str
    search_key: str
    dropbox_status: str


class KnownEntity(NamedTuple):
    """An entity as a task has it, for comparing with what was found.

    `is_wanted`: it is to be backed up. `is_kept`: its row is worth keeping when it is gone from
    the team: it has backups, or is to have some.
    """

    id: str
    entity: FoundEntity
    is_wanted: bool
    is_archived: bool
    is_kept: bool


def known_entities(connection: sqlite3.Connection, task_id: str) -> list[KnownEntity]:
    """What a task has."""
    rows = connection.execute(
        "SELECT id, is_activated AND deleted_us IS NULL, archived_us IS NOT NULL,"
        " is_activated OR first_backup_us IS NOT NULL OR deleted_us IS NOT NULL,"
        " identity, kind, namespace, name, email, name_key, search_key, dropbox_status"
        " FROM entity WHERE task = ?",
        (task_id,),
    )
    return [
        KnownEntity(row[0], FoundEntity(*row[4:]), bool(row[1]), bool(row[2]), bool(row[3]))
        for row in rows
    ]


def wanted_elsewhere(
    connection: sqlite3.Connection, connection_id: str, task_id: str
) -> frozenset[str]:
    """The namespaces that other tasks of a team are to back up."""
    rows = connection.execute(
        "SELECT namespace FROM task JOIN entity ON entity.task = task.id"
        " WHERE connection = ? AND task.id <> ? AND task.deleted_us IS NULL AND is_activated"
        " AND entity.deleted_us IS NULL AND archived_us IS NULL",
        (connection_id, task_id),
    )
    return frozenset(row[0] for row in rows)


def insert_entities(
    connection: sqlite3.Connection,
    task_id: str,
    found: Iterable[tuple[str, FoundEntity]],
    *,
    activated: frozenset[str],
    now: datetime,
) -> None:
    """New entities with their ids; those whose identity is in `activated` are to be backed up."""
    micros = to_micros(now)
    connection.executemany(
        "INSERT INTO entity (id, task, identity, kind, namespace, name, email, name_key,"
        " search_key, dropbox_status, is_activated, activated_us, status)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'Not Active')",
        (
            (entity_id, task_id, *entity, 1, micros)
            if entity.identity in activated
            else (entity_id, task_id, *entity, 0, None)
            for entity_id, entity in found
        ),
    )


def rename_entities(
    connection: sqlite3.Connection, found: Iterable[tuple[str, FoundEntity]]
) -> None:
    """Give entities the names, addresses and namespaces they have now."""
    connection.executemany(
        "UPDATE entity SET kind = ?, namespace = ?, name = ?, email = ?, name_key = ?,"
        " search_key = ?, dropbox_status = ? WHERE id = ?",
        (
            (
                entity.kind,
                entity.namespace,
                entity.name,
                entity.email,
                entity.name_key,
                entity.search_key,
                entity.dropbox_status,
                entity_id,
            )
            for entity_id, entity in found
        ),
    )


def archive_entities(
    connection: sqlite3.Connection, entity_ids: Iterable[str], now: datetime
) -> None:
    """These have left the team."""
    micros = to_micros(now)
    connection.executemany(
        "UPDATE entity SET archived_us = ? WHERE id = ?", ((micros, one) for one in entity_ids)
    )


def bring_back_entities(connection: sqlite3.Connection, entity_ids: Iterable[str]) -> None:
    """These are in the team again."""
    connection.executemany(
        "UPDATE entity SET archived_us = NULL WHERE id = ?", ((one,) for one in entity_ids)
    )


def remove_entities(connection: sqlite3.Connection, entity_ids: Iterable[str]) -> None:
    """Forget the rows."""
    connection.executemany("DELETE FROM entity WHERE id = ?", ((one,) for one in entity_ids))


def known_mounts(connection: sqlite3.Connection, connection_id: str) -> frozenset[tuple[str, str]]:
    """Who mounted what at the last look, as (namespace, member)."""
    rows = connection.execute(
        "SELECT namespace, member FROM team_mount WHERE connection = ?", (connection_id,)
    )
    return frozenset((namespace, member) for namespace, member in rows)


def replace_mounts(
    connection: sqlite3.Connection, connection_id: str, mounts: frozenset[tuple[str, str]]
) -> None:
    """Who mounts what now, as (namespace, member); only differences are written."""
    before = known_mounts(connection, connection_id)
    connection.executemany(
        "DELETE FROM team_mount WHERE connection = ? AND namespace = ? AND member = ?",
        [(connection_id, *mount) for mount in before - mounts],
    )
    connection.executemany(
        "INSERT INTO team_mount (connection, namespace, member) VALUES (?, ?, ?)",
        [(connection_id, *mount) for mount in sorted(mounts - before)],
    )
