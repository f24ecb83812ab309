"""What retention keeps: rules by example, and what must hold for any points at all."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dropally.store.retention import Hold, Policy, RetainedPoint, decide, forecast, parse_period
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
GFS = Policy("gfs", last=2, hourly=3, daily=7, weekly=4, monthly=12, yearly=5)

POINTS = st.lists(
    st.builds(
        lambda minutes, is_good: (NOW - timedelta(minutes=minutes), is_good),
        st.integers(-5000, 2_000_000),
        st.booleans(),
    ),
    max_size=60,
).map(lambda all_: [RetainedPoint(f"p{n}", at, good) for n, (at, good) in enumerate(all_)])
COUNTS = st.integers(0, 5)
POLICIES = st.one_of(
    st.just(Policy()),
    st.builds(
        lambda text: Policy("period", parse_period(text)),
        st.sampled_from(["1d", "30d", "1mo", "12mo", "7y", "99999y"]),
    ),
    st.builds(
        lambda last, hourly, daily, weekly, monthly, yearly: Policy(
            "gfs",
            last=last + 1,
            hourly=hourly,
            daily=daily,
            weekly=weekly,
            monthly=monthly,
            yearly=yearly,
        ),
        *[COUNTS] * 6,
    ),
)
ZONES = st.sampled_from([UTC, BERLIN, ZoneInfo("Pacific/Chatham"), ZoneInfo("America/St_Johns")])


def daily_points(days: int) -> list[RetainedPoint]:
    return [RetainedPoint(f"d{day}", NOW - timedelta(days=day, hours=9)) for day in range(days)]


def kept_ids(points: list[RetainedPoint], policy: Policy, **more: object) -> set[str]:
    return {one.point.id for one in decide(points, policy, NOW, **more) if one.keep}  # type: ignore[arg-type]  # keyword arguments of one call


@settings(max_examples=200, deadline=None, derandomize=True)
@given(POINTS, POLICIES, ZONES)
def test_f59_the_newest_good_point_is_never_forgotten(
    points: list[RetainedPoint], policy: Policy, zone: ZoneInfo
) -> None:
    decisions = decide(points, policy, NOW, zone=zone)
    assert sorted(one.point.id for one in decisions) == sorted(point.id for point in points)
    kept = [one.point for one in decisions if one.keep]
    counted = [point for point in points if point.time <= NOW]
    good = [point for point in counted if point.is_good]
    if good:
        assert max(point.time for point in good) in {point.time for point in kept if point.is_good}
    elif counted:
        assert max(counted, key=lambda point: (point.time, point.id)) in kept
    assert all(one.reasons for one in decisions)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(POINTS, POLICIES, ZONES)
def test_points_newer_than_now_are_kept_and_push_nothing_out(
    points: list[RetainedPoint], policy: Policy, zone: ZoneInfo
) -> None:
    counted = [point for point in points if point.time <= NOW]
    with_future = {
        one.point.id
        for one in decide(points, policy, NOW, zone=zone)
        if one.keep and one.point.time <= NOW
    }
    assert with_future == {
        one.point.id for one in decide(counted, policy, NOW, zone=zone) if one.keep
    }
    future = [one for one in decide(points, policy, NOW, zone=zone) if one.point.time > NOW]
    assert all(one.keep for one in future)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(POINTS, POLICIES, ZONES)
def test_deciding_again_forgets_nothing_more(
    points: list[RetainedPoint], policy: Policy, zone: ZoneInfo
) -> None:
    once = [one.point for one in decide(points, policy, NOW, zone=zone) if one.keep]
    again = [one.point for one in decide(once, policy, NOW, zone=zone) if one.keep]
    assert once == again


@settings(max_examples=150, deadline=None, derandomize=True)
@given(POINTS, POLICIES, st.integers(0, 1_000_000), st.integers(0, 1_000_000))
def test_holds_win(points: list[RetainedPoint], policy: Policy, first: int, length: int) -> None:
    start = NOW - timedelta(minutes=first + length)
    hold = Hold("court", start, NOW - timedelta(minutes=first))
    kept = kept_ids(points, policy, holds=[hold])
    assert {point.id for point in points if hold.covers(point.time, NOW)} <= kept
    assert kept_ids(points, policy) <= kept


def test_a_hold_ends_with_its_date() -> None:
    points = daily_points(400)
    ended = Hold("court", until=NOW)
    policy = Policy("period", parse_period("30d"))
    assert kept_ids(points, policy, holds=[ended]) == kept_ids(points, policy)
    lasting = Hold("court", until=NOW + timedelta(seconds=1))
    assert len(kept_ids(points, policy, holds=[lasting])) == 400


def test_f59_a_single_old_point_survives_any_policy() -> None:
    lonely = [RetainedPoint("old", NOW - timedelta(days=4000))]
    assert kept_ids(lonely, Policy("period", parse_period("1d"))) == {"old"}
    broken = [*lonely, RetainedPoint("newer, broken", NOW - timedelta(days=1), is_good=False)]
    assert "old" in kept_ids(broken, Policy("period", parse_period("1d")))


def test_f59_a_period_keeps_what_is_not_older() -> None:
    points = daily_points(100)
    assert len(kept_ids(points, Policy("period", parse_period("30d")))) == 30
    at_the_border = [RetainedPoint("exactly", NOW - timedelta(days=30)), *daily_points(1)]
    assert "exactly" in kept_ids(at_the_border, Policy("period", parse_period("30d")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1d", (2024, 3, 30)), ("1mo", (2024, 2, 29)), ("13mo", (2023, 2, 28)), ("1y", (2023, 3, 31))],
)
def test_months_are_those_of_the_calendar(text: str, expected: tuple[int, int, int]) -> None:
    moment = datetime(2024, 3, 31, 10, tzinfo=UTC)
    before = parse_period(text).before(moment, UTC)
    assert (before.year, before.month, before.day, before.hour) == (*expected, 10)


@pytest.mark.parametrize("text", ["", "30", "0d", "30 d", "-1d", "1w", "123456d"])
def test_a_period_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write days, months or years"):
        parse_period(text)


def test_f59_generations_keep_the_newest_of_each_day_week_month_and_year() -> None:
    points = [RetainedPoint(f"h{hour}", NOW - timedelta(hours=hour)) for hour in range(24 * 800)]
    decisions = decide(points, GFS, NOW)
    kept = [one for one in decisions if one.keep]
    words = [reason.split()[0] for one in kept for reason in one.reasons]
    counts = {word: words.count(word) for word in ("last", "hourly", "daily", "weekly", "monthly")}
    assert counts == {"last": 2, "hourly": 3, "daily": 7, "weekly": 4, "monthly": 12}
    assert words.count("yearly") == 3  # 800 days touch three years
    yesterday = next(one for one in kept if "daily 2 of 7" in one.reasons)
    assert yesterday.point.time == datetime(2026, 11, 22, 23, tzinfo=UTC)


def test_a_good_point_stands_for_its_day_before_a_newer_bad_one() -> None:
    good = RetainedPoint("good", NOW - timedelta(days=1, hours=5))
    bad = RetainedPoint("bad", NOW - timedelta(days=1, hours=4), is_good=False)
    today = RetainedPoint("today", NOW)
    assert kept_ids([good, bad, today], Policy("gfs", daily=2)) == {"good", "today"}


def test_days_are_those_of_the_zone() -> None:
    late = RetainedPoint("late", datetime(2026, 11, 21, 23, 30, tzinfo=UTC))
    early = RetainedPoint("early", datetime(2026, 11, 22, 0, 30, tzinfo=UTC))
    policy = Policy("gfs", daily=2)
    assert kept_ids([late, early], policy) == {"late", "early"}
    assert kept_ids([late, early], policy, zone=BERLIN) == {"early"}  # 0:30 and 1:30 of one day


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    first = RetainedPoint("first", datetime(2026, 10, 25, 0, 30, tzinfo=UTC))  # 2:30 summer time
    second = RetainedPoint("second", datetime(2026, 10, 25, 1, 30, tzinfo=UTC))  # 2:30 again
    kept = kept_ids([first, second], Policy("gfs", hourly=2), zone=BERLIN)
    assert kept == {"first", "second"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "period"},
        {"mode": "gfs"},
        {"mode": "unlimited", "daily": 1},
        {"mode": "gfs", "daily": -1, "last": 1},
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="mode"):
        Policy(**wrong)  # type: ignore[arg-type]  # wrong on purpose


# -- forecast --------------------------------------------------------------------------------


def coming(days: int) -> list[datetime]:
    return [NOW + timedelta(days=day, hours=15) for day in range(days)]


def test_f60_the_forecast_is_what_a_year_of_daily_runs_really_keeps() -> None:
    policy = Policy("gfs", daily=7, weekly=4, monthly=12)
    steps = forecast(daily_points(30), coming(365), policy, NOW, zone=BERLIN)
    assert [step.at for step in steps] == [
        NOW + timedelta(days=day) for day in [*range(0, 365, 30), 365]
    ]
    points = daily_points(30)
    for day in range(366):
        at = NOW + timedelta(days=day)
        points += [
            RetainedPoint(f"{moment}", moment)
            for moment in coming(365)
            if at - timedelta(days=1) < moment <= at
        ]
        points = [one.point for one in decide(points, policy, at, zone=BERLIN) if one.keep]
    assert [one.point.time for one in steps[-1].kept] == [
        point.time for point in sorted(points, key=lambda point: point.time, reverse=True)
    ]
    assert 18 <= len(steps[-1].kept) <= 23
    assert steps[-1].forgotten == 30 + 365 - len(steps[-1].kept)


def test_an_unlimited_policy_forgets_nothing_in_the_forecast() -> None:
    steps = forecast(daily_points(3), coming(400), Policy(), NOW, zone=UTC)
    assert steps[-1].forgotten == 0
    assert len(steps[-1].kept) == 3 + 365
