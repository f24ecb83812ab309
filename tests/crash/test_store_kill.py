"""kill -9 of a real process that backs up to a real folder."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from dropally.store import LocalBackend
from tests.store.samples import SECRET, back_up, fingerprint_of, read_back, reopen, sample_files
from tests.store.samples import make as make_repository

MOMENTS = 5
FILES = sample_files(7, count=60, largest=60_000)

WORKER = """
import sys
from pathlib import Path
from dropally.store import LocalBackend, KeyFile, open_repository
from tests.store.samples import RecoveryCode, add_file, fingerprint_of, sample_files, ticking

backend = LocalBackend(sys.argv[1])
repository = open_repository(backend, RecoveryCode(sys.argv[2]), cache_dir=Path(sys.argv[3]), clock=ticking())
files = sample_files(7, count=60, largest=60_000)
with repository.writer(note="to be killed") as writer:
    print("started", flush=True)
    for path, data in files.items():
        writer.add([data], fingerprint=fingerprint_of(data), on_durable=lambda _, path=path: print(path, flush=True))
        if path.endswith("9"):
            writer.barrier()
"""


def test_killed_writers_lose_nothing_that_was_told_durable(tmp_path: Path) -> None:
    place = tmp_path / "repository"
    first = sample_files(8)
    repository = make_repository(LocalBackend(place))
    snapshot = back_up(repository, first)
    repository.close()
    rng = random.Random(9)
    for moment in range(MOMENTS):
        told = _run_and_kill(place, tmp_path / "cache", rng.uniform(0, 0.06) * moment)
        repository = reopen(LocalBackend(place), tmp_path / "cache")
        with repository.writer(note="after") as writer:
            assert not writer.adoption.damaged
            for path in told:
                assert writer.find(fingerprint_of(FILES[path])) is not None, path
        assert read_back(repository, snapshot) == first
        repository.close()
    repository = reopen(LocalBackend(place), tmp_path / "cache")
    assert read_back(repository, back_up(repository, FILES)) == FILES
    repository.close()


def _run_and_kill(place: Path, cache: Path, delay_s: float) -> list[str]:
    """The paths that the process had told durable when it was killed."""
    command = [sys.executable, "-c", WORKER, str(place), SECRET.text, str(cache)]
    environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2]))
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
        told = process.stdout.read().splitlines(keepends=True)
    return [line.rstrip("\n") for line in told if line.endswith("\n")]
