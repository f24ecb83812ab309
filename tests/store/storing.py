"""Make a repository to be stored among the fixtures: small, and with every kind of object.

    python -m tests.store.storing tests/store/fixtures/format-1-whole

To be run when the format gets something new; what was stored before stays, and must go on opening.
"""

import hashlib
import json
import sys
from datetime import timedelta
from pathlib import Path

from dropally.store import (
    KeyFile,
    LocalBackend,
    MemoryBackend,
    Repository,
    SnapshotId,
    create_repository,
    open_repository,
)
from dropally.store.index import list_packs
from dropally.store.keys import new_key_file, rotate_keys
from dropally.store.pack import pack_key
from dropally.store.prune import prune
from dropally.store.prune.lease import Lease
from dropally.store.repair import put_sidecar
from dropally.store.repair.healing import SET_ASIDE_PREFIX
from dropally.store.replicate import replicate
from dropally.store.snapshot import LostPack, Session
from tests.store.prune.world import EAGER, SetClock, forget, open_with, random_files
from tests.store.samples import SECRET, SMALL, Files, back_up, join, object_keys
from tests.store.verify.notes import add_erasure

ABOUT_WORK = ("sessions/", "lease", "damaged/")
"""A replica has none of these."""


def made(clock: SetClock, key: KeyFile) -> tuple[MemoryBackend, dict[str, Files]]:
    """Two epochs, two key slots, freed space, and everything that is noted on the way."""
    backend = MemoryBackend(clock)
    repository = create_repository(backend, secrets=[SECRET, key], options=SMALL, clock=clock)
    common = {
        **random_files(1, 2, 900),
        "/empty": b"",
        "/lists": random_files(5, 1, 16_000)["/5/0"],
    }
    gone = back_up(repository, {**common, **random_files(2, 3, 900)})
    clock.advance(days=1)
    first = back_up(repository, common)
    forget(repository, gone)
    clock.advance(days=1)
    prune(repository, EAGER)
    repository.close()
    rotate_keys(backend, repository.keyring.repository_id, [SECRET, key])
    repository = open_with(backend, clock)
    second = back_up(repository, {**common, **random_files(3, 2, 900)})
    other = back_up(repository, random_files(4, 2, 900), "ns:2")
    truth = {
        first.id: common,
        second.id: {**common, **random_files(3, 2, 900)},
        other.id: random_files(4, 2, 900),
    }
    _note(repository, clock)
    repository.close()
    return backend, {str(key): files for key, files in truth.items()}


def _note(repository: Repository, clock: SetClock) -> None:
    backend, keyring = repository.backend, repository.keyring
    name, _ = next(iter(list_packs(backend)))
    put_sidecar(backend, name, backend.get(pack_key(name)))
    notes = repository.lost_and_wanted
    notes.note_lost(LostPack(name=bytes(32), why="a test", at=clock.now, chunks=b"\7" * 32))
    notes.want("ns:2", ["/4/0"])
    add_erasure(repository, clock.now)
    backend.put_new(SET_ASIDE_PREFIX + "0" * 64, [b"what was left"])
    clock.advance(hours=1)
    Session(backend, keyring, clock, "at work").start()
    Lease(backend, keyring, clock, "prune").__enter__()


def store(folder: Path) -> None:
    """Write it, and what it holds, to a new folder."""
    folder.mkdir(parents=True)
    clock = SetClock()
    backend, truth = made(clock, new_key_file(folder / "key"))
    target = LocalBackend(folder / "repository")
    replicate(backend, target)
    for prefix in ABOUT_WORK:
        for key in object_keys(backend, prefix):
            target.put_new(key, [backend.get(key)])
    for leftover in ("tmp~", "lock~"):
        path = folder / "repository" / leftover
        path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
    told = {
        "recovery_code": SECRET.text,
        "snapshots": [
            {"id": one, "files": {path: _digest(data) for path, data in sorted(files.items())}}
            for one, files in truth.items()
        ],
    }
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")
    _check(folder, clock)


def _check(folder: Path, clock: SetClock) -> None:
    later = SetClock()
    later.now = clock.now + timedelta(days=1)
    repository = open_repository(
        LocalBackend(folder / "repository"), KeyFile(folder / "key"), clock=later
    )
    told = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    with repository.reader() as reader:
        for kept in told["snapshots"]:
            tree = reader.tree(repository.snapshot(SnapshotId(kept["id"])).root)
            for path, entry in tree.scan():
                if (
                    entry.content is not None
                    and _digest(join(reader.read(entry.content))) != (kept["files"][path])
                ):
                    raise ValueError(f"{path} does not read as it was written")
    repository.close()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    store(Path(sys.argv[1]))
