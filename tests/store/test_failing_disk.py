"""A disk that cannot read some sectors, and folders that may not be read or written."""

import errno
import os
from pathlib import Path

import pytest
from dropally.store import (
    BackendUnavailableError,
    DamagedError,
    LocalBackend,
    MemoryBackend,
    ReadOnlyError,
    StoreError,
    StoreFullError,
)
from dropally.store.repair import put_sidecar, repair
from dropally.store.replicate import check_copy, replicate
from dropally.store.verify import VerifyLedger, verify
from tests.store.samples import back_up, make, object_keys, read_back, reopen, sample_files

FILES = sample_files(9, count=25, largest=20_000)
SECTOR = 4096
Bad = set[tuple[str, int]]


@pytest.fixture
def bad(monkeypatch: pytest.MonkeyPatch) -> Bad:
    """(end of a file's path, sector) that cannot be read."""
    sectors: Bad = set()
    read = os.pread

    def pread(fd: int, length: int, offset: int) -> bytes:
        path = Path(f"/proc/self/fd/{fd}").readlink()
        for name, sector in sectors:
            begin = sector * SECTOR
            if str(path).endswith(name) and offset < begin + SECTOR and begin < offset + length:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        return read(fd, length, offset)

    monkeypatch.setattr(os, "pread", pread)
    return sectors


def test_unreadable_sectors_are_damage_that_is_named_and_healed(tmp_path: Path, bad: Bad) -> None:
    backend = LocalBackend(tmp_path / "repository")
    repository = make(backend)
    back_up(repository, FILES)
    replica = MemoryBackend()
    replicate(backend, replica)
    key = max(object_keys(backend, "packs/"), key=lambda one: backend.stat(one).size_bytes)
    bad.add((key, 1))
    with pytest.raises(DamagedError, match="Input/output"):
        backend.get(key)
    ledger = VerifyLedger(None, repository.config.repository_id)
    report = verify(repository, ledger)
    assert [finding.key for finding in report.findings] == [key]
    assert replicate(backend, MemoryBackend()).damaged == [key]
    done = repair(repository, ledger, report.findings, replicas=[replica])
    assert [healed.key for healed in done.healed] == [key]
    bad.clear()  # the file is a new one, on other sectors
    assert verify(repository, ledger).is_good
    assert check_copy(backend, replica).wrong == []
    ledger.close()


def test_what_lies_between_bad_sectors_is_enough_for_parity(tmp_path: Path, bad: Bad) -> None:
    backend = LocalBackend(tmp_path / "repository")
    repository = make(backend)
    back_up(repository, FILES)
    key = max(object_keys(backend, "packs/"), key=lambda one: backend.stat(one).size_bytes)
    put_sidecar(backend, bytes.fromhex(key[-64:]), backend.get(key))
    bad.add((f"packs/{key[6:8]}/{key[-64:]}", 2))
    ledger = VerifyLedger(None, repository.config.repository_id)
    done = repair(repository, ledger, verify(repository, ledger).findings)
    assert [(healed.key, healed.source) for healed in done.healed] == [(key, "parity")]
    ledger.close()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.EROFS, ReadOnlyError),
        (errno.EACCES, ReadOnlyError),
        (errno.ENOSPC, StoreFullError),
        (errno.EDQUOT, StoreFullError),
        (errno.EIO, BackendUnavailableError),
    ],
)
def test_a_disk_that_takes_nothing_is_named_and_keeps_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[StoreError]
) -> None:
    place = tmp_path / "repository"
    repository = make(LocalBackend(place))
    snapshot = back_up(repository, FILES)
    real_open = os.open

    def refusing_open(path: str, flags: int, *more: int, **where: int) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR) and str(path).startswith(str(place)):
            raise OSError(code, os.strerror(code))
        return real_open(path, flags, *more, **where)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refusing_open)
        with pytest.raises(kind) as caught:
            back_up(repository, sample_files(2, count=3))
        assert caught.value.hint
    again = reopen(LocalBackend(place))
    assert [one.id for one in again.snapshots()] == [snapshot.id]
    assert read_back(again, snapshot) == FILES
    more = sample_files(2, count=3)
    assert read_back(again, back_up(again, more)) == more
