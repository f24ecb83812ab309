"""Adding, changing and removing storages in the console.

Those of dropally.toml are changed there. Nothing here touches what lies in a storage.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.errors import FieldsError, StateError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import storages
from dropally.common.errors import ConflictError, NotFoundError, UsageError
from dropally.jobs.storage_definition import (
    KINDS,
    OPTION_NAMES,
    SECRET_OPTIONS,
    StorageDefinition,
    StorageKind,
    location_of,
)
from dropally.store import StoreError
from dropally.store.backend import open_backend
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.stored_storages import gives_way, row_of

_LONGEST_LABEL = 200
_LONGEST_PATH = 1000
_LARGEST_DISK = 1 << 60


def define(
    storage_id: str,
    kind: str,
    *,
    path: str = "",
    bucket: str = "",
    prefix: str = "",
    options: Mapping[str, str] | None = None,
    region_label: str = "",
    min_free_share: float = 0.05,
    min_free_bytes: int = 0,
) -> StorageDefinition:
    """A definition as people give it, checked. Raises FieldsError."""
    problems: list[tuple[str, str]] = []
    given = {name: value.strip() for name, value in (options or {}).items() if value.strip()}
    if unknown := sorted(set(given) - set(OPTION_NAMES)):
        problems.append((unknown[0], f"is no option of a storage ({', '.join(OPTION_NAMES)})"))
    if kind not in KINDS:
        problems.append(("kind", f"must be one of {', '.join(KINDS)}"))
        raise FieldsError(problems)
    known: StorageKind = kind
    if known == "local" and path and not path.startswith(("/", "~")):
        problems.append(("path", "must begin with /"))
    if not path.isprintable() or len(path) > _LONGEST_PATH:
        problems.append(("path", "holds characters that cannot be shown, or is too long"))
    problems += _limit_problems(region_label, min_free_share, min_free_bytes)
    if problems:
        raise FieldsError(problems)
    try:
        location = location_of(known, path=path, bucket=bucket, prefix=prefix)
        definition = StorageDefinition(
            id=storage_id,
            kind=known,
            location=location,
            options=given,
            region_label=region_label.strip(),
            min_free_bytes=min_free_bytes,
            min_free_share=min_free_share,
            origin="console",
        )
        open_backend(location, given).close()
    except (UsageError, StoreError) as error:
        raise FieldsError([(_field_of(error, known), str(error))]) from error
    return definition


def _limit_problems(label: str, share: float, size_bytes: int) -> list[tuple[str, str]]:
    found = []
    if not 0 <= share < 1:
        found.append(("min_free_share", "must be a share from 0 to below 1"))
    if not 0 <= size_bytes <= _LARGEST_DISK:
        found.append(("min_free_bytes", "must be a number of bytes"))
    if len(label) > _LONGEST_LABEL or not label.isprintable():
        found.append(("region_label", "must be one line of at most 200 characters"))
    return found


def _field_of(error: Exception, kind: StorageKind) -> str:
    if "be the id of" in str(error):
        return "id"
    return "path" if kind == "local" else "bucket"


def add(ctx: UpkeepContext, actor: Actor, definition: StorageDefinition) -> None:
    """Add a storage. Raises ForbiddenError, ConflictError for an id or place that is taken."""
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    for other in ctx.storages.ids():
        if other == definition.id and not gives_way(ctx.storages.definition(other)):
            raise ConflictError("storage_exists", f"a storage is called {other!r} already")
        if (
            other != definition.id
            and ctx.storages.definition(other).location == definition.location
        ):
            raise ConflictError(
                "location_taken", f"storage {other!r} lies at {definition.location} already"
            )
    with ctx.auth.write() as connection:
        storages.put_storage(connection, row_of(definition, ctx.auth.sealer), ctx.now())
        _record(
            connection,
            ctx,
            actor,
            f"Storage {definition.id} ({definition.location}) was added.",
            definition,
        )
    ctx.storages.put(definition)
    _replace_builtin(ctx, definition.id)
    _tell(ctx, definition.id)


def _replace_builtin(ctx: UpkeepContext, storage_id: str) -> None:
    """The built-in storage goes when the first other one comes, if nothing is in it."""
    for other in ctx.storages.ids():
        if other != storage_id and gives_way(ctx.storages.definition(other)):
            ctx.storages.set_default(storage_id)
            ctx.storages.remove(other)


def change(
    ctx: UpkeepContext,
    actor: Actor,
    storage_id: str,
    *,
    region_label: str | None = None,
    min_free_share: float | None = None,
    min_free_bytes: int | None = None,
    options: Mapping[str, str] | None = None,
) -> None:
    """Change how a storage is named, watched or reached; its place stays.

    `options` replaces those named; an empty text removes one. Raises ForbiddenError, FieldsError,
    NotFoundError, StateError for a storage of dropally.toml.
    """
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    before = _of_console(ctx, storage_id)
    merged = {**before.options, **(options or {})}
    after = replace(
        before,
        options={name: value for name, value in merged.items() if value},
        region_label=before.region_label if region_label is None else region_label.strip(),
        min_free_bytes=before.min_free_bytes if min_free_bytes is None else min_free_bytes,
        min_free_share=before.min_free_share if min_free_share is None else min_free_share,
    )
    problems = _limit_problems(after.region_label, after.min_free_share, after.min_free_bytes)
    if unknown := sorted(set(after.options) - set(OPTION_NAMES)):
        problems.append((unknown[0], f"is no option of a storage ({', '.join(OPTION_NAMES)})"))
    if problems:
        raise FieldsError(problems)
    try:
        open_backend(after.location, after.options).close()
    except StoreError as error:
        raise FieldsError([("options", str(error))]) from error
    with ctx.auth.write() as connection:
        storages.put_storage(connection, row_of(after, ctx.auth.sealer), ctx.now())
        _record(connection, ctx, actor, f"Storage {storage_id} was changed.", after)
    ctx.storages.put(after)
    _tell(ctx, storage_id)


def remove(ctx: UpkeepContext, actor: Actor, storage_id: str) -> None:
    """Forget a storage of the console; its repository stays as it is.

    Raises ForbiddenError, NotFoundError, StateError while tasks keep backups in it, for the default
    storage, and for one of dropally.toml.
    """
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    definition = _of_console(ctx, storage_id)
    if count := ctx.tasks_in(storage_id):
        raise StateError(
            "storage_in_use",
            f"{count} tasks keep their backups in storage {storage_id!r}",
            hint="delete those tasks first",
        )
    if storage_id == ctx.storages.default_id:
        raise StateError(
            "default_storage",
            f"storage {storage_id!r} is the default one",
            hint="make another storage the default first",
        )
    with ctx.auth.write() as connection:
        storages.delete_storage(connection, storage_id)
        _record(connection, ctx, actor, f"Storage {storage_id} was removed.", definition)
    ctx.storages.remove(storage_id)
    _tell(ctx, storage_id)


def make_default(ctx: UpkeepContext, actor: Actor, storage_id: str) -> None:
    """New tasks go there unless they name another. Raises ForbiddenError, NotFoundError."""
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    definition = ctx.storages.definition(storage_id)
    with ctx.auth.write() as connection:
        storages.set_default_storage(connection, storage_id)
        sentence = f"Storage {storage_id} became the default for new tasks."
        _record(connection, ctx, actor, sentence, definition)
    ctx.storages.set_default(storage_id)
    _tell(ctx, storage_id)


def _of_console(ctx: UpkeepContext, storage_id: str) -> StorageDefinition:
    definition = ctx.storages.definition(storage_id)
    if definition.origin != "console":
        raise StateError(
            "set_in_file",
            f"storage {storage_id!r} is defined in dropally.toml",
            hint="change it there, then restart",
        )
    with ctx.auth.read() as connection:
        if storages.storage_by_id(connection, storage_id) is None:
            raise NotFoundError(f"no storage is called {storage_id!r}")
    return definition


def _record(
    connection: sqlite3.Connection,
    ctx: UpkeepContext,
    actor: Actor,
    sentence: str,
    definition: StorageDefinition,
) -> None:
    shown = {k: v for k, v in definition.options.items() if k not in SECRET_OPTIONS}
    audit.record(
        connection,
        ctx.now(),
        actor,
        audit.Activity.SETTINGS_CHANGED,
        sentence,
        target=definition.id,
        details={
            "location": definition.location,
            "region_label": definition.region_label,
            "options": shown,
        },
    )


def _tell(ctx: UpkeepContext, storage_id: str) -> None:
    ctx.events.publish("storage_changed", {"storage_id": storage_id}, needs=Verb.STORAGE_READ)
