import itertools

import pytest
from dropally.store.backend import (
    Fault,
    FaultyBackend,
    MemoryBackend,
    RetryingBackend,
    RetryPolicy,
)
from dropally.store.backend.contract import Backend
from dropally.store.errors import (
    AlreadyExistsError,
    BackendUnavailableError,
    ConflictError,
    ReadOnlyError,
)
from tests.store.backend.contract import BackendContract


class Waits:
    """Sleeps nobody: remembers how long it was asked to."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.seconds: list[float] = []
        self._stop_after = stop_after

    def __call__(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        return self._stop_after is not None and len(self.seconds) >= self._stop_after


def retrying(faulty: FaultyBackend, waits: Waits | None = None) -> RetryingBackend:
    return RetryingBackend(faulty, wait=waits or Waits(), draw=lambda: 1.0)


class TestRetryingOverFaults(BackendContract):
    """Every second call fails or loses its answer, and nobody notices."""

    loses_answers = True

    @pytest.fixture
    def backend(self) -> Backend:
        faults = itertools.cycle([Fault.UNAVAILABLE, None, Fault.LOST_ANSWER, None])
        # With several threads one of them may meet many faults in a row.
        return RetryingBackend(
            FaultyBackend(MemoryBackend(), lambda call: next(faults)),
            wait=Waits(),
            policy=RetryPolicy(attempts=1000),
        )


def test_waits_grow_to_the_longest_and_attempts_are_bounded() -> None:
    waits = Waits()
    faulty = FaultyBackend(MemoryBackend(), lambda call: Fault.UNAVAILABLE)
    policy = RetryPolicy(attempts=5, first_wait_s=1, longest_wait_s=3)
    backend = RetryingBackend(faulty, wait=waits, policy=policy, draw=lambda: 1.0)
    with pytest.raises(BackendUnavailableError):
        backend.get("x")
    assert waits.seconds == [1, 2, 3, 3]
    assert len(faulty.calls) == 5


def test_waits_are_spread() -> None:
    policy = RetryPolicy(first_wait_s=8)
    assert policy.wait_s(1, 0.0) == 4
    assert policy.wait_s(1, 0.5) == 6


def test_whoever_asks_to_stop_is_not_kept_waiting() -> None:
    faulty = FaultyBackend(MemoryBackend(), lambda call: Fault.UNAVAILABLE)
    with pytest.raises(BackendUnavailableError):
        retrying(faulty, Waits(stop_after=1)).get("x")
    assert len(faulty.calls) == 1


def test_what_cannot_get_better_is_not_tried_again() -> None:
    faulty = FaultyBackend(MemoryBackend(), lambda call: Fault.DENIED)
    with pytest.raises(ReadOnlyError):
        retrying(faulty).put_new("x", [b""])
    assert len(faulty.calls) == 1


def test_a_put_whose_answer_was_lost_is_recognised() -> None:
    inner = MemoryBackend()
    retrying(FaultyBackend(inner, {1: Fault.LOST_ANSWER})).put_new("x", [b"mi", b"ne"])
    assert inner.get("x") == b"mine"


def test_somebody_elses_object_is_not_mistaken_for_a_lost_answer() -> None:
    inner = MemoryBackend()
    inner.put_new("x", [b"theirs"])
    with pytest.raises(AlreadyExistsError):
        retrying(FaultyBackend(inner, {1: Fault.UNAVAILABLE})).put_new("x", [b"mine"])
    same = FaultyBackend(inner)
    with pytest.raises(AlreadyExistsError):
        retrying(same).put_new("x", [b"theirs"])


def test_a_swap_whose_answer_was_lost_is_recognised() -> None:
    inner = MemoryBackend()
    first = inner.swap("lease", b"one", None)
    version = retrying(FaultyBackend(inner, {1: Fault.LOST_ANSWER})).swap("lease", b"two", first)
    assert inner.read_version("lease") == (b"two", version)


def test_a_swap_that_lost_is_a_conflict_after_a_retry_too() -> None:
    inner = MemoryBackend()
    first = inner.swap("lease", b"one", None)
    inner.swap("lease", b"theirs", first)
    with pytest.raises(ConflictError):
        retrying(FaultyBackend(inner, {1: Fault.UNAVAILABLE})).swap("lease", b"mine", first)


def test_a_listing_that_broke_is_finished_without_repeating() -> None:
    class Breaking(MemoryBackend):
        broke = 0

        def list(self, prefix: str):  # type: ignore[no-untyped-def] # the annotation would name the method itself
            for count, stat in enumerate(super().list(prefix)):
                if count == 2 * (self.broke + 1) and self.broke < 2:
                    self.broke += 1
                    raise BackendUnavailableError("the connection broke")
                yield stat

    inner = Breaking()
    for number in range(9):
        inner.put_new(f"k{number}", [b""])
    backend = RetryingBackend(inner, wait=Waits())
    assert [stat.key for stat in backend.list("")] == [f"k{number}" for number in range(9)]
