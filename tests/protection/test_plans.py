"""When tasks run: a table for every choice, and what holds on any day in any zone."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from dropally.auth.errors import FieldsError
from dropally.protection.plan_words import clock_change_note, estimate_calls, in_words, parse_plan
from dropally.protection.plans import (
    FREQUENCIES,
    SchedulePlan,
    check_plan,
    next_run,
    next_runs,
    runs_per_day,
)
from hypothesis import given
from hypothesis import strategies as st

BERLIN = "Europe/Berlin"


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def shown(moments: list[datetime], zone: str = "UTC") -> list[str]:
    return [f"{moment.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" for moment in moments]


def exact(**fields: object) -> SchedulePlan:
    return msgspec.convert({"jitter_s": 0, **fields}, SchedulePlan)


@pytest.mark.parametrize(
    ("plan", "runs"),
    [
        (exact(), ["11-23 03:00", "11-24 03:00", "11-25 03:00", "11-26 03:00"]),
        (exact(hour="23:30"), ["11-22 23:30", "11-23 23:30", "11-24 23:30", "11-25 23:30"]),
        (
            exact(frequency="every-3-days", anchor=date(2026, 11, 24)),
            ["11-24 03:00", "11-27 03:00", "11-30 03:00", "12-03 03:00"],
        ),
        (
            exact(frequency="weekly", weekday="sun"),
            ["11-29 03:00", "12-06 03:00", "12-13 03:00", "12-20 03:00"],
        ),
        (
            exact(frequency="weekly", weekday="mon", hour="10:15"),
            ["11-23 10:15", "11-30 10:15", "12-07 10:15", "12-14 10:15"],
        ),
        (
            exact(frequency="hourly", hour="00:20"),
            ["11-22 12:20", "11-22 13:20", "11-22 14:20", "11-22 15:20"],
        ),
        (
            exact(frequency="every-6-hours"),
            ["11-22 15:00", "11-22 21:00", "11-23 03:00", "11-23 09:00"],
        ),
        (
            exact(frequency="cron", cron="0 3 * * 0"),
            ["11-29 03:00", "12-06 03:00", "12-13 03:00", "12-20 03:00"],
        ),
        (
            exact(frequency="cron", cron="0 3 * * 5-7"),
            ["11-27 03:00", "11-28 03:00", "11-29 03:00", "12-04 03:00"],
        ),
        (
            exact(frequency="cron", cron="30 2 1 * mon"),
            ["11-23 02:30", "11-30 02:30", "12-01 02:30", "12-07 02:30"],
        ),
        (
            exact(frequency="cron", cron="*/20 9,17 * * mon-fri"),
            ["11-23 09:00", "11-23 09:20", "11-23 09:40", "11-23 17:00"],
        ),
        (
            exact(frequency="continuous"),
            ["11-23 03:00", "11-24 03:00", "11-25 03:00", "11-26 03:00"],
        ),
    ],
    ids=lambda value: in_words(value) if isinstance(value, SchedulePlan) else "",
)
def test_f62_every_choice_has_its_table_of_next_runs(plan: SchedulePlan, runs: list[str]) -> None:
    check_plan(plan)
    assert shown(next_runs(plan, at("2026-11-22T12:00"), 4)) == runs


def test_f31_a_new_task_runs_within_a_day() -> None:
    now = at("2026-11-22T12:00")
    assert next_run(SchedulePlan(spread_key="tsk_one"), now) - now <= timedelta(hours=24)


def test_f70_runs_begin_at_the_time_or_within_the_jitter_and_never_before() -> None:
    for number in range(200):
        plan = SchedulePlan(spread_key=f"tsk_{number}", jitter_s=600)
        run = next_run(plan, at("2026-11-22T12:00"))
        assert at("2026-11-23T03:00") <= run < at("2026-11-23T03:10")
        assert next_run(plan, run - timedelta(seconds=1)) == run  # a preview is what happens


# -- clocks that are moved -----------------------------------------------------------------------


def test_f63_a_time_that_is_never_shown_runs_at_the_first_moment_that_exists() -> None:
    plan = exact(hour="02:30", zone=BERLIN)
    runs = next_runs(plan, at("2027-03-26T12:00"), 3)
    assert shown(runs, BERLIN) == ["03-27 02:30", "03-28 03:00", "03-29 02:30"]


def test_f63_a_time_that_is_shown_twice_runs_once() -> None:
    plan = exact(hour="02:30", zone=BERLIN)
    runs = next_runs(plan, at("2027-10-30T12:00"), 3)
    assert [f"{run:%m-%d %H:%M}" for run in runs] == ["10-31 00:30", "11-01 01:30", "11-02 01:30"]


def test_f63_hourly_runs_follow_the_real_hours() -> None:
    plan = exact(frequency="hourly", zone=BERLIN)
    for day in ("2027-03-28", "2027-10-31"):
        runs = next_runs(plan, at(f"{day}T00:00") - timedelta(minutes=30), 6)
        assert {later - earlier for earlier, later in pairwise(runs)} == {timedelta(hours=1)}


def test_a_cron_line_for_every_half_hour_leaves_out_and_repeats_what_the_clock_does() -> None:
    plan = exact(frequency="cron", cron="*/30 * * * *", zone=BERLIN)
    for day in ("2027-03-28", "2027-10-31"):
        runs = next_runs(plan, at(f"{day}T00:00"), 8)
        assert {later - earlier for earlier, later in pairwise(runs)} == {timedelta(minutes=30)}


def test_f63_a_day_without_midnight_and_one_with_two() -> None:
    cairo = exact(hour="00:00", zone="Africa/Cairo")
    spring = shown(next_runs(cairo, at("2026-04-22T12:00"), 3), "Africa/Cairo")
    assert spring == ["04-23 00:00", "04-24 01:00", "04-25 00:00"]


ZONES = [
    "UTC",
    BERLIN,
    "America/New_York",
    "America/St_Johns",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Antarctica/Troll",
    "America/Santiago",
]
MOMENTS = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001
    max_value=datetime(2029, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@st.composite
def plans(draw: st.DrawFn) -> SchedulePlan:
    frequency = draw(st.sampled_from(FREQUENCIES))
    minute = draw(st.integers(0, 24 * 60 - 1))
    return SchedulePlan(
        frequency=frequency,
        hour=f"{minute // 60:02}:{minute % 60:02}",
        weekday=draw(st.sampled_from(["mon", "sat", "sun"])),
        zone=draw(st.sampled_from(ZONES)),
        jitter_s=draw(st.sampled_from([0, 1, 600])),
        cron=draw(
            st.sampled_from(["0 3 * * *", "15 2 * * 1-5", "*/30 * * * *", "59 1-3 1,28 * *"])
        ),
        anchor=draw(st.sampled_from([None, date(2027, 3, 28), date(2026, 10, 25)])),
        spread_key=draw(st.sampled_from(["", "tsk_a", "tsk_b"])),
    )


@given(plans(), MOMENTS)
def test_the_next_run_is_the_first_one_after_a_moment(plan: SchedulePlan, moment: datetime) -> None:
    run = next_run(plan, moment)
    assert run > moment
    assert run.tzinfo is UTC
    between = moment + (run - moment) / 3
    assert next_run(plan, between) == run
    assert next_run(plan, run - timedelta(microseconds=1)) == run


@given(plans(), MOMENTS)
def test_daily_plans_run_once_on_each_day_of_their_zone(
    plan: SchedulePlan, moment: datetime
) -> None:
    zone = ZoneInfo(plan.zone)
    plan = exact(hour=plan.hour, zone=plan.zone)
    days = [run.astimezone(zone).date() for run in next_runs(plan, moment, 30)]
    assert days == [days[0] + timedelta(days=n) for n in range(30)]


@given(plans(), MOMENTS)
def test_f63_runs_show_the_hour_that_was_asked_for(plan: SchedulePlan, moment: datetime) -> None:
    zone = ZoneInfo(plan.zone)
    plan = exact(hour=plan.hour, zone=plan.zone)
    shown_hours = [f"{run.astimezone(zone):%H:%M}" for run in next_runs(plan, moment, 60)]
    assert sum(hour != plan.hour for hour in shown_hours) <= 1  # the day the clocks go forward


@given(plans(), MOMENTS)
def test_hourly_runs_are_about_an_hour_apart(plan: SchedulePlan, moment: datetime) -> None:
    runs = next_runs(exact(frequency="hourly", hour=plan.hour, zone=plan.zone), moment, 30)
    gaps = {later - earlier for earlier, later in pairwise(runs)}
    half = timedelta(minutes=30)  # Lord Howe moves its clocks by half an hour
    assert gaps <= {timedelta(hours=1), timedelta(hours=1) - half, timedelta(hours=1) + half}


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "plan"),
    [
        ("hour", exact(hour="24:00")),
        ("hour", exact(hour="3 o'clock")),
        ("hour", exact(hour="03:5")),
        ("zone", exact(zone="Berlin/Europe")),
        ("zone", exact(zone="../etc/passwd")),
        ("zone", exact(zone="")),
        ("cron", exact(frequency="cron", cron="0 3 * *")),
        ("cron", exact(frequency="cron", cron="61 3 * * *")),
        ("cron", exact(frequency="cron", cron="0 3 * * 8")),
        ("cron", exact(frequency="cron", cron="0 3 * * fri-mon")),
        ("cron", exact(frequency="cron", cron="0 3 31 2 *")),
        ("jitter_s", exact(jitter_s=-1)),
        ("jitter_s", exact(frequency="hourly", jitter_s=1801)),
        ("jitter_s", exact(frequency="cron", cron="*/5 * * * *", jitter_s=600)),
    ],
    ids=str,
)
def test_every_wrong_field_is_named(field: str, plan: SchedulePlan) -> None:
    with pytest.raises(FieldsError) as caught:
        check_plan(plan)
    assert [name for name, _ in caught.value.fields] == [field]


def test_all_wrong_fields_are_named_at_once() -> None:
    with pytest.raises(FieldsError) as caught:
        check_plan(exact(hour="x", zone="y", jitter_s=10**9))
    assert [name for name, _ in caught.value.fields] == ["hour", "zone", "jitter_s"]


# -- words ---------------------------------------------------------------------------------------


def test_plans_are_told_in_words() -> None:
    assert in_words(exact(zone=BERLIN)) == "daily at 03:00 Europe/Berlin"
    assert in_words(exact(frequency="weekly", weekday="sat")) == "every Saturday at 03:00 UTC"
    assert (
        in_words(exact(frequency="every-6-hours"))
        == "every 6 hours at 03:00, 09:00, 15:00, 21:00 UTC"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("daily 02:00", "daily at 02:00 UTC"),
        ("weekly sun 06:00", "every Sunday at 06:00 UTC"),
        ("hourly", "every hour at minute 0"),
        ("cron 0 3 * * 1-5", "by the cron line 0 3 * * 1-5, UTC"),
    ],
)
def test_plans_of_the_configuration_are_read(text: str, words: str) -> None:
    assert in_words(parse_plan(text, "UTC")) == words


def test_f63_the_next_change_of_the_clocks_is_pointed_out() -> None:
    note = clock_change_note(exact(hour="02:30", zone=BERLIN), at("2027-01-01T00:00"))
    assert note.startswith("On 2027-03-28 clocks go forward in Europe/Berlin")
    assert "the run of that day is at 03:00" in note
    assert "2027-10-31" in clock_change_note(exact(zone=BERLIN), at("2027-06-01T00:00"))
    assert clock_change_note(exact(), at("2027-01-01T00:00")) == ""


def test_f64_the_cost_of_more_frequent_backups_is_told() -> None:
    now = at("2026-11-22T12:00")
    assert runs_per_day(exact(frequency="cron", cron="0 9,17 * * mon-fri"), now) == 10 / 7
    daily = estimate_calls(exact(), now, members=100, namespaces=150)
    hourly = estimate_calls(exact(frequency="hourly"), now, members=100, namespaces=150)
    assert daily.calls_per_day == daily.calls_per_run == 256
    assert hourly.calls_per_day == 24 * 256
