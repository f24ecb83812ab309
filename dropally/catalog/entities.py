"""What tasks protect, row by row, in `dropally.db`: members, team folders, shared folders.

A row belongs to one task; what it is, is told by `identity`: the member's id, or the namespace of
a folder. Names and addresses may change at any time. `status` is derived from the other columns
whenever one of them changes, so that lists can be filtered by it through an index.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros_or_none, to_micros

MIGRATIONS = Migrations("entities")

_CREATE = (
    """
    CREATE TABLE entity (
      id TEXT PRIMARY KEY,
      task TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
      identity TEXT NOT NULL,               -- member id, or namespace of a folder
      kind TEXT NOT NULL CHECK (kind IN ('member', 'team folder', 'shared folder', 'app folder')),
      namespace TEXT NOT NULL,
      name TEXT NOT NULL,
      email TEXT NOT NULL DEFAULT '',
      name_key TEXT NOT NULL,               -- for order
      search_key TEXT NOT NULL,             -- name and address, as they are searched
      member_status TEXT NOT NULL DEFAULT '',
      is_activated INTEGER NOT NULL DEFAULT 0,
      activated_us INTEGER,
      paused_us INTEGER,
      paused_until_us INTEGER,              -- NULL: until somebody resumes it
      archived_us INTEGER,                  -- when it was found to have left the team
      deleted_us INTEGER,
      purge_us INTEGER,                     -- when the grace ends
      coverage INTEGER NOT NULL DEFAULT 0,  -- by a member who mounts it: 0 none, 1 paused, 2 active
      covered_by TEXT NOT NULL DEFAULT '',  -- that member's entity
      elsewhere TEXT NOT NULL DEFAULT '',   -- the other task that backs it up
      job TEXT NOT NULL DEFAULT '',         -- the run that is at work on it
      status TEXT NOT NULL,
      first_backup_us INTEGER,
      last_backup_us INTEGER,
      last_try_us INTEGER,
      last_point TEXT NOT NULL DEFAULT '',
      own_files INTEGER NOT NULL DEFAULT 0, -- in its own namespace
      own_folders INTEGER NOT NULL DEFAULT 0,
      own_bytes INTEGER NOT NULL DEFAULT 0,
      files INTEGER NOT NULL DEFAULT 0,     -- with the folders it mounts
      folders INTEGER NOT NULL DEFAULT 0,
      bytes INTEGER NOT NULL DEFAULT 0,
      problems INTEGER NOT NULL DEFAULT 0,  -- files that the last run could not read
      last_error TEXT NOT NULL DEFAULT '',
      last_hint TEXT NOT NULL DEFAULT '',
      UNIQUE (task, identity)
    ) STRICT
    """,
    "CREATE INDEX entity_by_name ON entity (task, name_key, id)",
    "CREATE INDEX entity_by_status ON entity (task, status, name_key, id)",
    "CREATE INDEX entity_by_size ON entity (task, bytes, id)",
    "CREATE INDEX entity_by_last_backup ON entity (task, coalesce(last_backup_us, 0), id)",
    "CREATE INDEX entity_by_namespace ON entity (namespace)",
    "CREATE INDEX entity_at_work ON entity (job) WHERE job <> ''",
    "CREATE INDEX entity_purge ON entity (purge_us) WHERE purge_us IS NOT NULL",
    "CREATE INDEX entity_pause_ends ON entity (paused_until_us) WHERE paused_until_us IS NOT NULL",
    "CREATE INDEX entity_archived ON entity (task, archived_us) WHERE archived_us IS NOT NULL",
    """
    CREATE TABLE team_mount (
      connection TEXT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
      namespace TEXT NOT NULL,
      member TEXT NOT NULL,                 -- in whose home it is mounted
      PRIMARY KEY (connection, namespace, member)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX team_mount_of ON team_mount (connection, member)",
    """
    CREATE TABLE purge_mark (
      team_id TEXT NOT NULL,
      storage TEXT NOT NULL,
      namespace TEXT NOT NULL,
      until_us INTEGER NOT NULL,            -- backups up to here were deleted by an admin
      PRIMARY KEY (team_id, storage, namespace)
    ) STRICT, WITHOUT ROWID
    """,
)


