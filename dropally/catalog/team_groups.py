"""The groups of connected teams, and who is in them: for choosing members by group (F34)."""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import NamedTuple

# In the set of migrations of `entities`, behind the tables that they belong to.
CREATE_GROUPS = (
    """
    CREATE TABLE team_group (
      connection TEXT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
      id TEXT NOT NULL,
      name TEXT NOT NULL,
      name_key TEXT NOT NULL,               -- as it is compared and searched
      PRIMARY KEY (connection, id)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE team_group_member (
      connection TEXT NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
      team_group TEXT NOT NULL,
      member TEXT NOT NULL,
      PRIMARY KEY (connection, team_group, member)
    ) STRICT, WITHOUT ROWID
    """,
)

IN_GROUPS = (
    "identity IN (SELECT member FROM team_group_member AS belonging"
    " JOIN team_group ON team_group.connection = belonging.connection"
    " AND team_group.id = belonging.team_group"
    " WHERE belonging.connection = (SELECT connection FROM task WHERE task.id = entity.task)"
    " AND (team_group.id IN (SELECT value FROM json_each(?))"
    " OR team_group.name_key IN (SELECT value FROM json_each(?))))"
)
"""A condition on `entity`; its values are JSON lists of ids and of names in their search form."""


class TeamGroup(NamedTuple):
    """A group as a look at the team found it."""

    id: str
    name: str
    name_key: str


class CountedGroup(NamedTuple):
    """A group of a task's team. `members` counts those that the task has as entities."""

    id: str
    name: str
    members: int


def replace_groups(
    connection: sqlite3.Connection,
    connection_id: str,
    groups: Iterable[TeamGroup],
    members: Mapping[str, Iterable[str]],
) -> None:
    """The groups now, with members by group id; only differences are written."""
    found = set(groups)
    rows = connection.execute(
        "SELECT id, name, name_key FROM team_group WHERE connection = ?", (connection_id,)
    )
    before = {TeamGroup(*row) for row in rows}
    connection.executemany(
        "DELETE FROM team_group WHERE connection = ? AND id = ?",
        [(connection_id, group.id) for group in before - found],
    )
    connection.executemany(
        "INSERT INTO team_group (connection, id, name, name_key) VALUES (?, ?, ?, ?)",
        [(connection_id, *group) for group in sorted(found - before)],
    )
    _replace_members(
        connection,
        connection_id,
        {(group, member) for group, inside in members.items() for member in inside},
    )


def _replace_members(
    connection: sqlite3.Connection, connection_id: str, found: set[tuple[str, str]]
) -> None:
    rows = connection.execute(
        "SELECT team_group, member FROM team_group_member WHERE connection = ?", (connection_id,)
    )
    before = {(group, member) for group, member in rows}
    connection.executemany(
        "DELETE FROM team_group_member WHERE connection = ? AND team_group = ? AND member = ?",
        [(connection_id, *one) for one in before - found],
    )
    connection.executemany(
        "INSERT INTO team_group_member (connection, team_group, member) VALUES (?, ?, ?)",
        [(connection_id, *one) for one in sorted(found - before)],
    )


def groups_of_task(connection: sqlite3.Connection, task_id: str) -> list[CountedGroup]:
    """The groups of a task's team by name."""
    rows = connection.execute(
        "SELECT team_group.id, team_group.name, count(entity.id) FROM task"
        " JOIN team_group ON team_group.connection = task.connection"
        " LEFT JOIN team_group_member AS belonging ON belonging.connection = task.connection"
        " AND belonging.team_group = team_group.id"
        " LEFT JOIN entity ON entity.task = task.id AND entity.identity = belonging.member"
        " WHERE task.id = ? GROUP BY team_group.id ORDER BY team_group.name_key, team_group.id",
        (task_id,),
    )
    return [CountedGroup(*row) for row in rows]
