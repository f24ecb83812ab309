"""All that a catalog holds, to compare a rebuilt one with the one that grew night by night."""

from pathlib import Path
from typing import Any

from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.history import open_history
from dropally.jobs.context import JobContext
from dropally.jobs.record import record_repository
from tests.protection.appliance import Protected

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_OF_MIGRATIONS = "_sqlite_migrations"


def rows_of(catalog: DatabaseFile) -> dict[str, list[tuple[Any, ...]]]:
    """Table -> its rows, sorted."""
    with catalog.read() as connection:
        names = [row[0] for row in connection.execute(_TABLES) if row[0] != _OF_MIGRATIONS]
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names
        }


def rebuilt_rows(place: Protected, team_id: str, folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of a catalog made anew from the repository alone."""
    with (
        open_history(folder) as catalog,
        place.ctx.storages.repository("main") as repository,
        repository.reader() as reader,
    ):
        report = record_repository(JobContext(), repository, reader, team_id, catalog)
        assert not report.problems
        return rows_of(catalog)
