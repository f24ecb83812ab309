"""A file system that takes no more: here, a limit on how long a process's files may grow."""

import os
import subprocess
import sys
from pathlib import Path

from dropally.store import LocalBackend
from tests.store.samples import SECRET, back_up, make, read_back, reopen, sample_files

SCRIPT = """
import resource, sys
from dropally.store import LocalBackend, RecoveryCode, StoreError, open_repository
from tests.store.samples import back_up, sample_files, ticking

repository = open_repository(LocalBackend(sys.argv[1]), RecoveryCode(sys.argv[2]), clock=ticking())
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    back_up(repository, sample_files(2))
except StoreError as error:
    print(type(error).__name__, error.hint != "")
"""


def test_a_full_disk_is_named_and_harms_nothing(tmp_path: Path) -> None:
    place = tmp_path / "repository"
    repository = make(LocalBackend(place))
    files = sample_files(1, count=5, largest=3000)
    snapshot = back_up(repository, files)
    environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2]))
    command = [sys.executable, "-W", "error", "-c", SCRIPT, str(place), SECRET.text]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["StoreFullError", "True"], done.stderr
    again = reopen(LocalBackend(place))
    assert [one.id for one in again.snapshots()] == [snapshot.id]
    assert read_back(again, snapshot) == files
    more = sample_files(2)
    assert read_back(again, back_up(again, more)) == more
