"""The last step of a recovery: checked files take their place in the data folder.

Whatever stops it, it goes on at the next start: `ready` is written when every file lies checked and
durable in `recovering~`, and `dropally.db` is moved last. Until then the folder is as it was.
"""

import os
import shutil
from pathlib import Path

import msgspec

from dropally.catalog.appliance import FILE_NAME as DATABASE
from dropally.common.errors import DeniedError

FOLDER = "recovering~"
FILES = "files"
_READY = "ready"
_BESIDE = ("-wal", "-shm", ".lock")
_KEPT_AS = "dropally.before-recovery.db"


class _Plan(msgspec.Struct, frozen=True):
    """Names of the files to be moved, `dropally.db` last."""

    names: list[str]


def mark_ready(data_folder: Path, names: list[str]) -> None:
    """Every file is there: from now on the recovery is brought to its end."""
    folder = data_folder / FOLDER
    for name in names:
        make_durable(folder / FILES / name)
        make_durable((folder / FILES / name).parent)
    ordered = sorted(names, key=lambda name: name == DATABASE)
    draft = folder / f"{_READY}.draft"
    draft.write_bytes(msgspec.json.encode(_Plan(ordered)))
    make_durable(draft)
    draft.rename(folder / _READY)
    make_durable(folder)


def is_ready(data_folder: Path) -> bool:
    """True if a recovery waits for its last step."""
    return (data_folder / FOLDER / _READY).is_file()


def finish(data_folder: Path) -> bool:
    """Bring a recovery to its end, or clear away one that was cut short; True if there was one.

    Call it before anything in the data folder is opened. Raises DeniedError.
    """
    folder = data_folder / FOLDER
    if not folder.is_dir():
        return False
    try:
        if is_ready(data_folder):
            _move(folder, data_folder)
            done = True
        else:
            done = False
        shutil.rmtree(folder)
        make_durable(data_folder)
    except (OSError, msgspec.MsgspecError) as error:
        raise DeniedError(
            f"the recovery in {folder} cannot be brought to its end: {error}",
            hint="check the folder's owner, mode and free space, then start again",
        ) from error
    return done


def _move(folder: Path, data_folder: Path) -> None:
    plan = msgspec.json.decode((folder / _READY).read_bytes(), type=_Plan)
    for name in plan.names:
        staged, target = folder / FILES / name, data_folder / name
        if not staged.exists():
            continue  # moved before the process was killed
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if name == DATABASE:
            _set_aside(target)
        staged.replace(target)
        make_durable(target.parent)


def _set_aside(database: Path) -> None:
    """An appliance that nobody had set up was there; what lies beside it belongs to it."""
    if database.exists():
        database.replace(database.with_name(_KEPT_AS))
    for suffix in _BESIDE:
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    database.with_name("setup-code").unlink(missing_ok=True)


def make_durable(path: Path) -> None:
    """Wait until the disk has it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
