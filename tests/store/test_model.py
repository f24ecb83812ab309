"""A repository beside a plain dictionary: whatever happens in between, snapshots stay true."""

import random

from dropally.store import MemoryBackend, Repository, SnapshotId, rebuild_index
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.store.samples import Files, back_up, make, object_keys, read_back, reopen

NAMES = [f"/{folder}/{name}" for folder in "abc" for name in "xyz"]


class RepositoryModel(RuleBasedStateMachine):
    """Backs up, aborts, loses caches and the index, rebuilds, in any order."""

    repository: Repository

    @initialize()
    def begin(self) -> None:
        self.backend = MemoryBackend()
        self.repository = make(self.backend)
        self.files: Files = {}
        self.truth: dict[SnapshotId, Files] = {}
        self.indexed = True

    @rule(
        name=st.sampled_from(NAMES),
        seed=st.integers(0, 5),
        size=st.sampled_from([0, 10, 3000, 20_000]),
    )
    def change_a_file(self, name: str, seed: int, size: int) -> None:
        self.files[name] = random.Random(seed).randbytes(size)

    @rule(name=st.sampled_from(NAMES))
    def remove_a_file(self, name: str) -> None:
        self.files.pop(name, None)

    @rule()
    def back_up(self) -> None:
        snapshot = back_up(self.repository, self.files)
        self.truth[snapshot.id] = dict(self.files)
        self.indexed = True  # a writer adopts what no segment names

    @rule(seed=st.integers(0, 3))
    def abort(self, seed: int) -> None:
        class StopHereError(Exception):
            pass

        try:
            with self.repository.writer(note="aborted") as writer:
                writer.add([random.Random(seed).randbytes(100_000)])
                raise StopHereError
        except StopHereError:
            self.indexed = True

    @rule()
    def reopen(self) -> None:
        self.repository = reopen(self.backend)

    @rule()
    def lose_the_index(self) -> None:
        for key in object_keys(self.backend, "index/"):
            self.backend.delete(key)
        self.repository = reopen(self.backend)
        self.indexed = not object_keys(self.backend, "packs/")

    @rule()
    def rebuild(self) -> None:
        rebuild_index(self.repository)
        self.indexed = True

    @invariant()
    def snapshots_are_true(self) -> None:
        snapshots = list(self.repository.snapshots())
        assert [snapshot.id for snapshot in snapshots] == list(self.truth)
        assert [snapshot.sequence for snapshot in snapshots] == list(range(1, len(snapshots) + 1))
        if self.indexed:
            for snapshot in snapshots[-3:]:
                assert read_back(self.repository, snapshot) == self.truth[snapshot.id]


TestRepositoryModel = RepositoryModel.TestCase
TestRepositoryModel.settings = settings(
    max_examples=20, stateful_step_count=12, deadline=None, derandomize=True
)
