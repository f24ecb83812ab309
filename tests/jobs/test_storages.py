"""The appliance's storages: opened once, told apart, watched for reach and room."""

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dropally.catalog.faults import DatabaseDamagedError, OutOfStepError
from dropally.catalog.history import FILE_NAME
from dropally.common.clock import ManualClock, SystemClock
from dropally.common.errors import DeniedError, NotFoundError, UsageError
from dropally.jobs.storage_definition import StorageDefinition, location_of
from dropally.jobs.storages import Storages
from dropally.store import (
    KeyFile,
    NotARepositoryError,
    Repository,
    create_repository,
    new_key_file,
)
from dropally.store.backend import LocalBackend

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Place:
    """Two local storages in a folder of the test's own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = ManualClock(NOON)
        self.key: KeyFile = new_key_file(root / "repository.key")
        self.definitions = [
            StorageDefinition("main", "local", str(root / "main"), region_label="Berlin (DE)"),
            StorageDefinition("second", "local", str(root / "second")),
        ]
        self.storages = Storages(
            self.definitions,
            secret=lambda: self.key,
            data_dir=root / "data",
            cache_dir=root / "cache",
            clock=self.clock,
        )

    def create(self, storage_id: str) -> None:
        create_repository(
            LocalBackend(self.root / storage_id), secrets=[self.key], clock=SystemClock().now
        ).close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.storages.close()


def test_f238_each_storage_has_its_own_repository_and_the_first_is_the_default(
    place: Place,
) -> None:
    for storage_id in place.storages.ids():
        place.create(storage_id)
    with (
        place.storages.repository("main") as main,
        place.storages.repository("second") as second,
    ):
        assert main.config.repository_id != second.config.repository_id
    assert place.storages.default_id == "main"
    place.storages.set_default("second")
    assert place.storages.default_id == "second"


def test_f15_a_storage_tells_its_region_label_or_its_id(place: Place) -> None:
    assert place.storages.label("main") == "Berlin (DE)"
    assert place.storages.label("second") == "second"


def test_one_repository_is_opened_for_all_threads(place: Place) -> None:
    place.create("main")
    seen: list[Repository] = []
    start = threading.Barrier(8)

    def use() -> None:
        start.wait()
        with place.storages.repository("main") as repository:
            seen.append(repository)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len({id(repository) for repository in seen}) == 1


def test_an_unknown_storage_is_answered_with_those_there_are(place: Place) -> None:
    with pytest.raises(NotFoundError, match="'other'") as caught:
        place.storages.handle("other")
    assert caught.value.hint == "there are: main, second"


def test_a_handle_opens_the_repository_elsewhere(place: Place) -> None:
    place.create("main")
    with place.storages.handle("main").open(SystemClock()) as repository:
        elsewhere = repository.config.repository_id
    with place.storages.repository("main") as repository:
        assert repository.config.repository_id == elsewhere


def test_health_says_since_when_a_storage_does_not_answer(place: Place) -> None:
    assert place.storages.health("main").is_reachable is None
    assert place.storages.check("main").is_reachable is False
    place.clock.advance(60)
    first = place.storages.check("main")
    assert first.since == NOON
    assert "main" in first.trouble
    with pytest.raises(NotARepositoryError), place.storages.repository("main"):
        pass
    place.create("main")
    place.clock.advance(60)
    now = place.storages.check("main")
    assert (now.is_reachable, now.since) == (True, place.clock.now())
    shutil.rmtree(place.root / "main")
    assert place.storages.check("main").is_reachable is False


def test_a_storage_without_a_repository_says_so_even_without_a_key(place: Place) -> None:
    def no_key() -> KeyFile:
        raise DeniedError("nothing here opens the repository")

    storages = Storages(
        place.definitions,
        secret=no_key,
        data_dir=place.root,
        cache_dir=place.root,
        clock=place.clock,
    )
    assert "no repository" in storages.check("main").trouble
    place.create("main")
    assert "nothing here opens" in storages.check("main").trouble
    storages.close()


def test_backups_are_refused_where_too_little_is_free(place: Place) -> None:
    share = place.storages.free_share("main")
    assert share is not None
    assert 0 < share <= 1
    place.storages.check_room("main")
    place.storages.put(
        StorageDefinition("main", "local", str(place.root / "main"), min_free_share=1.0)
    )
    with pytest.raises(DeniedError, match="is to keep"):
        place.storages.check_room("main")


def test_a_bucket_has_no_room_to_tell_of() -> None:
    bucket = StorageDefinition("cloud", "s3", "s3://backups/dropally")
    storages = Storages(
        [bucket],
        secret=lambda: KeyFile(b""),
        data_dir=Path(),
        cache_dir=Path(),
        clock=SystemClock(),
    )
    assert storages.free_share("cloud") is None
    storages.check_room("cloud")


def test_each_storage_has_its_own_catalog_opened_once(place: Place) -> None:
    catalog = place.storages.catalog("main")
    assert catalog is place.storages.catalog("main")
    assert catalog.path == place.root / "data" / "catalog" / "main" / FILE_NAME
    assert place.storages.catalog("second").path != catalog.path


def test_a_catalog_out_of_step_is_told_and_raised(place: Place) -> None:
    told: list[tuple[str, str]] = []
    place.storages.on_catalog_trouble = lambda name, error: told.append((name, str(error)))
    with pytest.raises(OutOfStepError), place.storages.recording("main"):
        raise OutOfStepError("one snapshot is missing")
    assert told == [("main", "one snapshot is missing")]


def test_a_damaged_catalog_is_told_when_it_is_opened(place: Place) -> None:
    told: list[str] = []
    place.storages.on_catalog_trouble = lambda name, _: told.append(name)
    folder = place.storages.catalog_folder("main")
    folder.mkdir(parents=True)
    (folder / FILE_NAME).write_bytes(b"no database, but long enough to be looked at" * 100)
    with pytest.raises(DatabaseDamagedError):
        place.storages.catalog("main")
    assert told == ["main"]


def test_a_swapped_catalog_is_read_to_the_end_and_harms_nothing_when_it_closes(
    place: Place,
) -> None:
    storages = place.storages
    before = storages.catalog("main")

    def exchange(folder: Path) -> None:
        folder.rename(folder.with_name("main.replaced"))

    with before.write() as database:
        database.conn.execute("CREATE TABLE mark (text TEXT)")
        database.conn.execute("INSERT INTO mark VALUES ('before')")
    with before.read() as connection:
        assert connection.execute("SELECT text FROM mark").fetchone() == ("before",)
        with storages.recording("main"):
            storages.swap_catalog("main", exchange)
        after = storages.catalog("main")
        with after.write() as database:
            database.conn.execute("CREATE TABLE mark (text TEXT)")
            database.conn.execute("INSERT INTO mark VALUES ('after')")
        assert connection.execute("SELECT text FROM mark").fetchone() == ("before",)
    place.clock.advance(3600)
    assert storages.catalog("main") is after
    with after.read() as connection:
        assert connection.execute("SELECT text FROM mark").fetchone() == ("after",)
    storages.close()
    with storages.catalog("main").read() as connection:
        assert connection.execute("SELECT text FROM mark").fetchone() == ("after",)


def test_a_storage_can_be_added_and_removed_while_in_use(place: Place) -> None:
    place.create("second")
    storages = place.storages
    with storages.repository("second") as repository:
        storages.remove("second")
        assert storages.ids() == ("main",)
        assert repository.latest_point("nobody") is None
    with pytest.raises(UsageError, match="default"):
        storages.remove("main")
    storages.put(place.definitions[1])
    with storages.repository("second") as reopened:
        assert reopened is not repository


@pytest.mark.parametrize("name", ["", "../up", "Main", "a b", "x" * 64])
def test_an_id_that_names_no_folder_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the id"):
        StorageDefinition(name, "local", "/srv")


def test_two_storages_of_one_id_are_refused(place: Place) -> None:
    with pytest.raises(UsageError, match="two storages"):
        Storages(
            [place.definitions[0], place.definitions[0]],
            secret=lambda: place.key,
            data_dir=place.root,
            cache_dir=place.root,
            clock=place.clock,
        )


def test_locations_are_made_from_their_parts() -> None:
    assert location_of("s3", bucket="b", prefix="/p/q/") == "s3://b/p/q"
    assert location_of("azure", bucket="b") == "az://b"
    assert location_of("local", path="/srv/x") == "/srv/x"
    for kind, parts in [("local", {}), ("s3", {}), ("gcs", {"path": "/x"})]:
        with pytest.raises(UsageError):
            location_of(kind, **parts)  # type: ignore[arg-type]  # wrong on purpose
