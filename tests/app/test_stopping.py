"""Stopping several parts at once."""

import threading

import pytest
from dropally.app import appliance
from dropally.app.stopping import Stopping
from dropally.common.clock import SystemClock
from dropally.notify import smtp


def test_a_stop_takes_less_than_ten_seconds_whatever_hangs() -> None:
    one_after_the_other = (appliance._OTHERS_STOP_WITHIN_S, appliance._RUNNER_STOPS_WITHIN_S)
    assert sum(one_after_the_other) < 10
    assert smtp._STOP_SEEN_WITHIN_S + smtp._LAST_MAIL_WITHIN_S < appliance._MAILER_STOPS_WITHIN_S


def test_parts_are_stopped_beside_each_other() -> None:
    meeting = threading.Barrier(3)
    stopping = Stopping(SystemClock(), within_s=60)
    for name in ("one", "two", "three"):
        stopping.add(name, lambda: meeting.wait(60))  # passes only when all three have come
    stopping.stop()
    assert not meeting.broken


def test_one_that_fails_or_hangs_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    released, stopped = threading.Event(), threading.Event()
    stopping = Stopping(SystemClock(), within_s=0.3)

    def fail() -> None:
        raise ValueError("no")

    stopping.add("failing", fail)
    stopping.add("hanging", released.wait)
    stopping.add("good", stopped.set)
    stopping.stop()  # returns although one has not ended
    assert "hanging takes too long" in caplog.text
    released.set()
    for thread in threading.enumerate():
        if thread.name.startswith("stop "):
            thread.join()
    assert stopped.is_set()
    assert "failing could not be stopped" in caplog.text
