"""Seeding from a local copy: what is in the copy is not downloaded any more."""

import os
import random
from pathlib import Path

import pytest
from dropally.common.errors import CancelledError, NotFoundError
from dropally.jobs.context import JobContext
from dropally.jobs.seed import SeedReport, SeedWork, forget_seeds, seed, walk
from dropally.store import Repository, Snapshot
from tests.jobs.appliance import Appliance

FILES = {
    "a.txt": "sorts beside the folder a",
    "a/inside.txt": "below a",
    "a/large.txt": random.Random(1).randbytes(2_500_000).hex(),
    "a-b/other.txt": "a hyphen sorts before a slash",
    "empty.txt": "",
    "Ünïcode/naïve.txt": "ünïcode",
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    for name, content in FILES.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    return folder


def run(
    appliance: Appliance, folder: Path, context: JobContext | None = None, **wish: int
) -> SeedReport:
    handle = appliance.app.repository_handle()
    with handle.open(appliance.app.clock) as repository:
        return seed(context or JobContext(), repository, SeedWork(folder, **wish))  # type: ignore[arg-type]  # numbers of the test


def put_into_team(appliance: Appliance) -> None:
    """The same contents, at other places and under other names."""
    for number, content in enumerate(FILES.values()):
        appliance.put(f"/Elsewhere/{number}.bin", content)


def test_the_first_backup_downloads_nothing_that_was_seeded(
    appliance: Appliance, copy: Path
) -> None:
    put_into_team(appliance)
    report = run(appliance, copy)
    assert (report.files, report.read_files, report.skipped) == (len(FILES), len(FILES), [])
    assert report.read_bytes == sum(len(content.encode()) for content in FILES.values())
    appliance.control.reset_metrics()
    done = appliance.backup()
    assert done.is_complete
    assert (done.fetched_files, done.fetched_bytes) == (0, 0)
    assert appliance.calls("files/download") == 0
    home = appliance.home()
    assert appliance.kept(home) == appliance.truth(home)
    for number, content in enumerate(FILES.values()):
        assert appliance.stored_bytes(home, f"/elsewhere/{number}.bin") == content.encode()


def test_what_is_not_in_the_copy_is_downloaded(appliance: Appliance, copy: Path) -> None:
    put_into_team(appliance)
    appliance.put("/new.txt", "since the copy was made")
    (copy / "a" / "inside.txt").write_bytes(b"another version of it")
    run(appliance, copy)
    appliance.control.reset_metrics()
    assert appliance.backup().is_complete
    assert appliance.calls("files/download") == 2
    assert appliance.kept(appliance.home()) == appliance.truth(appliance.home())


def test_a_second_run_reads_only_what_changed(appliance: Appliance, copy: Path) -> None:
    run(appliance, copy)
    (copy / "a.txt").unlink()
    (copy / "a" / "inside.txt").write_bytes(b"another version of it")
    (copy / "z.txt").write_bytes(b"new")
    report = run(appliance, copy)
    assert (report.files, report.known_files, report.read_files) == (6, 4, 2)
    again = run(appliance, copy)
    assert (again.known_files, again.read_files, again.stored_bytes) == (6, 0, 0)


def test_a_dry_run_writes_nothing(appliance: Appliance, copy: Path) -> None:
    copy = copy.rename(copy.with_name("ü" * 100))  # longer, escaped, than a source's name may be
    repository = appliance.root / "repository"
    before = sorted(repository.rglob("*"))
    report = run(appliance, copy, dry_run=True)
    assert (report.files, report.known_files, report.read_files) == (len(FILES), 0, 0)
    assert sorted(repository.rglob("*")) == before
    assert run(appliance, copy).read_files == len(FILES)


@pytest.mark.parametrize("stop_after", [1, 3, 5])
def test_a_stopped_run_goes_on_where_it_was(
    appliance: Appliance, copy: Path, stop_after: int
) -> None:
    class Stopping(JobContext):
        """Asked to stop when so many files were found."""

        def check(self) -> None:
            if self.phase("find", "files").progress().done >= stop_after:
                self.cancelled.set()
            super().check()

    with pytest.raises(CancelledError):
        run(appliance, copy, Stopping(), threads=1)
    report = run(appliance, copy)
    assert report.known_files + report.read_files == len(FILES)


def seeds(repository: Repository) -> list[Snapshot]:
    return [one for one in repository.snapshots() if one.source.startswith("dropally:seed:")]


def test_much_is_committed_on_the_way_and_the_newest_is_kept(
    appliance: Appliance, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[str] = []
    with appliance.app.open_repository() as repository:
        before = repository.forget_snapshot
        monkeypatch.setattr(repository, "forget_snapshot", forgotten.append)
        seed(JobContext(), repository, SeedWork(copy, commit_files=2))
        assert len(seeds(repository)) == 3
        assert len(forgotten) == 2
        monkeypatch.setattr(repository, "forget_snapshot", before)
        seed(JobContext(), repository, SeedWork(copy))
        assert len(seeds(repository)) == 1


def test_what_was_seeded_is_let_go_of(appliance: Appliance, copy: Path) -> None:
    put_into_team(appliance)
    run(appliance, copy)
    appliance.backup()
    with appliance.app.open_repository() as repository:
        assert forget_seeds(repository) == 1
        assert forget_seeds(repository) == 0
        assert [one.source for one in repository.snapshots()] == [appliance.home()]
    assert appliance.kept(appliance.home()) == appliance.truth(appliance.home())


def test_what_cannot_be_read_is_named_and_passed_over(appliance: Appliance, copy: Path) -> None:
    (copy / "link").symlink_to(copy / "a.txt")
    os.mkfifo(copy / "pipe")
    (copy / ".dropbox.cache").mkdir()
    (copy / ".dropbox.cache" / "old.txt").write_bytes(b"what the client keeps for itself")
    report = run(appliance, copy)
    assert (report.files, report.skipped_count) == (len(FILES), 0)
    with pytest.raises(NotFoundError):
        run(appliance, copy / "a.txt")


def test_files_come_in_the_order_of_keys(tmp_path: Path) -> None:
    for name in ("a/b", "a.txt", "a-c", "B", "a0", "ä"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / os.fsdecode(b"odd\xff")).write_bytes(b"x")
    keys = [file.key for file in walk(str(tmp_path), lambda path, error: None)]
    assert keys == sorted(keys)
    assert len(keys) == 7


def test_a_folder_that_vanishes_is_told_of(tmp_path: Path) -> None:
    told = []
    assert not list(walk(str(tmp_path / "gone"), lambda path, error: told.append(path)))
    assert told == [str(tmp_path / "gone")]
