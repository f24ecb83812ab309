"""Opening one entity at one restore point, for somebody who may."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from dropally.catalog.member_view import MemberView
from dropally.catalog.points import PointRow, get_point, points_between, snapshot_id_at, team_of
from dropally.catalog.typed_paths import find_typed
from dropally.common.errors import NotFoundError
from dropally.recovery.context import RecoveryContext
from dropally.recovery.entities import RecoverableEntity

LATEST = "latest"
EARLIEST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
LATEST_MOMENT = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Look:
    """An entity's tree at a restore point, within one reading of the catalog."""

    connection: sqlite3.Connection
    entity: RecoverableEntity
    point: PointRow
    view: MemberView

    def stored_path(self, path: str) -> str:
        """The path by its keys, from keys or from what people typed. Raises NotFoundError."""
        trimmed = "".join(f"/{part}" for part in path.split("/") if part)
        if not trimmed or self.view.get(trimmed) is not None:
            return trimmed
        found = find_typed(self.view, trimmed)
        if found is None:
            raise NotFoundError(
                f"{self.entity.name} has no {path} at this restore point",
                hint="look at its versions: another restore point may have it",
            )
        return found


@contextmanager
def look(ctx: RecoveryContext, entity: RecoverableEntity, point_id: str) -> Iterator[Look]:
    """Open an entity at a restore point; `latest` means the newest that has it.

    Raises NotFoundError for a point that is not there, or does not have the entity.
    """
    with ctx.storages.catalog(entity.storage_id).read() as connection:
        point = _find_point(connection, entity, point_id)
        yield Look(connection, entity, point, MemberView(connection, point, entity.facts))


def latest_point(connection: sqlite3.Connection, entity: RecoverableEntity) -> PointRow:
    """The newest restore point that has an entity. Raises NotFoundError."""
    found = points_between(
        connection,
        entity.team_id,
        entity.shown_from(EARLIEST_MOMENT),
        LATEST_MOMENT,
        namespace=entity.namespace,
        limit=1,
    )
    if not found:
        raise NotFoundError(
            f"there is no backup of {entity.name} yet",
            hint="run its task, or wait for the next scheduled run",
        )
    return found[0]


def _find_point(
    connection: sqlite3.Connection, entity: RecoverableEntity, point_id: str
) -> PointRow:
    if point_id == LATEST:
        return latest_point(connection, entity)
    point = get_point(connection, point_id)
    # A folder shared between two teams is in both teams' points: those of the other are not ours.
    is_own = team_of(connection, point) == entity.team_id
    is_own = is_own and point.time >= entity.shown_from(point.time)
    if not is_own or snapshot_id_at(connection, point, entity.namespace) is None:
        raise NotFoundError(
            f"{entity.name} is not in restore point {point_id}",
            hint="list the entity's restore points and choose one of them",
        )
    return point
