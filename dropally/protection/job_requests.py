"""The jobs of this room as they are asked for: their parameters, keys and locks."""

import hashlib
from collections.abc import Sequence

import msgspec

from dropally.catalog.connections import ConnectionRow
from dropally.catalog.tasks import TaskRow
from dropally.jobs.runner import BACKUP_NOW, SCHEDULED, Initiator, JobRequest

DISCOVER = "discover"
BACKUP = "backup"


class DiscoverParams(msgspec.Struct, frozen=True):
    """Look at one team."""

    connection_id: str


class BackupParams(msgspec.Struct, frozen=True, kw_only=True):
    """Back up a task: all of it, some entities, or some namespaces."""

    task_id: str
    entity_ids: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """True if everything that is active is meant."""
        return not self.entity_ids and not self.namespaces


def discovery_request(team: ConnectionRow, initiator: Initiator) -> JobRequest:
    """Look at a team: who is there, and what there is."""
    return JobRequest(
        kind=DISCOVER,
        title=f"Look for members and folders of {team.team_name}",
        params=DiscoverParams(team.id),
        initiator=initiator,
        item=team.team_name,
        team_id=team.team_id,
        locks=(f"discover:{team.id}",),
        priority=_priority(initiator),
        dedupe=f"discover:{team.id}",
    )


def backup_request(
    task: TaskRow,
    team: ConnectionRow,
    params: BackupParams,
    initiator: Initiator,
    item: str = "",
) -> JobRequest:
    """Back up a task, or `item` of it. One backup of a team into one storage runs at a time."""
    return JobRequest(
        kind=BACKUP,
        title=f"Backup of {task.name}",
        params=params,
        initiator=initiator,
        task_id=task.id,
        task_name=task.name,
        item=item,
        entity_ids=params.entity_ids,
        storage_id=task.storage_id,
        team_id=team.team_id,
        locks=(f"team-backup:{task.storage_id}/{team.team_id}",),
        priority=_priority(initiator),
        dedupe=whole_backup_key(task.id) if params.is_whole else _partial_key(params),
    )


def whole_backup_key(task_id: str) -> str:
    """The key of a run of a whole task: while one is unfinished, there is no second."""
    return f"backup:{task_id}"


def _partial_key(params: BackupParams) -> str:
    names = "\n".join([*sorted(params.entity_ids), "", *sorted(params.namespaces)])
    return f"backup:{params.task_id}:{hashlib.sha256(names.encode()).hexdigest()[:24]}"


def _priority(initiator: Initiator) -> int:
    return SCHEDULED if initiator.kind == "scheduler" else BACKUP_NOW


def named(names: Sequence[str], more: int) -> str:
    """`Ann, Bo and 3 more`: a few names for a sentence."""
    text = ", ".join(names)
    return f"{text} and {more:,} more" if more else text
