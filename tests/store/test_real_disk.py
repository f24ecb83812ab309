"""A disk that is really full, read-only, or somebody else's: nothing is lost, and all is named."""

import ctypes
import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from dropally.store import LocalBackend, ReadOnlyError, StoreFullError
from dropally.store.backend import Floor, open_backend
from tests.store.disks import Disk, small_disk
from tests.store.samples import back_up, make, object_keys, read_back, reopen, sample_files

FILES = sample_files(1, count=5, largest=3000)
NOBODY = 65534


@pytest.fixture
def disk() -> Iterator[Disk]:
    with small_disk(4) as mounted:
        yield mounted


def large_files(seed: int, megabytes: int = 6) -> dict[str, bytes]:
    return {
        f"/{number}": random.Random(seed + number).randbytes(1 << 20) for number in range(megabytes)
    }


def test_a_full_disk_keeps_what_it_has_and_goes_on_with_more_space(disk: Disk) -> None:
    place = str(disk.place / "repository")
    repository = make(LocalBackend(place))
    snapshot = back_up(repository, FILES)
    with pytest.raises(StoreFullError) as caught:
        back_up(repository, large_files(1))
    assert "No space left" in str(caught.value)
    assert caught.value.hint
    again = reopen(LocalBackend(place))
    assert [one.id for one in again.snapshots()] == [snapshot.id]
    assert read_back(again, snapshot) == FILES
    assert list((disk.place / "repository" / "tmp~").iterdir()) == []
    disk.remount("size=32m")
    more = large_files(1)
    assert read_back(again, back_up(again, more)) == more


def test_a_disk_that_turns_read_only_gives_what_it_has_and_takes_more_later(disk: Disk) -> None:
    place = str(disk.place / "repository")
    repository = make(LocalBackend(place))
    snapshot = back_up(repository, FILES)
    disk.remount("ro")
    with pytest.raises(ReadOnlyError, match="Read-only file system") as caught:
        back_up(repository, {"/new": b"1"})
    assert "mounted writable" in caught.value.hint
    assert read_back(reopen(LocalBackend(place)), snapshot) == FILES
    disk.remount("rw")
    more = {**FILES, "/new": b"1"}
    assert read_back(repository, back_up(repository, more)) == more


@contextmanager
def as_nobody() -> Iterator[None]:
    """This thread touches files as the user nobody, whom permissions stop."""
    libc = ctypes.CDLL(None)
    libc.setfsuid(NOBODY)
    try:
        yield
    finally:
        libc.setfsuid(0)


def test_a_folder_of_somebody_else_is_named(disk: Disk) -> None:
    backend = LocalBackend(disk.place / "repository")
    backend.put_new("packs/ab/x", [b"1"])
    (disk.place / "repository").chmod(0o755)
    with as_nobody():
        with pytest.raises(ReadOnlyError, match="Permission denied") as caught:
            backend.put_new("packs/ab/y", [b"2"])
        assert "who owns the folder" in caught.value.hint
        with pytest.raises(ReadOnlyError, match="Permission denied"):
            backend.get("packs/ab/x")
        with pytest.raises(ReadOnlyError, match="Permission denied"):
            backend.delete("packs/ab/x")
    assert backend.get("packs/ab/x") == b"1"


def test_backups_stop_before_the_disk_is_full_and_reading_goes_on(disk: Disk) -> None:
    place = str(disk.place / "repository")
    snapshot = back_up(make(LocalBackend(place)), FILES)
    guarded = reopen(open_backend(place, floor=Floor(share=0.5)))
    with pytest.raises(StoreFullError, match=r"\d MiB free, and is to keep 2 MiB free") as caught:
        back_up(guarded, large_files(2))
    assert "min_free" in caught.value.hint
    stored = sum(stat.size_bytes for stat in LocalBackend(place).list(""))
    assert stored < 2 << 20
    assert read_back(guarded, snapshot) == FILES
    assert object_keys(guarded.backend, "sessions/") == []
    disk.remount("size=32m")
    more = large_files(2)
    assert read_back(guarded, back_up(guarded, more)) == more
