import errno
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.store.backend import Backend, LocalBackend, direct, open_backend
from dropally.store.backend.direct import BLOCK_BYTES, BUFFER_BYTES, DIRECT_FROM_BYTES, DirectWriter
from dropally.store.backend.local import LOCK_FILE, STALE_AFTER_S, TEMPORARY_FOLDER
from dropally.store.errors import (
    AlreadyExistsError,
    BackendUnavailableError,
    DamagedError,
    ReadOnlyError,
    StoreFullError,
)
from tests.store.backend.contract import BackendContract

BIG = DIRECT_FROM_BYTES + 4097


class TestLocal(BackendContract):
    @pytest.fixture
    def backend(self, tmp_path: Path) -> Backend:
        return LocalBackend(tmp_path / "repository")


class TestLocalBuffered(BackendContract):
    """A file system that refuses O_DIRECT gets the same objects."""

    @pytest.fixture
    def backend(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Backend:
        monkeypatch.setattr(direct, "_set_direct", lambda fd, *, wanted: False)
        return LocalBackend(tmp_path)


class TestLocalWithoutLinks(BackendContract):
    """A file system without hard links gets names by renameat2."""

    @pytest.fixture
    def backend(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Backend:
        def refuse(*_: object) -> None:
            raise PermissionError(errno.EPERM, "no links here")

        monkeypatch.setattr(os, "link", refuse)
        return LocalBackend(tmp_path)


@pytest.fixture
def backend(tmp_path: Path) -> LocalBackend:
    return LocalBackend(tmp_path / "r")


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("location", ["{}", "file://{}"])
def test_a_folder_is_opened_by_path_or_url(tmp_path: Path, location: str) -> None:
    backend = open_backend(location.format(tmp_path / "a folder"))
    backend.put_new("x", [b"1"])
    assert (tmp_path / "a folder" / "x").read_bytes() == b"1"


def test_objects_are_readable_by_their_owner_only(backend: LocalBackend, tmp_path: Path) -> None:
    backend.put_new("packs/ab/x", [b"1"])
    assert (tmp_path / "r/packs/ab/x").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "r/packs/ab").stat().st_mode & 0o777 == 0o700


def test_reading_makes_no_folder(tmp_path: Path) -> None:
    backend = LocalBackend(tmp_path / "none")
    assert list(backend.list("")) == []
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("size", [BLOCK_BYTES * 256, BIG, BUFFER_BYTES, BUFFER_BYTES + 1, 3 * BIG])
@pytest.mark.parametrize("parts", [1, 7])
def test_direct_writes_keep_every_byte(backend: LocalBackend, size: int, parts: int) -> None:
    data = os.urandom(size)
    step = -(-size // parts)
    backend.put_new("x", [data[i : i + step] for i in range(0, size, step)])
    assert backend.get("x") == data


def test_a_refusal_in_the_middle_of_direct_writing_starts_again_buffered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def refuse_second(fd: int, view: memoryview) -> None:
        calls.append(view.nbytes)
        if len(calls) == 2:
            raise OSError(errno.EINVAL, "alignment")
        os.write(fd, view)

    monkeypatch.setattr(direct, "_write_all", refuse_second)
    data = os.urandom(BUFFER_BYTES + 100)
    backend = LocalBackend(tmp_path)
    backend.put_new("x", [data])
    assert backend.get("x") == data
    backend.put_new("y", [data])  # the refusal is remembered
    assert len(calls) == 2


def test_many_small_parts_are_written_whole(tmp_path: Path) -> None:
    parts = [bytes([i % 256]) * (i % 5) for i in range(3000)]
    with (tmp_path / "x").open("wb") as file:
        DirectWriter().write(file.fileno(), parts)
    assert (tmp_path / "x").read_bytes() == b"".join(parts)


def test_temporary_files_are_never_listed_and_never_left(
    backend: LocalBackend, tmp_path: Path
) -> None:
    backend.put_new("x", [b"1"])
    with pytest.raises(AlreadyExistsError):
        backend.put_new("x", [b"2"])
    backend.swap("lease", b"1", None)
    (tmp_path / "r" / TEMPORARY_FOLDER / "abc").write_bytes(b"being written")
    assert [stat.key for stat in backend.list("")] == ["lease", "x"]
    assert files(tmp_path / "r") == ["lease", LOCK_FILE, f"{TEMPORARY_FOLDER}/abc", "x"]


def test_what_a_crashed_writer_left_is_removed_after_a_day(tmp_path: Path) -> None:
    folder = tmp_path / TEMPORARY_FOLDER
    folder.mkdir()
    for name, age in (("old", STALE_AFTER_S + 60), ("young", STALE_AFTER_S - 60)):
        (folder / name).write_bytes(b"half")
        written = folder.stat().st_mtime - age
        os.utime(folder / name, (written, written))
    LocalBackend(tmp_path).put_new("x", [b"1"])
    assert files(tmp_path) == [f"{TEMPORARY_FOLDER}/young", "x"]


KILLED_WRITER = """
import os, sys
from dropally.store.backend import LocalBackend, {module}
def die(*_):
    os._exit(9)
{module}.{function} = die
LocalBackend(sys.argv[1]).put_new("packs/x", [b"z" * int(sys.argv[2])])
"""


@pytest.mark.parametrize(
    ("module", "function"), [("direct", "os.fdatasync"), ("local", "name_new_file")]
)
@pytest.mark.parametrize("size", [100, BIG])
def test_a_killed_writer_leaves_no_object(
    tmp_path: Path, module: str, function: str, size: int
) -> None:
    program = KILLED_WRITER.format(module=module, function=function)
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path), str(size)], check=False)
    assert ended.returncode == 9
    backend = LocalBackend(tmp_path)
    assert list(backend.list("")) == []
    backend.put_new("packs/x", [b"again"])
    assert backend.get("packs/x") == b"again"


