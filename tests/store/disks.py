"""Real small file systems: memory that is mounted as a disk, which needs to be root."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


class Disk:
    """A mounted tmpfs of a few MiB."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def remount(self, options: str) -> None:
        """Change it under whoever uses it: `ro`, `rw`, `size=8m`."""
        _mount("-o", f"remount,{options}", str(self.place))


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Disk]:
    """Skips the test where mounting is not allowed. Others may look into the folder."""
    place = Path(tempfile.mkdtemp(prefix="dropally-disk-", dir="/tmp"))
    place.chmod(0o755)
    try:
        try:
            _mount("-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(place))
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"a file system cannot be mounted here, which root may: {error}")
        try:
            yield Disk(place)
        finally:
            # Lazily: whatever still has a file of it open does not keep it.
            subprocess.run(["umount", "-l", str(place)], check=True)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)
