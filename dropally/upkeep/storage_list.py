"""Storages as people see them: where, how full, who can open them. Never a secret."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import storages
from dropally.catalog.storages import KeysRow, SelfBackupRow
from dropally.jobs.storage_access import Room, StorageHealth
from dropally.jobs.storage_definition import SECRET_OPTIONS, StorageDefinition
from dropally.store import StoreError
from dropally.store.keys import SlotInfo, list_slots
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.locking import warning_of as lock_warning_of
from dropally.upkeep.proving.moving import WaitingMove, waiting_move
from dropally.upkeep.proving.viewing import warning_of
from dropally.upkeep.repository_keys import groups_to_type

CodeState = Literal["confirmed", "shown", "unknown"]


@dataclass(frozen=True)
class RepositoryFacts:
    """What the opened repository tells without asking the storage."""

    id: str
    created: datetime
    packs: int
    stored_bytes: int


@dataclass(frozen=True)
class StorageView:
    """One storage. `repository` is None where there is none, or it was not reachable yet.

    `options` is how it is reached; `has_credentials` tells that credentials were given with it.
    """

    id: str
    kind: str
    location: str
    region_label: str
    origin: str
    is_default: bool
    modno: int
    tasks: int
    health: StorageHealth
    room: Room | None
    min_free_bytes: int
    repository: RepositoryFacts | None
    recovery_code: CodeState
    confirmed_by: str
    self_backup: SelfBackupRow | None
    options: Mapping[str, str] = field(default_factory=dict)
    has_credentials: bool = False
    key_slots: tuple[SlotInfo, ...] = ()
    held: str = ""
    damage: str = ""
    lock: str = ""
    move: WaitingMove | None = None
    groups_to_type: tuple[int, ...] = ()

    @property
    def warnings(self) -> list[str]:
        """What somebody should do about it."""
        found = []
        if self.health.is_reachable is False:
            found.append(f"Not reachable: {self.health.trouble}")
        if self.held:
            found.append(self.held)
        if self.room is not None and self.room.free_bytes < self.min_free_bytes:
            found.append("Too little space is free: backups stop, restores go on.")
        if self.repository is not None and self.recovery_code != "confirmed":
            found.append("Nobody has confirmed that the recovery code is kept.")
        if self.self_backup is not None and self.self_backup.trouble:
            found.append(f"The last self-backup failed: {self.self_backup.trouble}")
        if self.damage:
            found.append(self.damage)
        if self.lock:
            found.append(self.lock)
        return found


def list_storages(ctx: UpkeepContext, actor: Actor) -> list[StorageView]:
    """Every storage, the default one first. Raises ForbiddenError."""
    require(ctx.auth, actor, Verb.STORAGE_READ)
    ids = sorted(ctx.storages.ids(), key=lambda name: name != ctx.storages.default_id)
    return [_view(ctx, storage_id) for storage_id in ids]


def get_storage(ctx: UpkeepContext, actor: Actor, storage_id: str) -> StorageView:
    """One storage with its key slots. Raises ForbiddenError, NotFoundError."""
    require(ctx.auth, actor, Verb.STORAGE_READ)
    return _view(ctx, storage_id, with_slots=True)


def _view(ctx: UpkeepContext, storage_id: str, *, with_slots: bool = False) -> StorageView:
    definition = ctx.storages.definition(storage_id)
    health = ctx.storages.check_within(storage_id)
    room = ctx.storages.room(storage_id)
    with ctx.auth.read() as connection:
        keys = storages.keys_of(connection, storage_id)
        row = storages.storage_by_id(connection, storage_id)
        self_backup = storages.self_backups(connection).get(storage_id)
    facts, slots = _repository_facts(
        ctx, storage_id, with_slots=with_slots and bool(health.is_reachable)
    )
    return StorageView(
        id=storage_id,
        kind=definition.kind,
        location=definition.location,
        region_label=ctx.storages.label(storage_id),
        origin=definition.origin,
        is_default=storage_id == ctx.storages.default_id,
        modno=row.modno if row and definition.origin == "console" else 0,
        tasks=ctx.tasks_in(storage_id),
        health=health,
        room=room,
        min_free_bytes=_min_free(definition, room),
        repository=facts,
        recovery_code=_code_state(keys),
        confirmed_by=keys.confirmed_by if keys else "",
        self_backup=self_backup,
        options={k: v for k, v in definition.options.items() if k not in SECRET_OPTIONS},
        has_credentials=any(name in SECRET_OPTIONS for name in definition.options),
        key_slots=slots,
        held=_held(ctx, storage_id),
        damage=warning_of(ctx, storage_id, facts.id) if facts else "",
        lock=lock_warning_of(ctx, storage_id, facts.id) if facts else "",
        move=waiting_move(ctx, storage_id),
        groups_to_type=groups_to_type(ctx, storage_id),
    )


def _held(ctx: UpkeepContext, storage_id: str) -> str:
    """Why backups wait although there is space."""
    because = ctx.storages.held_because(storage_id)
    return f"Backups wait: {because}." if because else ""


def _repository_facts(
    ctx: UpkeepContext, storage_id: str, *, with_slots: bool
) -> tuple[RepositoryFacts | None, tuple[SlotInfo, ...]]:
    with ctx.storages.opened(storage_id) as repository:
        if repository is None:
            return None, ()
        packs, stored_bytes = repository.index.totals()
        facts = RepositoryFacts(
            repository.config.repository_id, repository.config.created, packs, stored_bytes
        )
        slots: tuple[SlotInfo, ...] = ()
        if with_slots:
            with suppress(StoreError):
                slots = tuple(list_slots(repository.backend))
    return facts, slots


def _code_state(keys: KeysRow | None) -> CodeState:
    if keys is None:
        return "unknown"
    return "confirmed" if keys.confirmed else "shown"


def _min_free(definition: StorageDefinition, room: Room | None) -> int:
    total = room.total_bytes if room else 0
    return max(definition.min_free_bytes, int(definition.min_free_share * total))
