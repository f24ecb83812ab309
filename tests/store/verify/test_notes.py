"""Objects that are about the repository's upkeep, damaged in every manner: nothing alive is harmed.

What verify says of them, that reading does not care, and that freeing space and backing up go on,
or stop before they do harm.
"""

import contextlib
import random
from collections.abc import Iterator
from contextlib import closing

import pytest
from dropally.store import MemoryBackend, StoreError
from dropally.store.index import list_packs
from dropally.store.keys import Keyring, rotate_keys
from dropally.store.pack import pack_key
from dropally.store.prune import prune
from dropally.store.prune.lease import Lease
from dropally.store.repair import put_sidecar, repair
from dropally.store.repair.healing import SET_ASIDE_PREFIX
from dropally.store.replicate import check_copy, replicate
from dropally.store.snapshot import LostPack, Session
from dropally.store.verify import VerifyLedger, verify
from tests.store.prune.world import EAGER, SetClock, forget, new_world, open_with, random_files
from tests.store.samples import SECRET, Files, back_up, object_keys, read_back
from tests.store.seeded import seeded
from tests.store.verify.damage import copied, damaged_copies, flipped, replace, verified
from tests.store.verify.notes import add_erasure

pytestmark = pytest.mark.usefixtures("inline")
NAMED = ("condemned/", "lost/", "wanted/", "erased/", "excluded/")
"""Verify names these."""
AGING = ("sessions/", "lease", "parity/", "epochs/", "damaged/")
"""These come and go, are written anew, or are for people."""


class World:
    """A small repository that has every kind of object."""

    def __init__(self) -> None:
        self.clock, self.backend, repository = new_world()
        common = random_files(1, 2, 900)
        gone = back_up(repository, {**common, **random_files(2, 3, 900)})
        self.clock.advance(days=1)
        kept = back_up(repository, common)
        other = random_files(3, 2, 900)
        second = back_up(repository, other, "ns:2")
        self.truth: dict[str, Files] = {kept.id: common, second.id: other}
        forget(repository, gone)
        self.clock.advance(days=1)
        prune(repository, EAGER)
        name, _ = next(iter(list_packs(self.backend)))
        put_sidecar(self.backend, name, self.backend.get(pack_key(name)))
        notes = repository.lost_and_wanted
        notes.note_lost(
            LostPack(name=bytes(32), why="a test", at=self.clock.now, chunks=b"\7" * 32)
        )
        notes.want("ns:2", ["/3/0"])
        add_erasure(repository, self.clock.now)
        self.backend.put_new(SET_ASIDE_PREFIX + "0" * 64, [b"what was left"])
        repository.close()
        self.keyring: Keyring = rotate_keys(
            self.backend, repository.keyring.repository_id, [SECRET]
        ).keyring
        repository = open_with(self.backend, self.clock)
        third = back_up(repository, random_files(4, 2, 900), "ns:2")
        self.truth[third.id] = random_files(4, 2, 900)
        self.clock.advance(hours=1)
        prune(repository, EAGER)
        repository.close()
        session = Session(self.backend, self.keyring, self.clock, "at work")
        session.start()
        lease = Lease(self.backend, self.keyring, self.clock, "prune").__enter__()
        first, second_list = object_keys(self.backend, "condemned/")
        self.session_key, self.generation_key = f"sessions/{session.id}", second_list
        self.older = {key: self.backend.get(key) for key in (self.session_key, "lease")}
        self.older[second_list] = self.backend.get(first)
        self.clock.advance(minutes=10)
        session.acknowledge(2)
        lease.keep()


with seeded(1):
    WORLD = World()


def copies(kind: str) -> Iterator[tuple[str, str, MemoryBackend, SetClock]]:
    """Key, manner, the damaged copy, and its clock, a day later."""
    rng = random.Random(kind)
    for key in object_keys(WORLD.backend, kind):
        for manner, backend in damaged_copies(WORLD.backend, key, rng):
            clock = SetClock()
            clock.now = WORLD.clock.now
            copy = MemoryBackend(clock)
            for one in object_keys(backend):
                copy.put_new(one, [backend.get(one)])
            clock.advance(days=2)
            yield key, manner, copy, clock


