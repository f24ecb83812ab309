"""Several processes write to one repository in a folder, with one cache folder."""

import os
import subprocess
import sys
from pathlib import Path

from dropally.store import LocalBackend
from tests.store.samples import SECRET, make, object_keys, read_back, reopen, sample_files

WORKER = """
import sys
from pathlib import Path
from dropally.store import LocalBackend, RecoveryCode, open_repository
from tests.store.samples import back_up, sample_files, ticking

backend = LocalBackend(sys.argv[1])
secret = RecoveryCode(sys.argv[2])
seed = int(sys.argv[4])
repository = open_repository(backend, secret, cache_dir=Path(sys.argv[3]), clock=ticking())
for run in range(3):
    back_up(repository, {**sample_files(1), **sample_files(seed), "/run": bytes([run])}, f"ns:{seed}")
repository.close()
"""


def test_two_processes_back_up_at_once(tmp_path: Path) -> None:
    place, cache = tmp_path / "repository", tmp_path / "cache"
    make(LocalBackend(place)).close()
    environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2]))
    workers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WORKER, place, SECRET.text, cache, str(seed)],
            env=environment,
        )
        for seed in (2, 3)
    ]
    assert [worker.wait(120) for worker in workers] == [0, 0]
    repository = reopen(LocalBackend(place), cache)
    for seed in (2, 3):
        snapshots = list(repository.snapshots(f"ns:{seed}"))
        assert [one.sequence for one in snapshots] == [1, 2, 3]
        for run, snapshot in enumerate(snapshots):
            expected = {**sample_files(1), **sample_files(seed), "/run": bytes([run])}
            assert read_back(repository, snapshot) == expected
    with repository.writer(note="look") as writer:
        assert not writer.adoption.adopted
        assert not writer.adoption.missing
    assert object_keys(repository.backend, "sessions/") == []
    repository.close()
