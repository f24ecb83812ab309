"""Limits by the hour, with a clock of the test's own."""

import pickle
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from dropally.store import MemoryBackend
from dropally.store.backend import (
    Backend,
    LimitedBackend,
    Rates,
    RateWindow,
    Throttle,
    open_backend,
)
from tests.store.backend.contract import BackendContract

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MIB = 1 << 20


class Hours:
    """A clock that moves only when somebody waits."""

    def __init__(self, start: datetime = MONDAY) -> None:
        self.start = start
        self.passed_s = 0.0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.passed_s)

    def wait(self, seconds: float) -> bool:
        self.passed_s += seconds
        return False


def throttle_of(hours: Hours, *up: RateWindow, zone: str = "UTC") -> Throttle:
    return Throttle(
        Rates(up=up, zone=zone),
        hours.now,
        monotonic=lambda: hours.passed_s,
        wait=hours.wait,
    )


def test_what_is_sent_stays_below_the_limit() -> None:
    hours = Hours()
    throttle = throttle_of(hours, RateWindow(MIB))
    for _ in range(20):
        throttle.send(MIB)
    assert hours.passed_s == pytest.approx(19)


def test_the_first_window_that_covers_the_moment_counts() -> None:
    office = RateWindow(MIB, frozenset(range(5)), time(8), time(18))
    hours = Hours(MONDAY.replace(hour=17, minute=59, second=50))
    throttle = throttle_of(hours, office, RateWindow(10 * MIB))
    for _ in range(10):
        throttle.send(MIB)
    assert hours.passed_s == pytest.approx(9)
    hours.passed_s = 20.0
    for _ in range(101):
        throttle.send(MIB)
    assert hours.passed_s == pytest.approx(30, abs=0.2)


def test_a_window_that_ends_lets_those_go_who_wait() -> None:
    hours = Hours(MONDAY.replace(hour=17, minute=59, second=50))
    throttle = throttle_of(hours, RateWindow(MIB, begin=time(8), end=time(18)))
    throttle.send(1000 * MIB)
    throttle.send(MIB)
    assert hours.passed_s <= 11.0
    throttle.send(1000 * MIB)
    assert hours.passed_s <= 11.0


def test_windows_over_midnight_and_zones() -> None:
    night = RateWindow(0, frozenset({0}), time(22), time(6))
    tuesday = MONDAY + timedelta(days=1)
    assert night.covers(MONDAY.replace(hour=23))
    assert night.covers(tuesday.replace(hour=5))
    assert not night.covers(tuesday.replace(hour=23))
    assert not night.covers(MONDAY.replace(hour=5))
    rates = Rates(up=(RateWindow(5, begin=time(8), end=time(18)),), zone="America/New_York")
    assert rates.at(rates.up, MONDAY.replace(hour=9)) == 0
    assert rates.at(rates.up, MONDAY.replace(hour=14)) == 5


def test_whoever_stops_waits_no_longer() -> None:
    throttle = Throttle(Rates(up=(RateWindow(1),)), Hours().now, wait=lambda seconds: True)
    throttle.send(1000)
    throttle.send(1)


def test_it_goes_to_another_process_with_its_limits() -> None:
    carried = pickle.loads(pickle.dumps(Throttle(Rates(up=(RateWindow(7),)), Hours().now)))
    assert isinstance(carried, Throttle)


def test_buckets_are_limited_and_folders_are_not(tmp_path: Path) -> None:
    throttle = Throttle(Rates(up=(RateWindow(7),)), Hours().now)
    keys = {"access_key": "a", "secret_key": "b", "region": "r"}
    bucket = open_backend("s3://company/dropbox", keys, throttle=throttle)
    assert isinstance(bucket, LimitedBackend)
    assert bucket.location == "s3://company/dropbox"
    assert not isinstance(open_backend(str(tmp_path), throttle=throttle), LimitedBackend)


class TestLimited(BackendContract):
    """A limited backend is a backend."""

    @pytest.fixture
    def backend(self) -> Backend:
        rates = Rates(up=(RateWindow(1 << 40),), down=(RateWindow(1 << 40),))
        return LimitedBackend(MemoryBackend(), Throttle(rates, Hours().now))
