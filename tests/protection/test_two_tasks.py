"""Several tasks of one team, in one storage and in two."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.catalog.points import points_between
from dropally.protection import acting, entities, tasks, trash
from dropally.protection.acting import Selection
from dropally.protection.task_views import TaskView
from dropally.protection.tasks import TaskForm
from tests.protection.appliance import Protected, protected
from tests.protection.test_discovery import activate, add_member, look


@pytest.fixture
def two_storages(tmp_path: Path) -> Iterator[Protected]:
    with protected(tmp_path, storages=2) as opened:
        yield opened


def second_task(place: Protected, first: TaskView, **form: object) -> TaskView:
    made = tasks.create(
        place.ctx,
        place.admin,
        TaskForm("Second", first.connection.id, **form),  # type: ignore[arg-type]  # named by the test
    )
    place.finish_all()
    return made


def test_f84_an_entity_of_another_task_is_shown_so_and_not_fetched_twice(place: Protected) -> None:
    place.put("/a.txt", "a")
    add_member(place, "Bea")
    first = place.task()
    activate(place, first.id, "Ada Admin")
    second = second_task(place, first, activate="all")
    assert place.statuses(second.id) == {
        "Ada Admin": "Backed-up in another task",
        "Bea New": "Scheduled",
    }
    view = entities.get_entity(place.ctx, place.admin, *place.ids(second.id, "Ada Admin"))
    assert view.elsewhere == entities.Elsewhere(first.id, "Dropbox")
    place.back_up(first.id)
    place.control.reset_metrics()
    place.back_up(second.id)
    assert place.calls("files/download") == 0
    assert place.calls("files/list_folder") == 1  # only Bea's home
    report = acting.act(
        place.ctx,
        place.admin,
        second.id,
        "activate",
        Selection(tuple(place.ids(second.id, "Ada Admin"))),
    )
    assert [one.reason for one in report.skipped] == ["another task backs it up"]


def test_f84_when_the_first_task_lets_go_the_second_can_take_it(place: Protected) -> None:
    first = place.task(activate="all")
    second = second_task(place, first)
    assert place.statuses(second.id) == {"Ada Admin": "Backed-up in another task"}
    acting.act(place.ctx, place.admin, first.id, "deactivate", Selection())
    assert place.statuses(second.id) == {"Ada Admin": "Not Active"}
    acting.act(place.ctx, place.admin, second.id, "activate", Selection())
    assert place.statuses(first.id) == {"Ada Admin": "Backed-up in another task"}


def test_a_task_taken_back_from_the_trash_does_not_take_over(place: Protected) -> None:
    first = place.task(activate="all")
    place.back_up(first.id)
    trash.delete(place.ctx, place.admin, first.id, "Dropbox")
    place.pass_time(minutes=1)
    second = second_task(place, first, activate="all")
    assert place.statuses(second.id) == {"Ada Admin": "Scheduled"}
    trash.undelete(place.ctx, place.admin, first.id)
    both = {place.statuses(first.id)["Ada Admin"], place.statuses(second.id)["Ada Admin"]}
    assert both == {"Active", "Backed-up in another task"}  # exactly one of them has it


def test_new_members_go_to_the_older_task_only(place: Protected) -> None:
    first = place.task()
    place.pass_time(minutes=1)
    second = second_task(place, first)
    add_member(place, "Bea")
    look(place, first.connection.id)
    assert place.statuses(first.id)["Bea New"] == "Scheduled"
    assert place.statuses(second.id)["Bea New"] == "Backed-up in another task"


def test_tasks_of_one_team_share_the_chain_of_points(place: Protected) -> None:
    add_member(place, "Bea")
    first = place.task()
    activate(place, first.id, "Ada Admin")
    second = second_task(place, first)
    activate(place, second.id, "Bea New")
    place.back_up(first.id)
    place.pass_time(minutes=1)
    place.back_up(second.id)
    now = place.ctx.now()
    with place.ctx.storages.catalog("main").read() as catalog:
        points = points_between(catalog, first.connection.team_id, first.created, now)
    assert len(points) == 2


def test_f238_each_task_has_its_own_storage(two_storages: Protected) -> None:
    place = two_storages
    place.put("/a.txt", "a")
    add_member(place, "Bea")
    place.put("/b.txt", "b", member="bea@hollenberg.example")
    first = place.task()
    assert first.storage_id == "main"
    activate(place, first.id, "Ada Admin")
    second = second_task(place, first, storage_id="second")
    activate(place, second.id, "Bea New")
    place.back_up(first.id)
    place.back_up(second.id)
    kept = {}
    for storage in ("main", "second"):
        with place.ctx.storages.repository(storage) as repository:
            point = repository.latest_point(first.connection.team_id)
            assert point is not None
            kept[storage] = {source for source, _ in repository.point_snapshots(point)}
    assert kept == {
        "main": {place.row(first.id, "Ada Admin").namespace},
        "second": {place.row(second.id, "Bea New").namespace},
    }
