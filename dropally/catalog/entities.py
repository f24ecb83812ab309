"""What tasks protect, row by row, in `dropally.db`: members, team folders, shared folders.

A row belongs to one task; what it is, is told by `identity`: the member's id, or the namespace of
a folder. Names and addresses may change at any time. `status` is derived from the other columns
whenever one of them changes, so that lists can be filtered by it through an index.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros_or_none
from dropally.catalog.team_groups import CREATE_GROUPS

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
      dropbox_status TEXT NOT NULL DEFAULT '',  -- a member's, or 'archived' for a team folder
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


@MIGRATIONS()
def create_groups(database: Database) -> None:
    """Members are found by group."""
    for statement in CREATE_GROUPS:
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
    dropbox_status: str
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
    "SELECT id, task, identity, kind, namespace, name, email, name_key, dropbox_status,"
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
