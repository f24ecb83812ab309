"""What others do while somebody verifies is no damage."""

import pytest
from dropally.store import Repository
from dropally.store.prune import prune
from dropally.store.verify import Level, VerifyLedger, VerifyOptions, VerifyReport, verify
from tests.store.backend.meanwhile import Meanwhile
from tests.store.prune.world import EAGER, forget, new_world, open_with, random_files, two_days
from tests.store.samples import back_up


def verified(repository: Repository, level: Level = Level.CHUNKS) -> VerifyReport:
    ledger = VerifyLedger(None, repository.config.repository_id)
    try:
        return verify(repository, ledger, VerifyOptions(level))
    finally:
        ledger.close()


@pytest.mark.parametrize(
    ("level", "operation", "prefix"),
    [
        (Level.NAMES, "list", "packs/"),
        (Level.HASHES, "get", "packs/"),
        (Level.CHUNKS, "get", "packs/"),
        (Level.CHUNKS, "list", "snapshots/"),
    ],
)
def test_packs_that_were_freed_meanwhile_are_not_missing(
    level: Level, operation: str, prefix: str
) -> None:
    clock, backend, repository, _ = two_days()
    assert prune(repository, EAGER).condemned_packs > 0
    clock.advance(days=2)
    watched = Meanwhile(backend)
    looking = open_with(watched, clock)
    freed: list[int] = []
    watched.when(operation, prefix, lambda: freed.append(prune(repository, EAGER).freed_packs))
    report = verified(looking, level)
    assert freed[0] > 0
    assert report.is_good, report


def test_a_pack_that_nobody_freed_is_missing_all_the_same() -> None:
    clock, backend, _, _ = two_days()
    gone = next(backend.list("packs/")).key
    watched = Meanwhile(backend)
    looking = open_with(watched, clock)
    watched.when("get", "packs/", lambda: backend.delete(gone))
    report = verified(looking, Level.HASHES)
    assert [(one.key, one.why) for one in report.findings] == [(gone, "it is missing")]


def test_a_snapshot_that_is_forgotten_while_it_is_walked_is_not_damaged() -> None:
    clock, backend, repository = new_world()
    shared, going = random_files(1), random_files(2)
    old = back_up(repository, {**shared, **going})
    kept = back_up(repository, shared)
    watched = Meanwhile(backend)
    looking = open_with(watched, clock)

    def forget_and_free() -> None:
        forget(repository, old)
        for _ in range(2):
            prune(repository, EAGER)
            clock.advance(days=2)
        assert old.root is not None
        assert not repository.index.locate([old.root])

    watched.when(
        "list", "snapshots/ns_3a1/", lambda: watched.when("get", "packs/", forget_and_free)
    )
    report = verified(looking)
    assert watched.is_over
    assert report.is_good, report.items
    assert [one.id for one in repository.snapshots()] == [kept.id]


def test_two_that_add_to_a_chain_at_once_are_no_damage() -> None:
    clock, backend, first = new_world()
    back_up(first, random_files(1), "ns:1")
    watched = Meanwhile(backend)
    second = open_with(watched, clock)
    # Once the second knows the newest point, and before its own is there.
    watched.when("get", "points/", lambda: back_up(first, random_files(2), "ns:1"))
    back_up(second, random_files(3), "ns:2")
    back_up(first, random_files(4), "ns:1")
    assert sorted(point.sequence for point in first.points("task")) == [1, 2, 2, 3]
    assert verified(first).is_good
