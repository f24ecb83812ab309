"""Stopping several parts at once."""

import threading
import time

import pytest
from dropally.app.stopping import Stopping
from dropally.common.clock import SystemClock


def test_parts_are_stopped_beside_each_other() -> None:
    meeting = threading.Barrier(3)
    stopping = Stopping(SystemClock(), within_s=10)
    for name in ("one", "two", "three"):
        stopping.add(name, lambda: meeting.wait(5))  # passes only when all three have come
    stopping.stop()
    assert not meeting.broken


def test_one_that_fails_or_hangs_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    released, stopped = threading.Event(), threading.Event()
    stopping = Stopping(SystemClock(), within_s=0.3)

    def fail() -> None:
        raise ValueError("no")

    stopping.add("failing", fail)
    stopping.add("hanging", lambda: released.wait(30))
    stopping.add("good", stopped.set)
    begun = time.monotonic()
    stopping.stop()
    assert time.monotonic() - begun < 5
    assert stopped.is_set()
    assert "failing could not be stopped" in caplog.text
    assert "hanging takes too long" in caplog.text
    released.set()