def check_whole(backend: MemoryBackend, clock: SetClock) -> None:
    repository = open_with(backend, clock)
    for snapshot in repository.snapshots():
        if snapshot.id in WORLD.truth:
            assert read_back(repository, snapshot) == WORLD.truth[snapshot.id]
    assert {one.id for one in repository.snapshots()} >= WORLD.truth.keys()
    repository.close()


def test_the_world_has_every_kind_of_object_and_is_good() -> None:
    found = {key.partition("/")[0] for key in object_keys(WORLD.backend)}
    assert found == {
        *("config", "keys", "epochs", "packs", "index", "snapshots", "points", "sessions"),
        *("condemned", "lease", "parity", "lost", "wanted", "damaged", "erased", "excluded"),
    }
    assert verified(open_with(WORLD.backend, WORLD.clock)).is_good


@pytest.mark.parametrize("kind", [*NAMED, *AGING])
def test_a_damaged_note_harms_nothing_and_verify_names_it(kind: str) -> None:
    seen = 0
    for key, manner, backend, clock in copies(kind):
        seen += 1
        repository = open_with(backend, clock)
        report = verified(repository)
        is_named = [finding.key for finding in report.findings] == [key]
        assert is_named == (kind in NAMED and manner != "remove"), (key, manner, report.findings)
        repository.close()
        live_on(backend, clock, may_stop=kind in {"lost/", "erased/"})
    assert seen >= 7


def live_on(backend: MemoryBackend, clock: SetClock, *, may_stop: bool = False) -> None:
    """Two days of backups, of what was freed just now too, and of freeing space."""
    freed = random_files(2, 3, 900)
    for _ in range(3):
        with contextlib.suppress(*[StoreError] if may_stop else []):
            prune(open_with(backend, clock), EAGER)
        check_whole(backend, clock)
        repository = open_with(backend, clock)
        assert read_back(repository, back_up(repository, freed, "ns:3")) == freed
        repository.close()
        clock.advance(hours=30)


@pytest.mark.parametrize(
    "key",
    [WORLD.session_key, "lease", WORLD.generation_key],
    ids=["session", "lease", "generation"],  # keys differ in each process
)
def test_an_older_version_in_the_place_of_a_newer_one_harms_nothing(key: str) -> None:
    clock = SetClock()
    clock.now = WORLD.clock.now
    backend = MemoryBackend(clock)
    for one in object_keys(WORLD.backend):
        backend.put_new(one, [WORLD.older.get(one, b"") if one == key else WORLD.backend.get(one)])
    assert backend.get(key) != WORLD.backend.get(key)
    clock.advance(days=2)
    live_on(backend, clock)


def test_a_replica_has_every_kind_of_object_but_those_about_work() -> None:
    replica = MemoryBackend(WORLD.clock)
    replicate(WORLD.backend, replica)
    assert check_copy(WORLD.backend, replica).wrong == []
    kinds = {key.partition("/")[0] for key in object_keys(WORLD.backend)}
    copied_kinds = {key.partition("/")[0] for key in object_keys(replica)}
    assert kinds - copied_kinds == {"sessions", "lease", "damaged"}


@pytest.mark.parametrize("kind", NAMED)
def test_a_damaged_note_is_healed_from_a_replica(kind: str) -> None:
    replica, backend = MemoryBackend(WORLD.clock), copied(WORLD.backend)
    replicate(WORLD.backend, replica)
    key = object_keys(backend, kind)[-1]
    replace(backend, key, flipped(backend.get(key), 4))
    repository = open_with(backend, WORLD.clock)
    with closing(VerifyLedger(None, repository.config.repository_id)) as ledger:
        unhealed = repair(repository, ledger, verify(repository, ledger).findings)
        assert [finding.key for finding in unhealed.unhealed] == [key]
        findings = verify(repository, ledger).findings
        healed = repair(repository, ledger, findings, replicas=[replica])
    assert [(one.key, one.source) for one in healed.healed] == [(key, "a replica")]
    assert backend.get(key) == WORLD.backend.get(key)


def test_a_damaged_sidecar_is_written_anew_when_its_pack_is_found_good() -> None:
    backend = copied(WORLD.backend)
    [key] = object_keys(backend, "parity/")
    name = bytes.fromhex(key.removeprefix("parity/"))
    pack = backend.get(pack_key(name))
    assert not put_sidecar(backend, name, pack)
    replace(backend, key, flipped(backend.get(key), 50))
    assert put_sidecar(backend, name, pack)
    assert backend.get(key) == WORLD.backend.get(key)
