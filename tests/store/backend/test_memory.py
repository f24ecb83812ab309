from datetime import UTC, datetime

import pytest
from dropally.store.backend import Backend, MemoryBackend
from tests.store.backend.contract import BackendContract


class TestMemory(BackendContract):
    @pytest.fixture
    def backend(self) -> Backend:
        return MemoryBackend()


def test_a_clock_may_be_given() -> None:
    backend = MemoryBackend(clock=lambda: datetime(2026, 5, 1, tzinfo=UTC))
    backend.put_new("x", [b""])
    assert backend.stat("x").modified == datetime(2026, 5, 1, tzinfo=UTC)


def test_later_changes_of_the_callers_buffer_do_not_reach_the_store() -> None:
    backend = MemoryBackend()
    buffer = bytearray(b"before")
    backend.put_new("x", [buffer])
    buffer[:] = b"after!"
    assert backend.get("x") == b"before"
