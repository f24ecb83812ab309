"""What people decide about entities: activate, pause, delete, take back."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from dropally.catalog.entities import SELECT_ENTITY, EntityRow, as_entity
from dropally.catalog.moments import to_micros


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
