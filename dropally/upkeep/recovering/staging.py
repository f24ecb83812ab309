"""Fetching a self-backup into a bare data folder, checking it, and making it fit this machine."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from dropally.auth.actors import Actor
from dropally.auth.sealing import open_sealer
from dropally.catalog import people
from dropally.catalog.appliance import FILE_NAME as DATABASE
from dropally.catalog.appliance import open_appliance_database
from dropally.catalog.faults import NewerSchemaError
from dropally.common.clock import Clock
from dropally.common.errors import ConflictError, DeniedError, TryLaterError, UsageError
from dropally.store import (
    DamagedError,
    KeyFile,
    Point,
    Repository,
    StoreError,
    WrongSecretError,
    new_key_file,
)
from dropally.store.keys import add_slot, unlock
from dropally.upkeep.recovering.adapting import fit, leftovers, record_recovery
from dropally.upkeep.recovering.finishing import FILES, FOLDER, is_ready, mark_ready
from dropally.upkeep.recovering.source import RecoverySource
from dropally.upkeep.self_backup.listing import find_self_backup
from dropally.upkeep.self_backup.making import KEY_NAME
from dropally.upkeep.self_backup.package import Manifest, unpack

_LOCK = "recovering.lock"


@dataclass(frozen=True)
class Staged:
    """What was fetched. `notes` are for whoever recovers."""

    self_backup_id: str
    made: datetime
    version: str
    appliance: str
    storage_id: str
    notes: list[str]


def stage(
    source: RecoverySource,
    data_folder: Path,
    clock: Clock,
    actor: Actor,
    *,
    self_backup_id: str = "",
    key_file: Path | None = None,
    needs_key: bool = True,
    is_served: bool = False,
) -> Staged:
    """Bring everything to where `finishing.finish` takes it up; until then nothing is changed.

    `key_file`: where the configuration wants the appliance's own key, if not in the data folder.
    `needs_key`: False where a passphrase opens repositories, given at each start.
    `is_served`: this very process has the data folder open. Raises ConflictError where an appliance
    is set up already, TryLaterError where one is running, NotFoundError without a self-backup,
    UsageError for one of a newer Dropally, the store's errors.
    """
    with _alone(data_folder):
        _refuse_used(data_folder, is_served=is_served)
        folder = data_folder / FOLDER
        shutil.rmtree(folder, ignore_errors=True)
        (folder / FILES).mkdir(mode=0o700, parents=True)
        folder.chmod(0o700)
        try:
            with source.open(clock) as repository:
                point = find_self_backup(repository, self_backup_id)
                manifest = _fetch(repository, point, folder / FILES)
                notes = []
                if needs_key:
                    notes = _take_key(repository, key_file or folder / FILES / KEY_NAME)
            staged = _adapt(source, point, manifest, folder / FILES, clock, actor)
            _make_ready(data_folder)
            return replace(staged, notes=notes + staged.notes)
        except BaseException:
            if not is_ready(data_folder):
                shutil.rmtree(folder, ignore_errors=True)
            raise


def _adapt(
    source: RecoverySource,
    point: Point,
    manifest: Manifest,
    files: Path,
    clock: Clock,
    actor: Actor,
) -> Staged:
    """Open the fetched database, check it, and make it fit this machine."""
    storage_id = point.labels.get("storage") or source.definition.id
    try:
        with open_appliance_database(files) as database:
            database.check()
            sealer = open_sealer(files)
            with database.write() as tables:
                fit(tables.conn, source, storage_id, manifest, sealer, clock.now())
                record_recovery(tables.conn, actor, clock.now(), point, source.definition.location)
            notes = leftovers(database, manifest, storage_id)
    except NewerSchemaError as error:
        raise UsageError(
            f"this self-backup was made by a newer Dropally ({manifest.version})",
            hint="install that version or a later one, then recover with it",
        ) from error
    return Staged(point.id, point.time, manifest.version, manifest.appliance, storage_id, notes)


def _make_ready(data_folder: Path) -> None:
    files = data_folder / FOLDER / FILES
    _drop_companions(files)
    names = sorted(str(path.relative_to(files)) for path in files.rglob("*") if path.is_file())
    mark_ready(data_folder, names)


def _fetch(repository: Repository, point: Point, files: Path) -> Manifest:
    if point.about is None:
        raise DamagedError(f"the self-backup {point.id} holds nothing")
    with repository.reader(threads=1) as reader:
        return unpack(reader.read(point.about), files)


# -- the data folder -----------------------------------------------------------------------


@contextmanager
def _alone(data_folder: Path) -> Iterator[None]:
    try:
        data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(data_folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DeniedError(
            f"{data_folder} cannot be written: {error.strerror}",
            hint="name another folder, or run this as the account that Dropally runs as",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise TryLaterError(f"another recovery into {data_folder} is running") from error
    finally:
        os.close(descriptor)


def _refuse_used(data_folder: Path, *, is_served: bool) -> None:
    if is_ready(data_folder):
        raise ConflictError(
            "recovery_waits",
            f"a recovery into {data_folder} only waits for Dropally's start",
            hint="start Dropally",
        )
    path = data_folder / DATABASE
    if not path.exists():
        return
    if not is_served and _is_open(path):
        raise TryLaterError(
            f"Dropally is running on {data_folder}",
            hint="stop it first, or recover in its console",
        )
    if _has_users(path):
        raise ConflictError(
            "already_set_up",
            f"an appliance is set up in {data_folder} already",
            hint="recover into an empty folder (--data), or move this one aside",
        )


def _is_open(database: Path) -> bool:
    """Whoever has the database open holds a lock on the file beside it (catalog.open_mark)."""
    with (
        suppress(FileNotFoundError),
        database.with_name(database.name + ".lock").open("rb") as mark,
    ):
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _has_users(database: Path) -> bool:
    """True unless it is surely an appliance that nobody has set up."""
    try:
        connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True)
    except sqlite3.Error:
        return True
    try:
        return people.has_users(connection)
    except sqlite3.OperationalError as error:
        return "no such table" not in str(error)
    except sqlite3.Error:
        return True
    finally:
        connection.close()


# -- making it fit -------------------------------------------------------------------------


def _take_key(repository: Repository, own: Path) -> list[str]:
    """See that the appliance's own key opens the repository, as it did before."""
    try:
        if not own.exists():
            new_key_file(own)
            add_slot(repository.backend, repository.keyring, KeyFile(own), label="appliance")
            return [f"A new key file was made: {own.name}."]
        try:
            unlock(repository.backend, repository.keyring.repository_id, KeyFile(own))
        except WrongSecretError:
            add_slot(repository.backend, repository.keyring, KeyFile(own), label="appliance")
            return ["The repository was opened to the appliance's key file."]
    except StoreError as error:
        raise DeniedError(
            f"no key for unattended starts could be added to the repository: {error}",
            hint="the recovery needs to write to the storage: check the credentials",
        ) from error
    return []


def _drop_companions(files: Path) -> None:
    """The database was closed: what SQLite and we keep beside an open one is not needed."""
    for path in files.glob(f"{DATABASE}?*"):
        path.unlink()
    for path in files.glob("dropally.before-*.db"):
        path.unlink()
