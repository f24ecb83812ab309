import pytest
from dropally.store.backend import Call, Fault, FaultyBackend, MemoryBackend, SimulatedCrash
from dropally.store.backend.contract import Backend
from dropally.store.errors import BackendUnavailableError, ReadOnlyError, StoreFullError
from tests.store.backend.contract import BackendContract


class TestFaultyWithoutFaults(BackendContract):
    @pytest.fixture
    def backend(self) -> Backend:
        return FaultyBackend(MemoryBackend())


def test_calls_are_logged_in_order() -> None:
    backend = FaultyBackend(MemoryBackend())
    backend.put_new("a", [b"1"])
    backend.get("a")
    list(backend.list("x/"))
    assert backend.calls == [Call(1, "put_new", "a"), Call(2, "get", "a"), Call(3, "list", "x/")]


@pytest.mark.parametrize(
    ("fault", "error", "effect"),
    [
        (Fault.UNAVAILABLE, BackendUnavailableError, False),
        (Fault.FULL, StoreFullError, False),
        (Fault.DENIED, ReadOnlyError, False),
        (Fault.LOST_ANSWER, BackendUnavailableError, True),
        (Fault.CRASH_BEFORE, SimulatedCrash, False),
        (Fault.CRASH_AFTER, SimulatedCrash, True),
    ],
)
def test_a_fault_happens_at_its_call(
    fault: Fault, error: type[BaseException], effect: bool
) -> None:
    inner = MemoryBackend()
    backend = FaultyBackend(inner, {2: fault})
    backend.put_new("a", [b"1"])
    with pytest.raises(error):
        backend.put_new("b", [b"2"])
    assert [stat.key for stat in inner.list("")] == (["a", "b"] if effect else ["a"])


def test_after_a_crash_the_process_does_nothing_more() -> None:
    inner = MemoryBackend()
    backend = FaultyBackend(inner, {1: Fault.CRASH_BEFORE})
    for _ in range(2):
        with pytest.raises(SimulatedCrash):
            backend.put_new("a", [b"1"])
    assert not issubclass(SimulatedCrash, Exception)
    assert list(inner.list("")) == []


def test_a_plan_may_look_at_the_call() -> None:
    backend = FaultyBackend(
        MemoryBackend(), lambda call: Fault.SHORT_READ if call.operation == "get" else None
    )
    backend.put_new("a", [b"123"])
    assert backend.get("a") == b"12"
    assert backend.read_version("a")[0] == b"123"
