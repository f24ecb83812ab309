"""Bringing the entities of tasks up to date with the team as it is now (F53, F54).

What is new is activated if the task says so; what has left the team is archived and stays
restorable; what comes back goes on as before. Names follow, identities stay.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from dropally.catalog import connections, entity_discovery, tasks
from dropally.catalog.connections import ConnectionRow
from dropally.catalog.entity_discovery import FoundEntity, KnownEntity
from dropally.catalog.moments import to_micros
from dropally.catalog.tasks import TaskRow
from dropally.catalog.team_groups import TeamGroup, replace_groups
from dropally.common.ids import new_id
from dropally.common.text import search_key
from dropally.dropbox_api import Roster
from dropally.protection.connections import profile_json
from dropally.protection.context import ProtectionContext
from dropally.protection.found import FOLDERS_OF_MEMBERS, find_entities, find_mounts
from dropally.protection.mails import tell_of_discovery
from dropally.protection.settings import TaskSettings, decode_settings
from dropally.protection.tasks import refresh, tell_change

Names = tuple[str, ...]


@dataclass(frozen=True)
class SyncReport:
    """What changed in one task, by name. `is_first`: the task had never seen its team."""

    task: TaskRow
    is_first: bool = False
    added: Names = ()
    activated: Names = ()
    archived: Names = ()
    returned: Names = ()
    renamed: int = 0

    @property
    def is_news(self) -> bool:
        """True if people are to be told: something has come or gone."""
        return not self.is_first and bool(self.added or self.archived or self.returned)


@dataclass(frozen=True)
class _Team:
    """One look at a team, in the shape that the tasks need."""

    found: dict[str, FoundEntity]
    mounts: frozenset[tuple[str, str]]
    groups_of: dict[str, frozenset[str]] = field(default_factory=dict)
    """Member -> the ids and names of the groups that the member is in."""


def sync_team(ctx: ProtectionContext, connection_id: str, roster: Roster) -> list[SyncReport]:
    """Take a look at the team over into every task that protects it, in one transaction."""
    now = ctx.now()
    with ctx.write() as connection:
        row = connections.connection_by_id(connection, connection_id)
        if row is None:
            return []
        mounts = find_mounts(roster, entity_discovery.known_mounts(connection, connection_id))
        team = _Team(find_entities(roster), mounts, _groups(roster))
        _keep_profile(connection, row, roster, now)
        entity_discovery.replace_mounts(connection, connection_id, team.mounts)
        _keep_groups(connection, connection_id, roster)
        reports = []
        for task in tasks.tasks_of_connection(connection, connection_id):
            # One after the other: what an older task takes, a younger one does not.
            reports.append(_sync_task(connection, task, team, now))
            refresh(connection, connection_id)
        for report in reports:
            if report.is_news:
                tell_of_discovery(ctx, connection, report)
    for report in reports:
        tell_change(ctx, report.task.id)
    return reports


def _keep_profile(
    connection: sqlite3.Connection, row: ConnectionRow, roster: Roster, now: datetime
) -> None:
    connections.update_connection(
        connection,
        row.id,
        {
            "team_name": roster.profile.name,
            "profile": profile_json(roster.profile),
            "discovered_us": to_micros(now),
            "discovery_error": "",
        },
    )


def _keep_groups(connection: sqlite3.Connection, connection_id: str, roster: Roster) -> None:
    found = [TeamGroup(one.group_id, one.name, search_key(one.name)) for one in roster.groups]
    members: dict[str, list[str]] = {group.id: [] for group in found}
    for member in roster.members:
        for group_id in member.groups:
            if group_id in members:
                members[group_id].append(member.member_id)
    replace_groups(connection, connection_id, found, members)


def _groups(roster: Roster) -> dict[str, frozenset[str]]:
    names = {group.group_id: group.name.casefold() for group in roster.groups}
    return {
        member.member_id: frozenset(member.groups)
        | {names[group] for group in member.groups if group in names}
        for member in roster.members
    }


def _sync_task(
    connection: sqlite3.Connection, task: TaskRow, team: _Team, now: datetime
) -> SyncReport:
    known = {
        row.entity.identity: row for row in entity_discovery.known_entities(connection, task.id)
    }
    new = [entity for identity, entity in team.found.items() if identity not in known]
    activated = _to_activate(connection, task, team, known, new)
    entity_discovery.insert_entities(
        connection,
        task.id,
        [(new_id("ent_"), entity) for entity in new],
        activated=activated,
        now=now,
    )
    changed = [
        (known[identity].id, entity)
        for identity, entity in team.found.items()
        if identity in known and known[identity].entity != entity
    ]
    entity_discovery.rename_entities(connection, changed)
    archived, returned = _come_and_gone(connection, known, team, now)
    tasks.update_task(connection, task.id, {"synced_us": to_micros(now)})
    return SyncReport(
        task=task,
        is_first=task.synced is None,
        added=_names(new),
        activated=_names(entity for entity in new if entity.identity in activated),
        archived=archived,
        returned=returned,
        renamed=len(changed),
    )


def _come_and_gone(
    connection: sqlite3.Connection, known: dict[str, KnownEntity], team: _Team, now: datetime
) -> tuple[Names, Names]:
    gone = [row for identity, row in known.items() if identity not in team.found]
    # What was never to be backed up and never was leaves nothing that could be restored.
    entity_discovery.remove_entities(connection, [row.id for row in gone if not row.is_kept])
    left = [row for row in gone if row.is_kept and not row.is_archived]
    entity_discovery.archive_entities(connection, [row.id for row in left], now)
    back = [row for identity, row in known.items() if identity in team.found and row.is_archived]
    entity_discovery.bring_back_entities(connection, [row.id for row in back])
    return _names(row.entity for row in left), _names(row.entity for row in back)


def _to_activate(
    connection: sqlite3.Connection,
    task: TaskRow,
    team: _Team,
    known: dict[str, KnownEntity],
    new: list[FoundEntity],
) -> frozenset[str]:
    """Which of the new ones are backed up from now on.

    Not what another task has already; nor a folder that an active member brings along anyway.
    """
    is_first = task.synced is None
    settings = decode_settings(task.settings)
    taken = entity_discovery.wanted_elsewhere(connection, task.connection_id, task.id)
    wanted = {
        entity.identity
        for entity in new
        if entity.namespace not in taken
        and (task.first_activation == "all" if is_first else _is_automatic(settings, entity, team))
    }
    active = wanted | {
        identity for identity, row in known.items() if row.is_wanted and not row.is_archived
    }
    brought = {namespace for namespace, member in team.mounts if member in active}
    return frozenset(
        entity.identity
        for entity in new
        if entity.identity in wanted
        and not (entity.kind in FOLDERS_OF_MEMBERS and entity.namespace in brought)
    )


def _is_automatic(settings: TaskSettings, entity: FoundEntity, team: _Team) -> bool:
    if entity.kind == "member":
        groups = {group.casefold() for group in settings.auto_activate_groups}
        ids = groups | set(settings.auto_activate_groups)
        is_chosen = not ids or not ids.isdisjoint(team.groups_of.get(entity.identity, ()))
        return settings.auto_activate_members and is_chosen
    if entity.kind == "team folder":
        return settings.auto_activate_team_folders
    return settings.auto_activate_shared_folders


def _names(found: Iterable[FoundEntity]) -> Names:
    return tuple(entity.name for entity in found)