def test_bytes_then_name_then_folder_are_made_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def path_of(fd: int) -> str:
        return Path(f"/proc/self/fd/{fd}").readlink().name

    real_link, real_fsync, real_fdatasync = os.link, os.fsync, os.fdatasync

    def link(source: Path, target: Path) -> None:
        steps.append(f"name {target.name}")
        real_link(source, target)

    def fsync(fd: int) -> None:
        steps.append(f"fsync {path_of(fd)}")
        real_fsync(fd)

    def fdatasync(fd: int) -> None:
        steps.append("fdatasync bytes")
        real_fdatasync(fd)

    backend = LocalBackend(tmp_path)
    backend.put_new("first", [b"1"])
    monkeypatch.setattr(os, "link", link)
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "fdatasync", fdatasync)
    backend.put_new("packs/ab/x", [b"1"])
    top = tmp_path.name
    made = ["fdatasync bytes", f"fsync {top}", "fsync packs", "name x", "fsync ab"]
    assert steps == made
    steps.clear()
    backend.put_new("packs/ab/y", [b"1"])
    assert steps == ["fdatasync bytes", "name y", "fsync ab"]
    steps.clear()
    LocalBackend(tmp_path).put_new("packs/ab/z", [b"1"])
    # Who made the folders may have been killed before their names were durable.
    assert steps == [
        f"fsync {top}",
        "fdatasync bytes",
        f"fsync {top}",
        "fsync packs",
        "name z",
        "fsync ab",
    ]


def test_a_naming_error_that_is_no_refusal_of_links_is_told(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(BackendUnavailableError, match="write x") as caught:
        backend.put_new("x", [b"1"])
    assert caught.value.retryable


@pytest.fixture
def small_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize("size", [65 * 1024, BIG])
def test_no_space_leaves_no_object_and_no_temporary_file(
    backend: LocalBackend, tmp_path: Path, size: int
) -> None:
    with pytest.raises(StoreFullError, match="packs/x") as caught:
        backend.put_new("packs/x", [b"z" * size])
    assert "space" in caught.value.hint
    with pytest.raises(StoreFullError):
        backend.swap("lease", b"z" * size, None)
    assert list(backend.list("")) == []
    assert files(tmp_path / "r") == []
    backend.put_new("packs/x", [b"fits"])


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, StoreFullError),
        (errno.EDQUOT, StoreFullError),
        (errno.EROFS, ReadOnlyError),
        (errno.EACCES, ReadOnlyError),
        (errno.EIO, BackendUnavailableError),
        (errno.ESTALE, BackendUnavailableError),
    ],
)
def test_the_systems_errors_are_named(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(kind, match="cannot write x"):
        backend.put_new("x", [b"1"])
    assert list(backend.list("")) == []


READ_ONLY = """
import os, sys
from dropally.store.backend import LocalBackend
from dropally.store.errors import ReadOnlyError
if os.getuid() == 0:  # root may write everywhere
    os.setuid(65534)
backend = LocalBackend(sys.argv[1])
assert backend.get("x") == b"1"
for attempt in (
    lambda: backend.put_new("y", [b""]),
    lambda: backend.delete("x"),
    lambda: backend.swap("x", b"", None),
):
    try:
        attempt()
    except ReadOnlyError as error:
        assert "owns" in error.hint
    else:
        sys.exit(1)
"""


def test_a_folder_that_may_not_be_written_is_read_only() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # others are closed to other users
        folder = Path(name)
        LocalBackend(folder).put_new("x", [b"1"])
        (folder / "x").chmod(0o644)
        folder.chmod(0o555)
        subprocess.run([sys.executable, "-c", READ_ONLY, name], check=True)
        folder.chmod(0o755)


def test_other_peoples_files_are_not_listed(backend: LocalBackend, tmp_path: Path) -> None:
    backend.put_new("packs/x", [b"1"])
    for name in (".DS_Store", "README", "packs/Thumbs.db", "packs/x~"):
        (tmp_path / "r" / name).write_bytes(b"?")
    (tmp_path / "r" / "lost+found").mkdir()
    assert [stat.key for stat in backend.list("")] == ["packs/x"]


def test_a_symbolic_link_among_the_objects_stops_a_listing(
    backend: LocalBackend, tmp_path: Path
) -> None:
    backend.put_new("packs/aa/x", [b"1"])
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "r/packs/ab").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DamagedError, match="symbolic link"):
        list(backend.list("packs/"))


def test_a_swap_survives_a_killed_swapper(tmp_path: Path) -> None:
    """The lock of a dead process is free."""
    program = (
        "import os, sys\nfrom dropally.store.backend import LocalBackend\n"
        "with LocalBackend(sys.argv[1])._swap_lock():\n    os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    LocalBackend(tmp_path).swap("lease", b"1", None)


ADDER = """
import sys
from dropally.store.backend import LocalBackend
from dropally.store.errors import ConflictError
backend = LocalBackend(sys.argv[1])
for _ in range(20):
    while True:
        data, version = backend.read_version("counter")
        try:
            backend.swap("counter", str(int(data) + 1).encode(), version)
            break
        except ConflictError:
            continue
"""


def test_swaps_of_several_processes_lose_nothing(tmp_path: Path) -> None:
    backend = LocalBackend(tmp_path)
    backend.swap("counter", b"0", None)
    command = [sys.executable, "-c", ADDER, str(tmp_path)]
    adders = [subprocess.Popen(command) for _ in range(3)]
    assert [adder.wait() for adder in adders] == [0, 0, 0]
    assert backend.get("counter") == b"60"
