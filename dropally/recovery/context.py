"""What everything in this room works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from dropally.auth.actors import Actor
from dropally.auth.context import AuthContext
from dropally.auth.guard import require
from dropally.auth.permissions import reach_of
from dropally.auth.verbs import Verb
from dropally.jobs.runner import JobRunner
from dropally.jobs.storages import Storages
from dropally.recovery.access_log import AccessLog
from dropally.recovery.entities import EntityDirectory, RecoverableEntity, TeamDirectory
from dropally.recovery.folding import Folding
from dropally.recovery.places import Places
from dropally.recovery.roster_cache import RosterCache

ZIPS_AT_ONCE = 4


@dataclass(frozen=True)
class RecoverySettings:
    """[recovery] of the configuration, as this room takes it.

    `export_folders`: only in these, and below them, may exports to this machine's disks be written;
    none: such exports are refused. `restored_folder` may hold `{date}`.
    """

    restored_folder: str = "Restored by Dropally {date}"
    inplace_conflict: Literal["duplicate", "skip", "replace"] = "duplicate"
    download_link_ttl: timedelta = timedelta(hours=72)
    export_staging_max_bytes: int = 50 << 30
    export_folders: tuple[Path, ...] = ()


@dataclass(frozen=True)
class RecoveryContext:
    """The opened parts. Safe for threads. `settings` is asked anew for every request."""

    auth: AuthContext
    runner: JobRunner
    storages: Storages
    entities: EntityDirectory
    teams: TeamDirectory
    settings: Callable[[], RecoverySettings]
    access_log: AccessLog = field(default_factory=AccessLog)
    link_uses: Folding = field(default_factory=Folding)
    rosters: RosterCache = field(default_factory=RosterCache)
    zip_places: Places = field(default_factory=lambda: Places(ZIPS_AT_ONCE))

    def now(self) -> datetime:
        """The time, in UTC."""
        return self.auth.now()

    def entity(self, actor: Actor, entity_id: str, verb: Verb) -> RecoverableEntity:
        """An entity that the actor may do this with. Raises NotFoundError, ForbiddenError."""
        entity = self.entities.get(entity_id)
        require(self.auth, actor, verb, entity.place)
        return entity

    def require_somewhere(self, actor: Actor, verb: Verb) -> None:
        """Raise ForbiddenError unless there is any place where the actor may do this."""
        if any(reach.is_empty for reach in reach_of(actor, verb)):
            require(self.auth, actor, verb)

    def folder(self, kind: Literal["restore", "downloads"]) -> Path:
        """Where restores keep their logs and downloads their files; made at first use."""
        folder = self.auth.data_folder / kind
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


def owner_of(actor: Actor) -> str:
    """Under which name somebody's selections and downloads are kept: a person's tokens share them."""
    return actor.id if actor.kind in {"user", "token"} else actor.kind
