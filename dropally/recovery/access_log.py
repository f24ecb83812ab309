"""Who looked into whose backup: rows of the audit, few enough to be read.

Somebody who clicks through a tree makes hundreds of requests. Looking around in one entity at one
restore point is one row for ten minutes; every file whose bytes were handed out has a row of its
own, again once in ten minutes, since a player asks for one film in a thousand pieces.
"""

from datetime import datetime, timedelta

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.context import AuthContext
from dropally.common.text import format_time
from dropally.recovery.entities import RecoverableEntity
from dropally.recovery.folding import Folding

FOLDED = timedelta(minutes=10)


class AccessLog:
    """Writes what was not written in the last minutes. Safe for threads."""

    def __init__(self) -> None:
        self._written = Folding()

    def note(
        self,
        auth: AuthContext,
        actor: Actor,
        action: str,
        entity: RecoverableEntity,
        *,
        point_time: datetime | None = None,
        path: str = "",
        is_content: bool = False,
    ) -> None:
        """Record a look (`action` in the past tense: "browsed"), unless a row tells of it already."""
        now = auth.now()
        point = format_time(point_time) if point_time else ""
        key = (actor.kind, actor.id, action, entity.id, point, path if is_content else "")
        if not self._written.is_due(key, now, FOLDED):
            return
        of = f" of {point}" if point else ""
        what = (
            f"{path} in the backup{of} of {entity.name}"
            if path
            else f"The backup{of} of {entity.name}"
        )
        with auth.write() as connection:
            audit.record(
                connection,
                now,
                actor,
                audit.Activity.DATA_ACCESS,
                f"{what} was {action}.",
                service="dropbox",
                task=entity.task_name,
                target=entity.id,
                details={"action": action, "path": path, "point": point},
            )
