"""Storages as the API takes and shows them."""

from datetime import datetime

import msgspec

from dropally.jobs.storage_definition import StorageDefinition
from dropally.upkeep.health import Check
from dropally.upkeep.repository_keys import NewCode
from dropally.upkeep.self_backup.listing import SelfBackup
from dropally.upkeep.storage_edit import define
from dropally.upkeep.storage_list import StorageView
from dropally.upkeep.storage_trial import Trial


class StoragePlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a storage lies.

    `options` reach a bucket: endpoint, region, access_key, secret_key, account, account_key,
    service_account_file, checksum, object_lock ("governance 30d"), maintenance_access_key,
    maintenance_secret_key; what is left out is looked for where the provider's own tools do.
    """

    kind: str
    path: str = ""
    bucket: str = ""
    prefix: str = ""
    options: dict[str, str] = {}

    def definition(self, storage_id: str = "test") -> StorageDefinition:
        """As the rooms take it. Raises FieldsError."""
        return define(
            storage_id,
            self.kind,
            path=self.path,
            bucket=self.bucket,
            prefix=self.prefix,
            options=self.options,
        )


class NewStorage(StoragePlace, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A storage to be added. Backups stop where less than `min_free_share` (0 to 1) is free."""

    id: str
    region_label: str = ""
    min_free_share: float = 0.05
    min_free_bytes: int = 0

    def as_definition(self) -> StorageDefinition:
        """As the rooms take it. Raises FieldsError."""
        return define(
            self.id,
            self.kind,
            path=self.path,
            bucket=self.bucket,
            prefix=self.prefix,
            options=self.options,
            region_label=self.region_label,
            min_free_share=self.min_free_share,
            min_free_bytes=self.min_free_bytes,
        )


class StorageChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be changed; what is left out stays. An empty option is removed."""

    region_label: str | None = None
    min_free_share: float | None = None
    min_free_bytes: int | None = None
    options: dict[str, str] | None = None


class RepositoryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the repository tells. `packs` are its larger objects."""

    id: str
    created_at: datetime
    packs: int
    stored_bytes: int


class SelfBackupState(msgspec.Struct, frozen=True, kw_only=True):
    """The newest self-backup in a storage, and why the last try failed, if it did."""

    made_at: datetime | None
    size_bytes: int
    trouble: str


class KeySlot(msgspec.Struct, frozen=True):
    """A secret that opens the repository: passphrase, key-file or recovery-code."""

    id: str
    kind: str
    label: str


class MoveAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The storage was copied to `location`, and backups wait for dropally.toml until `until_at`.

    `lines` take the place of the storage's own in the file; "" when they cannot be told any more.
    """

    location: str
    lines: str
    until_at: datetime


class StorageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One storage. `repository` is null where there is none or it was not reached yet.

    `origin`: `file` (dropally.toml, changed there), `console`, or `builtin`. `recovery_code`:
    `confirmed`, `shown` (nobody has proved yet to have kept it) or `unknown`. `groups_to_type`: of
    the code, from 1, for that proof; none where no proof is awaited. `move`: what a storage of
    dropally.toml that was copied to another place waits for; null as a rule.
    """

    id: str
    kind: str
    location: str
    region_label: str
    origin: str
    is_default: bool
    tasks: int
    is_reachable: bool | None
    since: datetime | None
    trouble: str
    free_bytes: int | None
    total_bytes: int | None
    min_free_bytes: int
    options: dict[str, str]
    has_credentials: bool
    repository: RepositoryAnswer | None
    recovery_code: str
    recovery_code_confirmed_by: str
    groups_to_type: list[int]
    self_backup: SelfBackupState | None
    key_slots: list[KeySlot]
    move: MoveAnswer | None
    warnings: list[str]


