"""The data folder's disk is mounted read-only, really; `python -m bench.read_only` has it fail at work."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import served
from dropally.app.doors import LOCAL_SOCKET
from dropally.catalog.appliance import open_appliance_database
from dropally.catalog.faults import DatabaseReadOnlyError, is_read_only

_WITHIN_S = 60.0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, in memory."""
    place = tmp_path / "data"
    place.mkdir(mode=0o700)
    if not mount("-t", "tmpfs", "-o", "mode=700", "none", str(place)):
        pytest.skip("mounting is not allowed here")
    yield place
    # Lazily: whatever still has a file of it open does not keep it.
    subprocess.run(["umount", "-l", str(place)], check=True)


def mount(*arguments: str) -> bool:
    if os.geteuid() != 0:
        return False
    try:
        done = subprocess.run(["mount", *arguments], check=False, capture_output=True)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def remount(place: Path, how: str) -> None:
    assert mount("-o", f"remount,{how}", str(place))


def configured(disk: Path) -> Path:
    config = disk.parent / "dropally.toml"
    config.write_text(
        f'[paths]\ndata = "{disk}"\ncache = "{disk.parent}/cache"\n'
        f'[[storage]]\npath = "{disk.parent}/repository"\n'
        '[server]\nlisten = ["127.0.0.1:0"]\ntls = "off"\n[metrics]\nenabled = false\n'
    )
    return config


def serve(config: Path, disk: Path) -> None:
    """Start it, see that it opens its door, stop it."""
    process = served.start(config)
    try:
        deadline = time.monotonic() + _WITHIN_S
        while not (disk / LOCAL_SOCKET).exists():
            assert process.poll() is None, (config.parent / "serve.log").read_text()
            assert time.monotonic() < deadline, "it does not start"
            time.sleep(0.05)
    finally:
        process.terminate()
        assert process.wait(_WITHIN_S) == 0


def test_on_a_read_only_disk_it_says_so_and_afterwards_it_starts(disk: Path) -> None:
    config = configured(disk)
    serve(config, disk)
    remount(disk, "ro")
    assert is_read_only(disk)
    refused = subprocess.run(
        [sys.executable, "-m", "dropally", "serve", "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=_WITHIN_S,
        check=False,
    )
    assert refused.returncode not in (0, None)
    assert "read-only" in refused.stderr.lower()
    assert "Traceback" not in refused.stderr
    remount(disk, "rw")
    serve(config, disk)


def test_the_database_names_a_read_only_disk(disk: Path) -> None:
    open_appliance_database(disk).close()
    remount(disk, "ro")
    with pytest.raises(DatabaseReadOnlyError):
        open_appliance_database(disk)
    remount(disk, "rw")
    assert not is_read_only(disk)
    open_appliance_database(disk).close()
