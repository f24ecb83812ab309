"""Tasks that are due are run, once; with a clock that the tests move."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from dropally.auth.actors import scheduler as scheduler_actor
from dropally.catalog import schedules
from dropally.catalog.jobs import JobRow
from dropally.catalog.schedules import ScheduledRunRow
from dropally.common.errors import TryLaterError
from dropally.protection import due, pausing, runs, task_views
from dropally.protection.due import Acted
from dropally.protection.plan_words import parse_plan
from dropally.protection.plans import SchedulePlan
from dropally.scheduler import Scheduler, SystemPlan
from tests.protection.appliance import Protected

DAILY = SchedulePlan(hour="03:00", jitter_s=0)


def made_scheduler(place: Protected, system: dict[str, SystemPlan] | None = None) -> Scheduler:
    ctx = place.ctx
    return Scheduler(
        ctx.auth,
        lambda task_id: runs.request_backup(ctx, scheduler_actor(), task_id),
        system or {},
        before_tasks=lambda: pausing.resume_due(ctx),
    )


def set_time(place: Protected, text: str) -> None:
    wanted = datetime.fromisoformat(text).replace(tzinfo=UTC)
    place.pass_time(seconds=(wanted - place.ctx.now()).total_seconds())


def outcomes(acted: list[Acted]) -> list[str]:
    return [one.outcome for one in acted]


def history(place: Protected, schedule_id: str) -> list[ScheduledRunRow]:
    with place.ctx.read() as connection:
        return schedules.scheduled_runs(connection, schedule_id, 100)


def daily_task(place: Protected, name: str = "Dropbox", **form: object) -> str:
    place.put(f"/{name}.txt", name)
    made = place.task(name, activate="all", plan=DAILY, **form)
    return made.id


def next_day(place: Protected) -> str:
    return (place.ctx.now() + timedelta(days=1)).date().isoformat()


def test_f70_a_task_runs_at_its_hour_and_not_before(place: Protected) -> None:
    task_id = daily_task(place)
    clockwork = made_scheduler(place)
    day = next_day(place)
    set_time(place, f"{day}T02:59:59")
    assert clockwork.tick() == []
    set_time(place, f"{day}T03:00:00")
    [acted] = clockwork.tick()
    assert acted.outcome == "started"
    assert clockwork.tick() == []
    job = place.finished(acted.job_id)
    assert (job.status, job.initiator_kind, job.task_id) == ("succeeded", "scheduler", task_id)


def test_runs_missed_in_weeks_without_power_are_made_up_for_once(place: Protected) -> None:
    daily_task(place)
    place.pass_time(days=20)
    clockwork = made_scheduler(place)
    assert outcomes(clockwork.tick()) == ["started"]
    assert clockwork.tick() == []
    set_time(place, f"{next_day(place)}T03:00:00")
    place.finish_all()
    assert outcomes(clockwork.tick()) == ["started"]


def test_a_run_that_is_still_active_is_not_joined_by_another(place: Protected) -> None:
    task_id = daily_task(place)
    clockwork = made_scheduler(place)
    place.hold_back("files/list_folder")
    set_time(place, f"{next_day(place)}T03:00:00")
    [first] = clockwork.tick()
    place.pass_time(days=1)
    [second] = clockwork.tick()
    assert (second.outcome, second.detail) == ("skipped", due.PREVIOUS_ACTIVE)
    assert second.job_id == first.job_id
    assert [row.outcome for row in history(place, task_id)] == ["skipped", "started"]
    place.simulator.control.clear_faults()
    place.finish_all()


def test_f72_a_paused_task_is_passed_over_and_resumes_at_its_date(place: Protected) -> None:
    task_id = daily_task(place)
    clockwork = made_scheduler(place)
    until = place.ctx.now() + timedelta(days=3, hours=1)
    pausing.pause(place.ctx, place.admin, task_id, until)
    day_by_day: list[str] = []
    for _ in range(5):
        set_time(place, f"{next_day(place)}T03:00:00")
        day_by_day += outcomes(clockwork.tick())
        place.finish_all()
    assert day_by_day[:2] == ["skipped", "skipped"]
    assert day_by_day[-1] == "started"
    assert task_views.get_task(place.ctx, place.admin, task_id).state == "active"


def test_one_tasks_fault_does_not_stop_the_others(place: Protected) -> None:
    faulty = daily_task(place, "Faulty")
    healthy = place.task("Healthy", activate="all", plan=DAILY).id
    ran: list[str] = []

    def start(task_id: str) -> JobRow:
        ran.append(task_id)
        if task_id == faulty:
            raise ZeroDivisionError
        return runs.request_backup(place.ctx, scheduler_actor(), task_id)

    set_time(place, f"{next_day(place)}T03:00:00")
    found = {acted.schedule_id: acted for acted in Scheduler(place.ctx.auth, start, {}).tick()}
    assert found[faulty].detail == "unexpected: ZeroDivisionError"
    assert set(ran) == {faulty, healthy}
    assert found[healthy].outcome in {"started", "skipped"}


def test_what_may_succeed_soon_is_tried_again_within_minutes(place: Protected) -> None:
    task_id = daily_task(place)
    refuse = True

    def start(task_id: str) -> JobRow:
        if refuse:
            raise TryLaterError("the disk is full", retryable=True)
        return runs.request_backup(place.ctx, scheduler_actor(), task_id)

    clockwork = Scheduler(place.ctx.auth, start, {})
    set_time(place, f"{next_day(place)}T03:00:00")
    assert outcomes(clockwork.tick()) == ["failed"]
    assert clockwork.tick() == []
    place.pass_time(minutes=5)
    assert outcomes(clockwork.tick()) == ["failed"]
    refuse = False
    place.pass_time(minutes=5)
    assert outcomes(clockwork.tick()) == ["started"]
    [row] = history(place, task_id)
    assert (row.outcome, row.tries, row.due.hour) == ("started", 3, 3)
    place.finish_all()


def test_a_change_of_the_plan_counts_at_once(place: Protected) -> None:
    task_id = daily_task(place)
    with place.ctx.write() as connection:
        due.set_task_plan(
            connection, task_id, SchedulePlan(frequency="hourly", jitter_s=0), place.ctx.now()
        )
    place.pass_time(hours=1)
    assert outcomes(made_scheduler(place).tick()) == ["started"]
    place.finish_all()


def test_every_third_day_counts_from_the_tasks_first_run(place: Protected) -> None:
    task_id = daily_task(place)
    every_third = SchedulePlan(frequency="every-3-days", hour="03:00", jitter_s=0)
    with place.ctx.write() as connection:
        kept = due.set_task_plan(connection, task_id, every_third, place.ctx.now())
        _, row = due.task_plan(connection, task_id)
    assert row.next_due - place.ctx.now() <= timedelta(days=1)
    assert kept.anchor == row.next_due.date()


# -- the appliance's own plans ---------------------------------------------------------------------


def counting(calls: list[str], name: str) -> Callable[[threading.Event], JobRow | None]:
    def run(_stopping: threading.Event) -> JobRow | None:
        calls.append(name)
        return None

    return run


def test_the_appliances_own_plans_run_and_survive_a_restart(place: Protected) -> None:
    calls: list[str] = []
    plan = parse_plan("daily 02:00", "UTC")
    system = {"self-backup": SystemPlan(plan, counting(calls, "self-backup"))}
    made_scheduler(place, system).set_system_plans()
    place.pass_time(days=3)
    again = made_scheduler(place, system)
    again.set_system_plans()  # the plan is as before: what is owed stays owed
    assert outcomes(again.tick()) == ["started"]
    assert calls == ["self-backup"]
    assert history(place, "system:self-backup") == []  # done, and no job to look at
    made_scheduler(place, {}).set_system_plans()
    place.pass_time(days=3)
    assert made_scheduler(place, {}).tick() == []


def test_it_ticks_by_itself_and_stops(place: Protected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dropally.scheduler.TICK_S", 0.05)
    ran = threading.Event()

    def run(stopping: threading.Event) -> None:
        ran.set()
        assert stopping.wait(60)  # as a probe does that nobody answers

    plan = parse_plan("daily 02:00", "UTC")
    clockwork = made_scheduler(place, {"probe": SystemPlan(plan, run)})
    clockwork.start()
    try:
        place.pass_time(days=1)
        assert ran.wait(60)
    finally:
        clockwork.stop()


def test_old_runs_are_forgotten(place: Protected) -> None:
    task_id = daily_task(place)
    clockwork = made_scheduler(place)
    set_time(place, f"{next_day(place)}T03:00:00")
    clockwork.tick()
    place.finish_all()
    place.pass_time(days=399)
    assert due.drop_old_runs(place.ctx.auth) == 0
    place.pass_time(days=2)
    assert due.drop_old_runs(place.ctx.auth) == 1
    assert history(place, task_id) == []
