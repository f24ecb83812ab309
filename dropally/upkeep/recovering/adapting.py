"""Making a fetched database true for this machine: what it reaches, who is signed in, what is due."""

import sqlite3
from datetime import datetime

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.sealing import Sealer
from dropally.catalog import job_changes, outbox, sessions, storages
from dropally.catalog.database_file import DatabaseFile
from dropally.jobs.runner import Initiator, requests
from dropally.jobs.storage_definition import KINDS, StorageDefinition
from dropally.store import Point
from dropally.upkeep.rebuild import rebuild_request
from dropally.upkeep.recovering.source import RecoverySource
from dropally.upkeep.self_backup.package import Manifest
from dropally.upkeep.stored_storages import definition_of, row_of


def fit(
    connection: sqlite3.Connection,
    source: RecoverySource,
    storage_id: str,
    manifest: Manifest,
    sealer: Sealer,
    now: datetime,
) -> None:
    """Make the copy true for this machine: storages it reaches, nobody signed in, no old work."""
    _take_over_storages(connection, storage_id, manifest, sealer, now)
    reached = _as_reached(connection, source.definition, storage_id, manifest, sealer)
    storages.put_storage(connection, row_of(reached, sealer), now)
    default = next((record.id for record in manifest.storages if record.is_default), storage_id)
    storages.set_default_storage(connection, default)
    sessions.delete_every_session(connection)
    outbox.give_up_waiting(connection, "the appliance was recovered from an older state")
    job_changes.end_unfinished(
        connection,
        error="the appliance was recovered from a self-backup made while this job was not done",
        hint="start it again if it is still wanted",
        now=now,
    )
    # Listings and searches are answered from the catalog, which was not in the self-backup.
    again = rebuild_request(storage_id, Initiator("scheduler", "scheduler", "Recovery"))
    requests.add(connection, again, now)


def _take_over_storages(
    connection: sqlite3.Connection,
    storage_id: str,
    manifest: Manifest,
    sealer: Sealer,
    now: datetime,
) -> None:
    """Those that dropally.toml defined become storages of the console, without credentials."""
    known = {row.id for row in storages.all_storages(connection)}
    for record in manifest.storages:
        kind = next((kind for kind in KINDS if kind == record.kind), None)
        is_theirs = record.origin == "file" and record.id not in known
        if kind is None or not is_theirs or record.id == storage_id:
            continue
        definition = StorageDefinition(
            record.id,
            kind,
            record.location,
            record.options,
            record.region_label,
            record.min_free_bytes,
            record.min_free_share,
        )
        storages.put_storage(connection, row_of(definition, sealer), now)


def _as_reached(
    connection: sqlite3.Connection,
    given: StorageDefinition,
    storage_id: str,
    manifest: Manifest,
    sealer: Sealer,
) -> StorageDefinition:
    """The storage that this came from: where and how it was reached now, else as it was known."""
    row = storages.storage_by_id(connection, storage_id)
    known = definition_of(row, sealer) if row and row.kind == given.kind else None
    record = next((record for record in manifest.storages if record.id == storage_id), None)
    options = {**(known.options if known else {}), **given.options}
    return StorageDefinition(
        storage_id,
        given.kind,
        given.location,
        options,
        given.region_label or (record.region_label if record else ""),
        record.min_free_bytes if record else given.min_free_bytes,
        record.min_free_share if record else given.min_free_share,
    )


def record_recovery(
    connection: sqlite3.Connection, actor: Actor, now: datetime, point: Point, location: str
) -> None:
    """Leave a row in the audit."""
    made = point.time.isoformat(timespec="seconds")
    audit.record(
        connection,
        now,
        actor,
        audit.Activity.KEY_USED,
        f"The appliance was recovered from the self-backup of {made} in {location}.",
        target=point.id,
    )


def leftovers(database: DatabaseFile, manifest: Manifest, storage_id: str) -> list[str]:
    """What people have to do themselves."""
    notes = []
    with database.read() as connection:
        others = [row.id for row in storages.all_storages(connection) if row.id != storage_id]
    unreachable = [
        record.id
        for record in manifest.storages
        if record.id in others and record.origin == "file" and record.kind != "local"
    ]
    if unreachable:
        notes.append(
            "Credentials of these storages were in dropally.toml or the environment and have to be"
            f" given again: {', '.join(unreachable)}."
        )
    set_there = [one for one in manifest.settings if one.origin in {"file", "environment"}]
    if set_there:
        notes.append(
            "These settings came from dropally.toml or the environment of the lost machine: "
            + ", ".join(f"{one.key} = {one.value}" for one in set_there)
        )
    return notes