def storage_answer(view: StorageView) -> StorageAnswer:
    """The view as the API shows it."""
    facts, made = view.repository, view.self_backup
    return StorageAnswer(
        id=view.id,
        kind=view.kind,
        location=view.location,
        region_label=view.region_label,
        origin=view.origin,
        is_default=view.is_default,
        tasks=view.tasks,
        is_reachable=view.health.is_reachable,
        since=view.health.since,
        trouble=view.health.trouble,
        free_bytes=view.room.free_bytes if view.room else None,
        total_bytes=view.room.total_bytes if view.room else None,
        min_free_bytes=view.min_free_bytes,
        options=dict(view.options),
        has_credentials=view.has_credentials,
        repository=RepositoryAnswer(
            id=facts.id,
            created_at=facts.created,
            packs=facts.packs,
            stored_bytes=facts.stored_bytes,
        )
        if facts
        else None,
        recovery_code=view.recovery_code,
        recovery_code_confirmed_by=view.confirmed_by,
        groups_to_type=list(view.groups_to_type),
        self_backup=SelfBackupState(
            made_at=made.made, size_bytes=made.size_bytes, trouble=made.trouble
        )
        if made
        else None,
        key_slots=[KeySlot(slot.slot_id, slot.kind, slot.label) for slot in view.key_slots],
        move=MoveAnswer(
            location=view.move.location, lines=view.move.lines, until_at=view.move.until
        )
        if view.move
        else None,
        warnings=view.warnings,
    )


class StorageList(msgspec.Struct, frozen=True):
    """Every storage, the default one first."""

    items: list[StorageAnswer]


class TrialAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How a test went. `cause` is "" for a storage that can be used.

    `is_own_disk`: the folder is on another disk than the appliance's data; null for buckets.
    """

    is_ok: bool
    location: str
    cause: str
    detail: str
    hint: str
    shortcomings: list[str]
    has_repository: bool
    duration_s: float
    free_bytes: int | None
    total_bytes: int | None
    is_own_disk: bool | None


def trial_answer(trial: Trial) -> TrialAnswer:
    """The trial as the API shows it."""
    return TrialAnswer(
        is_ok=trial.is_ok,
        location=trial.location,
        cause=trial.cause,
        detail=trial.detail,
        hint=trial.hint,
        shortcomings=list(trial.shortcomings),
        has_repository=trial.has_repository,
        duration_s=round(trial.duration_s, 3),
        free_bytes=trial.free_bytes,
        total_bytes=trial.total_bytes,
        is_own_disk=trial.is_own_disk,
    )


class NewCodeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A recovery code, shown this once, and the groups of it (from 1) to type as a proof.

    `warning`: what did not work beside that; "" as a rule.
    """

    storage_id: str
    repository_id: str
    recovery_code: str
    groups_to_type: list[int]
    warning: str


def new_code_answer(made: NewCode) -> NewCodeAnswer:
    """The code for the one who asked for it."""
    return NewCodeAnswer(
        storage_id=made.storage_id,
        repository_id=made.repository_id,
        recovery_code=str(made.recovery_code),
        groups_to_type=list(made.groups_to_type),
        warning=made.warning,
    )


class SelfBackupAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One self-backup. `reason`: by hand, scheduled, after changes, before an upgrade."""

    id: str
    made_at: datetime
    storage_id: str
    version: str
    appliance: str
    reason: str
    size_bytes: int


def self_backup_answer(found: SelfBackup) -> SelfBackupAnswer:
    """The self-backup as the API shows it."""
    return SelfBackupAnswer(
        id=found.id,
        made_at=found.made,
        storage_id=found.storage_id,
        version=found.version,
        appliance=found.appliance,
        reason=found.reason,
        size_bytes=found.size_bytes,
    )


class CheckAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at. `state`: ok, warning, failed or unknown."""

    name: str
    title: str
    state: str
    detail: str
    hint: str


class CheckList(msgspec.Struct, frozen=True, kw_only=True):
    """Checks, and the worst state among them."""

    state: str
    items: list[CheckAnswer]


def check_list(checks: list[Check]) -> CheckList:
    """The checks as the API shows them."""
    states = {check.state for check in checks}
    worst = next((state for state in ("failed", "warning", "unknown") if state in states), "ok")
    return CheckList(
        state=worst,
        items=[
            CheckAnswer(
                name=check.name,
                title=check.title,
                state=check.state,
                detail=check.detail,
                hint=check.hint,
            )
            for check in checks
        ],
    )
