"""A move that stops anywhere: nothing is lost, the places are exchanged whole or not, it goes on."""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from dropally.catalog import job_changes
from dropally.jobs.runner import UPKEEP, Initiator, JobRequest
from dropally.jobs.runner.running import RunningJob, UnitPlaces
from dropally.store import Backend, LocalBackend, Repository, create_repository, new_key_file
from dropally.store.backend import Call, Fault, FaultyBackend, SimulatedCrash
from dropally.upkeep import storage_edit
from dropally.upkeep.proving.migrating import MigrateKind, SwitchKind
from dropally.upkeep.proving.params import MigrateParams
from dropally.upkeep.stored_storages import all_definitions
from tests.store.samples import SMALL, Files, back_up, read_back
from tests.upkeep.appliance import Upkeep, local, opened

HERE, THERE = "here", "there"
PARAMS = MigrateParams(storage_id=HERE, target=THERE)
MOST_WRITES = 60
WRITES = {"put_new", "swap", "delete"}


class Move:
    """The two kinds of jobs, run here instead of by the runner, so that they can be stopped."""

    def __init__(self, upkeep: Upkeep, patch: pytest.MonkeyPatch) -> None:
        self.upkeep, self.ctx = upkeep, upkeep.ctx
        self._patch = patch
        self._numbers = itertools.count(1)
        self.truth: dict[str, Files] = {}

    def job(self, kind: str) -> RunningJob:
        """A job that waits, as a stopped one does; take it again for another attempt."""
        request = JobRequest(
            kind=kind,
            title="a move",
            params=PARAMS,
            initiator=Initiator("cli", "", "tests"),
            storage_id=HERE,
            priority=UPKEEP,
            dedupe=f"{kind}:{next(self._numbers)}",
        )
        return self.again(self.ctx.runner.submit(request).id)

    def again(self, job_id: str) -> RunningJob:
        """Another attempt of a job, as after a restart."""
        with self.ctx.auth.write() as connection:
            job_changes.claim(connection, job_id, self.ctx.now())
        row = self.ctx.runner.get(job_id)
        return RunningJob(row, self.ctx.auth.database, self.upkeep.clock, UnitPlaces(), 60.0)

    @contextmanager
    def dying_before(self, write: int) -> Iterator[None]:
        """Whoever writes to the target meanwhile dies before the write of this number.

        That is what dying after the one before leaves, too.
        """
        bare = self.ctx.storages.backend
        seen = itertools.count(1)

        def plan(call: Call) -> Fault | None:
            is_it = call.operation in WRITES and next(seen) == write
            return Fault.CRASH_BEFORE if is_it else None

        @contextmanager
        def backend(storage_id: str) -> Iterator[Backend]:
            with bare(storage_id) as inner:
                yield FaultyBackend(inner, plan) if storage_id == THERE else inner

        with self._patch.context() as patch:
            patch.setattr(self.ctx.storages, "backend", backend)
            yield

    def back_up(self, seed: int) -> None:
        """Another snapshot."""
        files = {"/always": b"there " * 200, f"/{seed}": f"day {seed} ".encode() * 200}
        with self.ctx.storages.repository(HERE) as repository:
            self.truth[back_up(repository, files).id] = files

    def check_whole(self) -> None:
        """All snapshots that were ever made are where the storage lies."""
        with self.ctx.storages.repository(HERE) as repository:
            found = {one.id: read_back(repository, one) for one in repository.snapshots()}
        assert found == self.truth

    def place(self, storage_id: str) -> str:
        """Where a storage lies."""
        return self.ctx.storages.definition(storage_id).location


@pytest.fixture
def move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Move]:
    """A storage with a backup, and an empty one; no runner, so that nothing moves by itself."""
    with opened(tmp_path, [local(tmp_path)]) as upkeep:
        ctx, admin = upkeep.ctx, upkeep.admin
        secret = new_key_file(ctx.key_file)
        repository: Repository = create_repository(
            LocalBackend(tmp_path / HERE), secrets=[secret], options=SMALL, clock=ctx.now
        )
        repository.close()
        for name in (HERE, THERE):
            storage_edit.add(
                ctx, admin, storage_edit.define(name, "local", path=str(tmp_path / name))
            )
        ctx.runner.stop()
        made = Move(upkeep, monkeypatch)
        made.back_up(1)
        yield made


def test_f61_a_copy_stopped_at_every_write_goes_on_and_nothing_was_moved(move: Move) -> None:
    here, there = move.place(HERE), move.place(THERE)
    kind = MigrateKind(move.ctx)
    for write in range(1, MOST_WRITES):
        shutil.rmtree(there, ignore_errors=True)
        job = move.job("migrate")
        with suppress(SimulatedCrash), move.dying_before(write):
            kind.run(job)
            break  # there were no more writes to die at
        assert (move.place(HERE), move.place(THERE)) == (here, there)
        assert kind.run(move.again(job.id)).status == "succeeded"
    assert write > 8
    move.back_up(2)
    assert SwitchKind(move.ctx).run(move.job("switch")).status == "succeeded"
    assert (move.place(HERE), move.place(THERE)) == (there, here)
    move.check_whole()


def test_f61_a_switch_stopped_at_every_write_exchanges_the_places_whole_or_not(move: Move) -> None:
    kind = SwitchKind(move.ctx)
    assert MigrateKind(move.ctx).run(move.job("migrate")).status == "succeeded"
    for write in range(1, MOST_WRITES):
        here, there = move.place(HERE), move.place(THERE)
        move.back_up(write)
        job = move.job("switch")
        with suppress(SimulatedCrash), move.dying_before(write):
            kind.run(job)
            break
        assert (move.place(HERE), move.place(THERE)) == (here, there)
        move.back_up(100 + write)
        assert kind.run(move.again(job.id)).status == "succeeded"
        assert (move.place(HERE), move.place(THERE)) == (there, here)
        move.check_whole()
    assert write > 5
    move.check_whole()


@pytest.mark.parametrize("where", ["before the exchange", "after the exchange"])
def test_f61_a_switch_stopped_around_the_exchange_is_done_once(
    where: str, move: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was noted decides: never exchanged twice, which would be as if never."""
    here, there = move.place(HERE), move.place(THERE)
    kind, job = SwitchKind(move.ctx), move.job("switch")

    def die(*_: object) -> None:
        raise SimulatedCrash(where)

    with monkeypatch.context() as patch, suppress(SimulatedCrash):
        if where == "before the exchange":
            patch.setattr(SwitchKind, "_exchange", die)
        else:
            patch.setattr(move.ctx.storages, "put", die)
        kind.run(job)
    definitions, _ = all_definitions(move.ctx.auth, [local(move.upkeep.root)])
    for one in definitions:
        if one.id in {HERE, THERE}:
            move.ctx.storages.put(one)  # as the next start reads them
    is_exchanged = where == "after the exchange"
    assert move.place(HERE) == (there if is_exchanged else here)
    assert kind.run(move.again(job.id)).status == "succeeded"
    assert (move.place(HERE), move.place(THERE)) == (there, here)
    assert kind.run(move.again(job.id)).status == "succeeded"
    assert (move.place(HERE), move.place(THERE)) == (there, here)
    move.check_whole()
