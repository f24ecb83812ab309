"""Whom to ask next, at any size: simulated hours, no calls."""

from collections import Counter

import pytest
from dropally.protection.following.rota import FollowPace, Rota
from hypothesis import given
from hypothesis import strategies as st

PACE = FollowPace(calls_per_s=90.0, quiet_every_s=180.0, busy_every_s=60.0)


def rota_of(count: int, pace: FollowPace = PACE) -> Rota:
    rota = Rota(pace)
    rota.watch_only((f"ns{number}" for number in range(count)), 0.0, asked=0.0)
    return rota


def run(rota: Rota, seconds: int, *, calls_per_s: int = 90, begin: int = 1) -> Counter[str]:
    """Ask as the service does, second by second; how often each namespace was asked."""
    asked: Counter[str] = Counter()
    for second in range(begin, begin + seconds):
        for namespace in rota.take(float(second), calls_per_s):
            rota.answered(namespace, float(second), changed=False)
            asked[namespace] += 1
    return asked


@pytest.mark.parametrize("count", [1, 300, 16_000])
def test_everything_is_asked_within_four_minutes(count: int) -> None:
    rota = rota_of(count)
    run(rota, 400)
    for second in range(401, 1000, 60):
        run(rota, 60, begin=second)
        assert rota.oldest_s(second + 59.0) <= 200


def test_twenty_thousand_namespaces_are_asked_within_four_minutes() -> None:
    rota = rota_of(20_000)
    run(rota, 700)
    assert rota.oldest_s(700.0) <= 240
    assert rota.calls_per_hour() == pytest.approx(90 * 3600)


def test_more_namespaces_than_calls_take_turns_and_the_oldest_is_told() -> None:
    rota = rota_of(1000, FollowPace(calls_per_s=2.0))
    asked = run(rota, 1500, calls_per_s=2)
    assert len(asked) == 1000
    assert max(asked.values()) - min(asked.values()) <= 1
    assert 490 <= rota.oldest_s(1500.0) <= 520


def test_busy_namespaces_are_asked_more_often_and_leave_half_for_the_quiet() -> None:
    rota = rota_of(2000, FollowPace(calls_per_s=10.0))
    for number in range(1000):
        rota.answered(f"ns{number}", 0.0, changed=True)
        rota.resume(f"ns{number}", 0.0)
    asked = run(rota, 4000, calls_per_s=10)
    busy = sum(count for name, count in asked.items() if int(name[2:]) < 1000)
    assert rota.busy_every_s == 200  # 1,000 of them at 5 calls a second
    assert 0.45 <= busy / asked.total() <= 0.55
    assert min(asked.values()) >= 15


def test_what_changed_waits_for_its_backup_and_then_has_its_turn() -> None:
    rota = rota_of(3)
    taken = rota.take(1000.0, 3)
    rota.answered(taken[0], 1000.0, changed=True)
    for quiet in taken[1:]:
        rota.answered(quiet, 1000.0, changed=False)
    assert taken[0] not in rota.take(5000.0, 10)
    rota.resume(taken[0], 5000.0)
    assert rota.take(5059.0, 10) == []
    assert rota.take(5061.0, 10) == [taken[0]]


def test_a_namespace_that_is_quiet_for_days_is_not_busy_any_more() -> None:
    rota = rota_of(1)
    rota.answered("ns0", 0.0, changed=True)
    rota.resume("ns0", 0.0)
    assert rota.busiest(0.0, 4) == ["ns0"]
    run(rota, 3600 * 30)
    assert rota.busiest(3600.0 * 30, 4) == []
    assert rota.calls_per_hour() == pytest.approx(3600 / 180)


def test_the_busiest_are_those_that_changed_most_lately() -> None:
    rota = rota_of(5)
    for number, times in ((1, 3), (2, 1), (3, 2)):
        for _ in range(times):
            rota.answered(f"ns{number}", 10.0, changed=True)
        rota.resume(f"ns{number}", 10.0)
    assert rota.busiest(20.0, 2) == ["ns1", "ns3"]


@given(st.lists(st.tuples(st.sampled_from(["take", "watch", "hurry", "pass"]), st.integers(0, 30))))
def test_nothing_is_ever_lost_or_asked_twice_at_once(steps: list[tuple[str, int]]) -> None:
    rota = rota_of(10)
    open_questions: set[str] = set()
    watched = {f"ns{number}" for number in range(10)}
    now = 1.0
    for step, number in steps:
        now += number
        if step == "take":
            taken = rota.take(now, number)
            assert not open_questions & set(taken)
            assert set(taken) <= watched
            open_questions |= set(taken)
        elif step == "watch":
            watched = {f"ns{n}" for n in range(number)}
            rota.watch_only(watched, now, asked=now)
            open_questions &= watched
        elif step == "hurry":
            rota.hurry(f"ns{number}", now)
        else:
            for namespace in open_questions:
                rota.answered(namespace, now, changed=False)
            open_questions = set()
    for namespace in open_questions:
        rota.answered(namespace, now, changed=False)
    assert set(rota.take(now + 10_000, 100)) == watched
