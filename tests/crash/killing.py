"""kill -9 of a real process before a call that changes the disk: one process, a fork for each kill.

    python -m tests.crash.killing WORK START SECRET FOLDER KILLS

Copies the repository START to FOLDER/0, FOLDER/1, …, and does WORK on each copy in a child that is
killed, each later than the one before, over all calls that the whole work makes. Nothing but the
parent's imports is shared, and no thread runs when it forks.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dropally.store import LocalBackend, RecoveryCode, Repository, open_repository
from dropally.store.keys import rotate_keys
from dropally.store.prune import PruneOptions, prune
from dropally.store.replicate import replicate
from tests.store.prune.world import forget, random_files
from tests.store.samples import SECRET, back_up

EAGER = PruneOptions(
    grace=timedelta(0), min_age=timedelta(0), settle=timedelta(0), small_packs=1000
)
CHANGING = (
    *("link", "unlink", "rename", "replace", "mkdir", "ftruncate"),
    *("write", "writev", "fdatasync", "fsync"),
)
"""What a folder's backend calls to change something, or to make a change durable."""


def machine_clock() -> datetime:
    """The clock that stamps files, since a folder is the storage."""
    return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251  the machine's own


def opened(place: Path, secret: RecoveryCode = SECRET) -> Repository:
    """The repository in a folder, with an index that goes with the process."""
    return open_repository(LocalBackend(place), secret, clock=machine_clock)


def _back_up(place: Path, secret: RecoveryCode) -> None:
    back_up(opened(place, secret), random_files(5, 3, 3000), "ns:new")


def _forget(place: Path, secret: RecoveryCode) -> None:
    repository = opened(place, secret)
    forget(repository, next(repository.snapshots("ns:1")))


def _prune(place: Path, secret: RecoveryCode) -> None:
    prune(opened(place, secret), EAGER)


def _rotate(place: Path, secret: RecoveryCode) -> None:
    repository_id = opened(place, secret).keyring.repository_id
    rotate_keys(LocalBackend(place), repository_id, [secret])


def _replicate(place: Path, _: RecoveryCode) -> None:
    replicate(LocalBackend(place), LocalBackend(replica_of(place)))


WORKS: dict[str, Callable[[Path, RecoveryCode], None]] = {
    "backup": _back_up,
    "forget": _forget,
    "prune": _prune,
    "rotate": _rotate,
    "replicate": _replicate,
}


def replica_of(place: Path) -> Path:
    """Where `replicate` copies to."""
    return place.with_name(f"{place.name}-replica")


def killed_copies(work: str, start: Path, folder: Path, kills: int) -> list[Path]:
    """The folders that the killed ones left, in the order of their deaths."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.crash.killing", work, str(start), SECRET.text]
    environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2]))
    subprocess.run([*command, str(folder), str(kills)], env=environment, check=True, timeout=250)
    return [folder / str(number) for number in range(kills)]


def _main(work: str, start: str, code: str, folder: str, kills: str) -> None:
    secret = RecoveryCode(code)
    total = _do(WORKS[work], _copied(start, f"{folder}/whole"), secret, None)
    for number in range(int(kills)):
        at = 1 + number * (total - 1) // max(1, int(kills) - 1)
        _do(WORKS[work], _copied(start, f"{folder}/{number}"), secret, at)


def _copied(start: str, place: str) -> Path:
    shutil.copytree(start, place)
    return Path(place)


def _do(
    work: Callable[[Path, RecoveryCode], None],
    place: Path,
    secret: RecoveryCode,
    kill_at: int | None,
) -> int:
    """Do it in a child, to its end or to the call of that number; how many calls it made."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        tell, calls = os.write, _counted(kill_at)
        try:
            work(place, secret)
        finally:
            tell(writing, str(len(calls)).encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if kill_at is None and not told:
        raise RuntimeError("the work cannot be done at all")
    if kill_at is not None and os.WIFSIGNALED(status) != (not told):
        raise RuntimeError("the child was neither killed nor did it end")
    return int(told or 0)


def _counted(kill_at: int | None) -> list[str]:
    """From here on, note each call that changes the disk; the process dies before one of them."""
    calls: list[str] = []

    def counting(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            if len(calls) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **kwargs)

        return counted

    for name in CHANGING:
        setattr(os, name, counting(name, getattr(os, name)))
    return calls


if __name__ == "__main__":
    _main(*sys.argv[1:])