@MIGRATIONS()
def create_entities(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@dataclass(frozen=True, slots=True)
class EntityRow:
    """An entity as stored."""

    id: str
    task_id: str
    identity: str
    kind: str
    namespace: str
    name: str
    email: str
    name_key: str
    member_status: str
    is_activated: bool
    activated: datetime | None
    paused: datetime | None
    paused_until: datetime | None
    archived: datetime | None
    deleted: datetime | None
    purge: datetime | None
    coverage: int
    covered_by: str
    elsewhere: str
    job: str
    status: str
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


SELECT_ENTITY = (
    "SELECT id, task, identity, kind, namespace, name, email, name_key, member_status,"
    " is_activated, activated_us, paused_us, paused_until_us, archived_us, deleted_us, purge_us,"
    " coverage, covered_by, elsewhere, job, status, first_backup_us, last_backup_us, last_try_us,"
    " last_point, files, folders, bytes, problems, last_error, last_hint FROM entity"
)


def as_entity(row: Any) -> EntityRow:
    """A row of `SELECT_ENTITY`."""
    values: list[Any] = [
        *row[:9],
        bool(row[9]),
        *(from_micros_or_none(value) for value in row[10:16]),
        *row[16:21],
        *(from_micros_or_none(value) for value in row[21:24]),
        *row[24:],
    ]
    return EntityRow(*values)


def entity_by_id(connection: sqlite3.Connection, entity_id: str) -> EntityRow | None:
    """The entity with this id."""
    row = connection.execute(f"{SELECT_ENTITY} WHERE id = ?", (entity_id,)).fetchone()
    return as_entity(row) if row else None


def entities_of_task(connection: sqlite3.Connection, task_id: str) -> list[EntityRow]:
    """Every entity of a task: for work on the whole task, not for pages."""
    rows = connection.execute(f"{SELECT_ENTITY} WHERE task = ?", (task_id,))
    return [as_entity(row) for row in rows]


def tasks_of_entities(
    connection: sqlite3.Connection, entity_ids: Sequence[str]
) -> list[tuple[str, str]]:
    """(id, task) of those of these entities that exist."""
    rows = connection.execute(
        "SELECT id, task FROM entity WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(entity_ids)),),
    )
    return [(row[0], row[1]) for row in rows]


# -- the team as it was found --------------------------------------------------------------


class FoundEntity(NamedTuple):
    """An entity as a look at the team found it."""

    identity: str
    kind: str
    namespace: str
    name: str
    email: str
    name_key: str
    search_key: str
    member_status: str


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
        " search_key, member_status, is_activated, activated_us, status)"
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
        " search_key = ?, member_status = ? WHERE id = ?",
        (
            (
                entity.kind,
                entity.namespace,
                entity.name,
                entity.email,
                entity.name_key,
                entity.search_key,
                entity.member_status,
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


def replace_mounts(
    connection: sqlite3.Connection, connection_id: str, mounts: frozenset[tuple[str, str]]
) -> None:
    """Who mounts what now, as (namespace, member); only differences are written."""
    rows = connection.execute(
        "SELECT namespace, member FROM team_mount WHERE connection = ?", (connection_id,)
    )
    before = {(namespace, member) for namespace, member in rows}
    connection.executemany(
        "DELETE FROM team_mount WHERE connection = ? AND namespace = ? AND member = ?",
        [(connection_id, *mount) for mount in before - mounts],
    )
    connection.executemany(
        "INSERT INTO team_mount (connection, namespace, member) VALUES (?, ?, ?)",
        [(connection_id, *mount) for mount in sorted(mounts - before)],
    )


# -- what people decide --------------------------------------------------------------------


def activate_entities(
    connection: sqlite3.Connection, entity_ids: Iterable[str], now: datetime
) -> None:
    """Back these up from now on; a pause of theirs ends."""
    micros = to_micros(now)
    connection.executemany(
        "UPDATE entity SET is_activated = 1, activated_us = ?, paused_us = NULL,"
        " paused_until_us = NULL WHERE id = ?",
        ((micros, one) for one in entity_ids),
    )


def deactivate_entities(connection: sqlite3.Connection, entity_ids: Iterable[str]) -> None:
    """Back these up no more; what was backed up stays."""
    connection.executemany(
        "UPDATE entity SET is_activated = 0, activated_us = NULL, paused_us = NULL,"
        " paused_until_us = NULL WHERE id = ?",
        ((one,) for one in entity_ids),
    )


def pause_entities(
    connection: sqlite3.Connection,
    entity_ids: Iterable[str],
    now: datetime,
    until: datetime | None,
) -> None:
    """Leave these out for a while."""
    micros, end = to_micros(now), to_micros(until) if until else None
    connection.executemany(
        "UPDATE entity SET paused_us = ?, paused_until_us = ? WHERE id = ?",
        ((micros, end, one) for one in entity_ids),
    )


def resume_entities(connection: sqlite3.Connection, entity_ids: Iterable[str]) -> None:
    """Their pause is over."""
    connection.executemany(
        "UPDATE entity SET paused_us = NULL, paused_until_us = NULL WHERE id = ?",
        ((one,) for one in entity_ids),
    )


def entities_to_resume(connection: sqlite3.Connection, now: datetime) -> list[tuple[str, str]]:
    """(task, id) of entities whose pause has ended."""
    rows = connection.execute(
        "SELECT task, id FROM entity WHERE paused_until_us <= ?", (to_micros(now),)
    )
    return [(row[0], row[1]) for row in rows]


def put_into_trash(
    connection: sqlite3.Connection, entity_ids: Iterable[str], now: datetime, purge: datetime
) -> None:
    """Delete these once the grace has ended."""
    times = to_micros(now), to_micros(purge)
    connection.executemany(
        "UPDATE entity SET deleted_us = ?, purge_us = ? WHERE id = ?",
        ((*times, one) for one in entity_ids),
    )


def take_from_trash(connection: sqlite3.Connection, entity_ids: Iterable[str]) -> None:
    """Undo the deletion."""
    connection.executemany(
        "UPDATE entity SET deleted_us = NULL, purge_us = NULL WHERE id = ?",
        ((one,) for one in entity_ids),
    )


def entities_to_purge(connection: sqlite3.Connection, now: datetime) -> list[EntityRow]:
    """Deleted entities whose grace has ended."""
    rows = connection.execute(f"{SELECT_ENTITY} WHERE purge_us <= ?", (to_micros(now),))
    return [as_entity(row) for row in rows]


def archived_before(
    connection: sqlite3.Connection, task_id: str, before: datetime
) -> list[EntityRow]:
    """Entities of a task that left the team before then and are not deleted yet."""
    rows = connection.execute(
        f"{SELECT_ENTITY} WHERE task = ? AND archived_us <= ? AND deleted_us IS NULL",
        (task_id, to_micros(before)),
    )
    return [as_entity(row) for row in rows]


def forget_backups(connection: sqlite3.Connection, entity_ids: Iterable[str]) -> None:
    """After the grace: the row stays, as one that was never backed up."""
    connection.executemany(
        "UPDATE entity SET is_activated = 0, activated_us = NULL, paused_us = NULL,"
        " paused_until_us = NULL, deleted_us = NULL, purge_us = NULL, first_backup_us = NULL,"
        " last_backup_us = NULL, last_try_us = NULL, last_point = '', own_files = 0,"
        " own_folders = 0, own_bytes = 0, files = 0, folders = 0, bytes = 0, problems = 0, last_error = '', last_hint = '' WHERE id = ?",
        ((one,) for one in entity_ids),
    )


# -- what was deleted for good -------------------------------------------------------------


def mark_purged(
    connection: sqlite3.Connection,
    team_id: str,
    storage_id: str,
    namespaces: Sequence[str],
    until: datetime,
) -> None:
    """Backups of these up to then are not to be shown any more, and may be pruned."""
    micros = to_micros(until)
    connection.executemany(
        "INSERT INTO purge_mark (team_id, storage, namespace, until_us) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (team_id, storage, namespace)"
        " DO UPDATE SET until_us = max(until_us, excluded.until_us)",
        [(team_id, storage_id, namespace, micros) for namespace in namespaces],
    )


def purged_until(
    connection: sqlite3.Connection, team_id: str, storage_id: str
) -> dict[str, datetime]:
    """Namespace -> until when its backups were deleted by an admin."""
    rows = connection.execute(
        "SELECT namespace, until_us FROM purge_mark WHERE team_id = ? AND storage = ?",
        (team_id, storage_id),
    )
    found = ((namespace, from_micros_or_none(until)) for namespace, until in rows)
    return {namespace: until for namespace, until in found if until is not None}
