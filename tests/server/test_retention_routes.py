"""Retention, holds and freeing space over HTTP."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from dropally.auth.actors import scheduler
from dropally.protection import retaining
from dropally.server.application import build_application
from dropally.upkeep import pruning
from dropally.upkeep.pruning import PruneKind
from tests.protection.appliance import Protected, protected
from tests.server.appliance import Served, parts_over

API = "/api/v1"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Protected]:
    with protected(tmp_path) as found:
        yield found


@pytest.fixture
def served(place: Protected) -> Iterator[Served]:
    with ExitStack() as ending:
        parts = parts_over(place.people, place.ctx)
        place.ctx.runner.register(retaining.RetainKind(place.ctx))
        place.ctx.runner.register(PruneKind(parts.upkeep))
        yield Served(parts, place.people, build_application(parts), ending, place.admin)


def answered(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def browser_now(served: Served, place: Protected) -> httpx.Client:
    """A session whose password was entered a moment ago."""
    return served.browser(place.fresh_admin())


def test_f60_a_retention_is_previewed_and_run(place: Protected, served: Served) -> None:
    task = place.task(activate="all")
    for number in range(3):
        place.put(f"/{number}.txt", "text")
        place.back_up(task.id)
        place.pass_time(days=20)
    browser = browser_now(served, place)
    url = f"{API}/tasks/{task.id}/retention-preview"
    found = answered(browser.post(url, json={"mode": "period", "period": "30d"}))
    assert (found["points"], found["forgotten"]) == (3, 2)
    assert len(found["year"]) > 12
    problem = answered(browser.post(url, json={"mode": "period", "period": "soon"}), 422)
    assert problem["errors"][0]["field"] == "retention.period"
    job = answered(browser.post(f"{API}/tasks/{task.id}/retain"), 202)
    assert place.finished(job["id"]).status == "succeeded"


def test_a_hold_is_set_listed_and_released(place: Protected, served: Served) -> None:
    task = place.task()
    browser = browser_now(served, place)
    wish = {
        "task_id": task.id,
        "reason": "Case 17",
        "owner": "Dr. Weber, Legal",
        "until": "2030-01-01T00:00:00Z",
    }
    made = answered(browser.post(f"{API}/holds", json=wish), 201)
    [shown] = answered(browser.get(f"{API}/holds"))["items"]
    assert (shown["id"], shown["reason"], shown["is_in_force"]) == (made["id"], "Case 17", True)
    assert shown["owner"] == "Dr. Weber, Legal"
    assert shown["set_by"] != shown["owner"]
    held = browser.post(f"{API}/tasks/{task.id}/delete", json={"name": task.name})
    assert answered(held, 409)["code"] == "held"
    assert browser.delete(f"{API}/holds/{made['id']}").status_code == 204
    assert answered(browser.get(f"{API}/holds"))["items"] == []
    assert browser.delete(f"{API}/holds/{made['id']}").status_code == 404


def test_space_is_looked_for_and_freed(place: Protected, served: Served) -> None:
    # The storage is a folder, whose times are those of the machine.
    place.pass_time(seconds=(datetime.now(UTC) - place.ctx.now()).total_seconds())  # noqa: TID251  the machine
    task = place.task(activate="all")
    place.put("/a.txt", "text")
    place.back_up(task.id)
    browser = browser_now(served, place)
    use = answered(browser.get(f"{API}/storages/main/use"))
    assert use["packs"] > 0
    assert (use["condemned_packs"], use["generation"]) == (0, 0)
    for wish in ({"dry_run": True}, {}):
        job = answered(browser.post(f"{API}/storages/main/prune", json=wish), 202)
        row = place.finished(job["id"])
        assert row.status == "succeeded", row
    assert answered(browser.get(f"{API}/storages/main/use"))["packs"] == use["packs"]
    assert browser.post(f"{API}/storages/none/prune", json={}).status_code == 404
    # Just looked, and nothing waits: the daily round has nothing to do for a week.
    assert pruning.request_all(served.parts.upkeep, scheduler()) == []
    place.pass_time(days=7)
    [due] = pruning.request_all(served.parts.upkeep, scheduler())
    assert due.kind == "prune"
