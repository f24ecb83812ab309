"""kill -9 all along each work on a folder: what was committed is whole, and the next run ends it."""

import shutil
from pathlib import Path

import pytest
from dropally.store import LocalBackend, create_repository
from dropally.store.prune import prune
from dropally.store.replicate import check_copy, replicate
from tests.crash.killing import EAGER, WORKS, killed_copies, machine_clock, opened, replica_of
from tests.store.prune.world import check_true, forget, packs_of, random_files
from tests.store.samples import SECRET, SMALL, Files, back_up, read_back
from tests.store.verify.damage import verified

KILLS = {"backup": 9, "forget": 4, "prune": 12, "rotate": 5, "replicate": 6}
NEW = random_files(5, 3, 3000)
Truth = dict[str, Files]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    """A repository in which a prune has something to delete, to write anew, and to condemn."""
    place = tmp_path_factory.mktemp("killed") / "start"
    create_repository(
        LocalBackend(place), secrets=[SECRET], options=SMALL, clock=machine_clock
    ).close()
    repository = opened(place)
    common, going = random_files(1, 3, 3000), random_files(2, 3, 3000)
    first = back_up(repository, going)
    second = back_up(repository, {**common, **random_files(3, 3, 3000)})
    forget(repository, first)
    prune(repository, EAGER)
    third = back_up(repository, common)
    fourth = back_up(repository, {**common, **random_files(4, 2, 3000)})
    forget(repository, second)
    repository.close()
    return place, {third.id: common, fourth.id: {**common, **random_files(4, 2, 3000)}}


def check_killed(work: str, place: Path, truth: Truth) -> None:
    """What is there is whole at once; what was begun is ended by doing it again."""
    (place / "lease").unlink(missing_ok=True)  # what 15 minutes would do
    repository = opened(place)
    for snapshot in repository.snapshots():
        assert read_back(repository, snapshot) == truth.get(snapshot.id, NEW)
    if work != "forget":
        assert {one.id for one in repository.snapshots()} >= truth.keys()
    repository.close()
    if work == "replicate" and (replica_of(place) / "config").exists():
        copy = opened(replica_of(place))
        assert verified(copy).is_good
        copy.close()


def check_ended(work: str, place: Path, truth: Truth) -> None:
    """The next runs do what the killed one did not, and nothing is left over."""
    WORKS[work](place, SECRET)
    repository = opened(place)
    new = back_up(repository, NEW, "ns:last")
    for _ in range(3):
        prune(repository, EAGER)
    known: Truth = {one.id: truth.get(one.id, NEW) for one in repository.snapshots()}
    assert new.id in known
    assert work == "forget" or known.keys() > truth.keys()
    check_true(repository, known)
    assert prune(repository, EAGER, dry_run=True).freed_packs == 0
    indexed = {name.hex() for name, *_ in repository.index.packs_by_name()}
    assert {key.rpartition("/")[2] for key in packs_of(repository.backend)} == indexed
    assert verified(repository).is_good
    repository.close()
    if work == "replicate":
        replicate(LocalBackend(place), LocalBackend(replica_of(place)), remove_vanished=True)
        assert check_copy(LocalBackend(place), LocalBackend(replica_of(place))).wrong == []


@pytest.mark.parametrize("work", WORKS)
def test_killed_all_along(work: str, start: tuple[Path, Truth], tmp_path: Path) -> None:
    place, truth = start
    copies = killed_copies(work, place, tmp_path / "copies", KILLS[work])
    for number, copy in enumerate(copies):
        check_killed(work, copy, truth)
        if number % 4 == 3 or number == len(copies) - 1:
            check_ended(work, copy, truth)
        shutil.rmtree(copy)
