"""Moving a storage that stands in dropally.toml: only the file says where it lies.

So the repository is copied whole while no backup runs, and backups wait until the file names the new
place: what they wrote into the old one meanwhile would be missing in the new. They do not wait for
ever: if the file is not changed within a day, they go on in the old place, and the copy is out of date.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dropally.auth import audit
from dropally.auth.actors import scheduler
from dropally.auth.verbs import Verb
from dropally.catalog import storages
from dropally.catalog.storages import MoveRow
from dropally.common.errors import DeniedError
from dropally.jobs.storage_definition import SECRET_OPTIONS, StorageDefinition
from dropally.upkeep.context import UpkeepContext

WAITS_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class WaitingMove:
    """A copy that is whole and waits for dropally.toml to say `lines` for its storage.

    After `until` backups go on in the old place. `lines` is "" when the storage that was copied to
    is not defined any more.
    """

    location: str
    lines: str
    until: datetime


def lines_for_file(storage_id: str, place: StorageDefinition) -> str:
    """What dropally.toml has to say of the storage from now on; credentials are only named."""
    return "\n".join(_lines(storage_id, place))


def _lines(storage_id: str, place: StorageDefinition) -> Iterator[str]:
    yield "[[storage]]"
    yield f"id = {_quoted(storage_id)}"
    yield f"kind = {_quoted(place.kind)}"
    if place.folder is not None:
        yield f"path = {_quoted(place.location)}"
    else:
        bucket, _, prefix = place.location.partition("://")[2].partition("/")
        yield f"bucket = {_quoted(bucket)}"
        if prefix:
            yield f"prefix = {_quoted(prefix)}"
    for name, value in place.options.items():
        if name in SECRET_OPTIONS:
            yield f"# {name} = as for storage {place.id}"
        else:
            yield f"{name} = {_quoted(value)}"


def _quoted(text: str) -> str:
    """As TOML writes a text; JSON writes it the same way."""
    return json.dumps(text, ensure_ascii=False)


def await_file(ctx: UpkeepContext, here: StorageDefinition, there: StorageDefinition) -> None:
    """The copy is whole: hold backups until the file names the new place."""
    row = MoveRow(here.id, here.location, there.location, ctx.now())
    with ctx.auth.write() as connection:
        storages.put_move(connection, row)
    _hold(ctx, row)
    ctx.events.publish("storage_changed", {"storage_id": here.id}, needs=Verb.STORAGE_READ)


def waiting_move(ctx: UpkeepContext, storage_id: str) -> WaitingMove | None:
    """What the file has to say of a storage that was copied; None where nothing is awaited."""
    with ctx.auth.read() as connection:
        rows = [row for row in storages.all_moves(connection) if row.storage_id == storage_id]
    for row in rows:
        defined = [ctx.storages.definition(one) for one in ctx.storages.ids() if one != storage_id]
        lines = [lines_for_file(storage_id, one) for one in defined if _lies_at(one, row)]
        return WaitingMove(row.to_location, "".join(lines[:1]), row.moved + WAITS_FOR)
    return None


def _lies_at(storage: StorageDefinition, row: MoveRow) -> bool:
    return storage.location == row.to_location


def settle_moves(ctx: UpkeepContext) -> None:
    """At the start and now and then: end moves that the file has followed, or did not in a day."""
    with ctx.auth.read() as connection:
        rows = storages.all_moves(connection)
    for row in rows:
        if row.storage_id not in ctx.storages.ids():
            _end(ctx, row, "is not defined any more")
        elif ctx.storages.definition(row.storage_id).location == row.to_location:
            _end(ctx, row, f"lies at {row.to_location} now; {row.from_location} was left as it is")
        elif ctx.now() - row.moved >= WAITS_FOR:
            _end(ctx, row, f"stays at {row.from_location}, since dropally.toml was not changed")
        else:
            _hold(ctx, row)


def _hold(ctx: UpkeepContext, row: MoveRow) -> None:
    ctx.storages.hold_backups(
        row.storage_id,
        DeniedError(
            f"storage {row.storage_id!r} was copied to {row.to_location}, and waits for"
            " dropally.toml to name that place",
            hint="change its lines in dropally.toml (the job of the switch shows them) and restart;"
            f" without that, backups go on in the old place {WAITS_FOR.days * 24} hours after",
        ),
    )


def _end(ctx: UpkeepContext, row: MoveRow, outcome: str) -> None:
    with ctx.auth.write() as connection:
        storages.delete_move(connection, row.storage_id)
        audit.record(
            connection,
            ctx.now(),
            scheduler(),
            audit.Activity.SETTINGS_CHANGED,
            f"Storage {row.storage_id} {outcome}.",
            target=row.storage_id,
            details={"from": row.from_location, "to": row.to_location},
        )
    if row.storage_id in ctx.storages.ids():
        ctx.storages.hold_backups(row.storage_id, None)
        ctx.events.publish(
            "storage_changed", {"storage_id": row.storage_id}, needs=Verb.STORAGE_READ
        )
