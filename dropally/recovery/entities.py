"""Whose data there is to recover: what this room needs to know of members and folders."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from dropally.auth.actors import Place
from dropally.catalog.roster_recording import EntityFacts
from dropally.jobs.handles import TeamHandle


@dataclass(frozen=True)
class RecoverableEntity:
    """A member, team folder or shared folder of a task, and where its backups lie.

    `name` is a member's address. `is_archived`: it has left the team; its data is restored to
    somebody else. Backups up to `deleted_until` were deleted by an admin and are not shown.
    """

    id: str
    task_id: str
    task_name: str
    name: str
    kind: str
    namespace: str
    member_id: str
    team_id: str
    storage_id: str
    is_archived: bool = False
    deleted_until: datetime | None = None

    @property
    def place(self) -> Place:
        """What rights are asked for."""
        return Place(self.task_id, self.id)

    def shown_from(self, start: datetime) -> datetime:
        """The start of a range of restore points, moved behind those that were deleted."""
        if self.deleted_until is None:
            return start
        return max(start, self.deleted_until + timedelta(microseconds=1))

    @property
    def facts(self) -> EntityFacts:
        """The entity as the catalog's views take it."""
        return EntityFacts(self.namespace, self.kind, self.name, self.member_id)


class EntityDirectory(Protocol):
    """Looks entities up."""

    def get(self, entity_id: str) -> RecoverableEntity:
        """One entity. Raises NotFoundError."""
        ...

    def of_task(self, task_id: str) -> list[RecoverableEntity]:
        """All entities of a task that can be recovered. Raises NotFoundError."""
        ...


class TeamDirectory(Protocol):
    """Looks up the links to Dropbox."""

    def handle(self, team_id: str) -> TeamHandle:
        """A team's link. Raises NotFoundError, DeniedError when it was revoked."""
        ...
