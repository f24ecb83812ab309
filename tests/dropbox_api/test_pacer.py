"""The pacer opens quickly, stops at once, and comes back carefully."""

import threading
from datetime import UTC, datetime

import pytest
from dropally.common.clock import ManualClock, SystemClock
from dropally.common.errors import CancelledError
from dropally.dropbox_api.pacer import Pacer, Turn
from dropally.dropbox_api.settings import PacingSettings

GO_ON = threading.Event()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 22, tzinfo=UTC))


@pytest.fixture
def pacer(clock: ManualClock) -> Pacer:
    return Pacer(PacingSettings(), clock)


def call(pacer: Pacer, bucket: str = "ann", *, answered: bool = True) -> None:
    turn = pacer.take_turn(bucket, GO_ON)
    if answered:
        turn.answered()
    turn.release()


def told(pacer: Pacer, wait_s: float, bucket: str = "ann") -> None:
    turn = pacer.take_turn(bucket, GO_ON)
    turn.told_to_wait(wait_s)
    turn.release()


def test_full_speed_within_a_second_where_nothing_limits(pacer: Pacer, clock: ManualClock) -> None:
    for _ in range(200):
        call(pacer)
    assert clock.monotonic() < 1.0
    assert pacer.state()[0].calls_per_s > 1000


def test_without_answers_calls_start_at_the_start_rate(pacer: Pacer, clock: ManualClock) -> None:
    for _ in range(8 + 16):
        call(pacer, answered=False)
    assert clock.monotonic() == pytest.approx(2.0, abs=0.2)


@pytest.mark.parametrize("wait_s", [1, 5, 300])
def test_nobody_calls_before_the_wait_is_over(
    pacer: Pacer, clock: ManualClock, wait_s: float
) -> None:
    told(pacer, wait_s)
    began = clock.monotonic()
    call(pacer)
    assert clock.monotonic() - began > wait_s
    assert clock.monotonic() - began < wait_s * 1.05 + 5.3


def test_a_shorter_wait_does_not_shorten_a_longer_one(pacer: Pacer, clock: ManualClock) -> None:
    first = pacer.take_turn("ann", GO_ON)
    second = pacer.take_turn("ann", GO_ON)
    first.told_to_wait(300)
    second.told_to_wait(1)
    assert pacer.state()[0].frozen_for_s >= 300


def test_a_turn_given_before_the_wait_may_not_start_after_it_was_told(pacer: Pacer) -> None:
    under_way = pacer.take_turn("ann", GO_ON)
    late = pacer.take_turn("ann", GO_ON)
    assert late.may_start()
    under_way.told_to_wait(2)
    assert not late.may_start()


def test_other_members_are_not_frozen(pacer: Pacer, clock: ManualClock) -> None:
    told(pacer, 300)
    began = clock.monotonic()
    call(pacer, "ben")
    assert clock.monotonic() == began
    assert pacer.least_busy(["ann", "ben"]) == "ben"


def test_a_real_limit_halves_what_was_measured_and_grows_by_one_a_minute(
    pacer: Pacer, clock: ManualClock
) -> None:
    for _ in range(100):
        clock.advance(0.05)
        call(pacer)
    told(pacer, 300)
    call(pacer)
    after = pacer.state()[0]
    assert after.calls_per_s == pytest.approx(10, rel=0.2)
    assert after.concurrency == 2
    for _ in range(600):
        call(pacer)
    below_ceiling = pacer.state()[0].calls_per_s
    assert below_ceiling <= 20
    clock.advance(61)
    call(pacer)
    assert pacer.state()[0].concurrency == 3
    assert pacer.state()[0].calls_per_s <= below_ceiling + 1.5


def test_many_refusals_at_once_slow_down_once(pacer: Pacer) -> None:
    turns = [pacer.take_turn("ann", GO_ON) for _ in range(4)]
    for turn in turns:
        turn.told_to_wait(300)
        turn.release()
    assert pacer.state()[0].concurrency == 2
    assert pacer.state()[0].refusals == 4


def test_short_waits_do_not_end_the_opening(pacer: Pacer, clock: ManualClock) -> None:
    for _ in range(100):
        call(pacer)
    told(pacer, 1)
    began = clock.monotonic()
    for _ in range(200):
        call(pacer)
    assert clock.monotonic() - began < 4


def test_many_frozen_members_pause_the_whole_team(pacer: Pacer, clock: ManualClock) -> None:
    members = [f"member{n}" for n in range(8)]
    for member in members:
        call(pacer, member)
    for member in members[:3]:
        told(pacer, 300, member)
    began = clock.monotonic()
    call(pacer, members[7])
    assert clock.monotonic() - began == pytest.approx(30, abs=1)


def test_few_frozen_members_do_not(pacer: Pacer, clock: ManualClock) -> None:
    members = [f"member{n}" for n in range(20)]
    for member in members:
        call(pacer, member)
    for member in members[:3]:
        told(pacer, 300, member)
    began = clock.monotonic()
    call(pacer, members[7])
    assert clock.monotonic() == began


def test_no_more_calls_at_once_than_allowed() -> None:
    pacer = Pacer(PacingSettings(start_concurrency=2), SystemClock())
    held = [pacer.take_turn("ann", GO_ON) for _ in range(2)]
    got: list[Turn] = []
    waiting = threading.Thread(target=lambda: got.append(pacer.take_turn("ann", GO_ON)))
    waiting.start()
    waiting.join(0.05)
    assert not got
    held[0].release()
    held[0].release()
    waiting.join(60)
    assert len(got) == 1
    assert pacer.state()[0].in_flight == 2


def test_waiting_can_be_cancelled() -> None:
    pacer = Pacer(PacingSettings(), SystemClock())
    turn = pacer.take_turn("ann", GO_ON)
    turn.told_to_wait(300)
    turn.release()
    cancelled = threading.Event()
    threading.Timer(0.05, cancelled.set).start()
    with pytest.raises(CancelledError):
        pacer.take_turn("ann", cancelled)
