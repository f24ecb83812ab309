"""Which self-backups a repository holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dropally.common.errors import NotFoundError
from dropally.store import DamagedError, ObjectNotFoundError, Point, PointId, Repository
from dropally.upkeep.self_backup.package import GROUP


@dataclass(frozen=True)
class SelfBackup:
    """One self-backup, as its restore point tells."""

    id: str
    made: datetime
    storage_id: str
    version: str
    appliance: str
    reason: str
    size_bytes: int


def list_self_backups(
    repository: Repository, damage: Callable[[DamagedError], None] | None = None
) -> list[SelfBackup]:
    """All of them, the newest first; what cannot be read is told to `damage` and passed over."""
    found = repository.points(GROUP, damage=damage or (lambda _error: None))
    return [_as_self_backup(point) for point in reversed(list(found))]


def find_self_backup(repository: Repository, self_backup_id: str = "") -> Point:
    """The one with this id; the newest that can be read for "". Raises NotFoundError, DamagedError."""
    try:
        if self_backup_id:
            point = repository.point(PointId(self_backup_id))
            if point.group != GROUP:
                raise NotFoundError(f"{self_backup_id} is no self-backup")
            return point
    except ObjectNotFoundError as error:
        raise NotFoundError(f"there is no self-backup {self_backup_id}") from error
    newest = repository.latest_point(GROUP, damage=lambda _error: None)
    if newest is None:
        raise NotFoundError(
            "this repository holds no self-backup",
            hint="backups in it can be read with `dropally ls` and `dropally restore` all the same",
        )
    return newest


def _as_self_backup(point: Point) -> SelfBackup:
    labels = point.labels
    size = labels.get("size_bytes", "0")
    return SelfBackup(
        point.id,
        point.time,
        labels.get("storage", ""),
        labels.get("version", ""),
        labels.get("appliance", ""),
        labels.get("reason", ""),
        int(size) if size.isdigit() else 0,
    )
