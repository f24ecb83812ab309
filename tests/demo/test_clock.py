"""A clock that begins in the past."""

from datetime import UTC, datetime, timedelta

from dropally.common.clock import SystemClock
from dropally.demo.clock import PastClock

_ALLOWED = timedelta(minutes=5)


def test_it_begins_in_the_past_and_runs_on() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    clock = PastClock(start)
    assert timedelta() <= clock.now() - start < _ALLOWED


def test_it_is_moved_forward_only_and_never_beyond_the_present() -> None:
    real = SystemClock()
    clock = PastClock(datetime(2026, 1, 1, tzinfo=UTC))
    clock.travel_to(datetime(2026, 2, 1, tzinfo=UTC))
    clock.travel_to(datetime(2026, 1, 15, tzinfo=UTC))
    assert timedelta() <= clock.now() - datetime(2026, 2, 1, tzinfo=UTC) < _ALLOWED
    clock.travel_to(real.now() + timedelta(days=1))
    assert clock.now() <= real.now()
    assert real.now() - clock.now() < _ALLOWED
