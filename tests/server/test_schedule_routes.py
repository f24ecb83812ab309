"""Plans over HTTP."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from dropally.auth.verbs import Role
from dropally.protection.following.service import FollowState
from dropally.server.application import build_application
from tests.protection.appliance import Protected, protected
from tests.server.appliance import Served, parts_over, rebuilt

API = "/api/v1"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Protected]:
    with protected(tmp_path) as found:
        yield found


@pytest.fixture
def served(place: Protected) -> Iterator[Served]:
    with ExitStack() as ending:
        parts = parts_over(place.people, place.ctx)
        yield Served(parts, place.people, build_application(parts), ending, place.admin)


@pytest.fixture
def browser(served: Served) -> httpx.Client:
    return served.browser(served.admin)


def answered(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_f62_a_plan_is_previewed_before_it_is_saved(browser: httpx.Client) -> None:
    plan = {"frequency": "weekly", "weekday": "sun", "zone": "Europe/Berlin", "jitter_s": 0}
    found = answered(browser.post(f"{API}/schedule-preview", json={"plan": plan, "count": 2}))
    assert found["words"] == "every Sunday at 03:00 Europe/Berlin"
    assert found["runs"] == [
        {"time": "2026-03-08T02:00:00Z", "shown": "2026-03-08 03:00"},
        {"time": "2026-03-15T02:00:00Z", "shown": "2026-03-15 03:00"},
    ]
    assert found["clock_change"].startswith("On 2026-03-29 clocks go forward")
    assert found["calls_per_day"] is None


def test_every_wrong_field_of_a_plan_is_named(browser: httpx.Client) -> None:
    body = {"plan": {"hour": "25:00", "zone": "Nowhere"}}
    problem = answered(browser.post(f"{API}/schedule-preview", json=body), 422)
    assert [error["field"] for error in problem["errors"]] == ["hour", "zone"]


def test_f64_the_cost_of_a_tasks_plan_and_its_next_runs_are_told(
    place: Protected, browser: httpx.Client
) -> None:
    task_id = place.task(activate="all").id
    hourly = {"plan": {"frequency": "hourly"}, "task_id": task_id}
    preview = answered(browser.post(f"{API}/schedule-preview", json=hourly))
    assert preview["calls_per_day"] == 24 * preview["calls_per_run"] > 24
    found = answered(browser.get(f"{API}/tasks/{task_id}/next-runs", params={"count": 3}))
    assert found["preview"]["words"] == "daily at 03:00 UTC"
    assert len(found["preview"]["runs"]) == 3
    assert found["past"] == []
    task = answered(browser.get(f"{API}/tasks/{task_id}"))
    assert found["preview"]["runs"][0]["time"] == task["next_run"]


def test_following_tells_how_old_the_oldest_look_is(place: Protected, served: Served) -> None:
    task_id = place.task(activate="all").id
    state = FollowState(
        task_id=task_id,
        namespaces=20_000,
        changed=3,
        is_running=True,
        oldest_check_s=231.5,
        every_s=222.2,
        calls_per_hour=324_000.0,
        calls=12,
        trouble="",
    )
    followed = rebuilt(served, following=lambda: [state])
    browser = followed.browser(served.admin)
    found = answered(browser.get(f"{API}/tasks/{task_id}/following"))
    assert (found["namespaces"], found["oldest_check_s"]) == (20_000, 231.5)
    plain = served.browser(served.admin)
    assert answered(plain.get(f"{API}/tasks/{task_id}/following"), 404)["code"] == "not_found"


def test_days_are_told_by_the_calendar_of_a_zone(place: Protected, served: Served) -> None:
    browser = served.operator()  # no session that a day could end
    task_id = place.task(activate="all").id
    first = answered(browser.get(f"{API}/tasks/{task_id}/days", params={"days": 3}))["days"]
    assert [day["state"] for day in first] == ["none", "none", "none"]
    answered(browser.post(f"{API}/tasks/{task_id}/run"), 202)
    place.finish_all()
    place.people.clock.advance(86400.0)
    days = answered(browser.get(f"{API}/tasks/{task_id}/days", params={"days": 3}))["days"]
    assert [day["state"] for day in days] == ["none", "good", "none"]
    assert [day["runs"] for day in days] == [0, 1, 0]
    assert days[0]["date"] == first[1]["date"]
    east: dict[str, str | int] = {"days": 2, "zone": "Pacific/Kiritimati"}  # 14 hours ahead
    assert len(answered(browser.get(f"{API}/tasks/{task_id}/days", params=east))["days"]) == 2
    wrong = answered(browser.get(f"{API}/tasks/{task_id}/days", params={"zone": "Nowhere"}), 422)
    assert [error["field"] for error in wrong["errors"]] == ["zone"]


def test_plans_of_tasks_are_for_those_who_may_see_them(place: Protected, served: Served) -> None:
    task_id = place.task(activate="all").id
    billing = served.as_role(Role.BILLING)
    answered(billing.get(f"{API}/tasks/{task_id}/next-runs"), 403)
    answered(served.stranger().get(f"{API}/tasks/{task_id}/next-runs"), 401)
