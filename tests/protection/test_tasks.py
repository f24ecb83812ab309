"""Tasks: made, renamed, set, seen by whom."""

import msgspec
import pytest
from dropally.auth.actors import Reach
from dropally.auth.errors import FieldsError, ForbiddenError, StateError
from dropally.auth.verbs import Role, Verb
from dropally.common.errors import NotFoundError
from dropally.protection import task_views, tasks
from dropally.protection.plans import SchedulePlan
from dropally.protection.settings import (
    Retention,
    TaskSettings,
    check_task_settings,
    keeps_less,
    period_days,
)
from dropally.protection.task_views import TaskQuery
from dropally.protection.tasks import TaskForm
from tests.protection.appliance import Protected


def test_f31_f45_a_new_task_runs_daily_at_three(place: Protected) -> None:
    task = place.task()
    assert task.plan.frequency == "daily"
    assert task.plan_words.startswith("daily at 03:00")
    assert task.next_run is not None
    assert (task.next_run - place.ctx.now()).total_seconds() < 86_400 + 600
    assert task.settings == TaskSettings()


def test_f42_f47_renaming_keeps_the_id_and_is_in_the_audit(place: Protected) -> None:
    task = place.task()
    view = tasks.rename(place.ctx, place.admin, task.id, "  Head   office ")
    assert (view.id, view.name) == (task.id, "Head office")
    row = place.people.audit(place.admin)[0]
    assert row.description == "The backup task Dropbox was renamed to Head office."
    assert tasks.rename(place.ctx, place.admin, task.id, "HEAD OFFICE").name == "HEAD OFFICE"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param(" \t ", id="blank"),
        pytest.param("x" * 121, id="long"),
        pytest.param("a\x00b", id="control-character"),
    ],
)
def test_f41_names_that_cannot_be(place: Protected, name: str) -> None:
    team = place.connect().id
    with pytest.raises(FieldsError):
        tasks.create(place.ctx, place.admin, TaskForm(name, team))


def test_unknown_teams_and_storages_are_refused(place: Protected) -> None:
    with pytest.raises(NotFoundError, match="con_none"):
        tasks.create(place.ctx, place.admin, TaskForm("Dropbox", "con_none"))
    with pytest.raises(NotFoundError, match="'no'"):
        tasks.create(
            place.ctx, place.admin, TaskForm("Dropbox", place.connect().id, storage_id="no")
        )


def test_f65_what_changed_is_in_the_audit_before_and_after(place: Protected) -> None:
    task = place.task()
    settings = TaskSettings(index_content=False, archived_keep_days=90)
    plan = SchedulePlan(frequency="weekly", weekday="mon", hour="22:30", zone="Europe/Berlin")
    view = tasks.change_settings(place.ctx, place.admin, task.id, settings, plan)
    assert (view.settings, view.modno) == (settings, task.modno + 1)
    assert view.plan.frequency == "weekly"
    row = place.people.audit(place.admin)[0]
    assert row.activity == "settings_changed"
    details = msgspec.json.decode(row.details)
    assert details["index_content"] == [True, False]
    assert details["archived_keep_days"] == [0, 90]
    assert "plan" in details
    same = tasks.change_settings(place.ctx, place.admin, task.id, settings, plan)
    assert same.modno == view.modno  # nothing changed, nothing to tell
    assert place.people.audit(place.admin)[0].seq == row.seq


def test_settings_of_somebody_who_saw_old_ones_are_refused(place: Protected) -> None:
    task = place.task()
    tasks.change_settings(place.ctx, place.admin, task.id, TaskSettings(index_content=False))
    with pytest.raises(StateError) as refused:
        tasks.change_settings(
            place.ctx, place.admin, task.id, TaskSettings(), expected_modno=task.modno
        )
    assert refused.value.code == "changed_meanwhile"


def test_f57_f60_keeping_less_needs_more_rights(place: Protected) -> None:
    task = place.task()
    operator = place.people.add(place.admin, "op@example.com", Role.BACKUP_OPERATOR)
    month = TaskSettings(retention=Retention(mode="period", period="30d"))
    with pytest.raises(ForbiddenError):
        tasks.change_settings(place.ctx, operator, task.id, month)
    tasks.change_settings(place.ctx, place.admin, task.id, month)
    longer = TaskSettings(retention=Retention(mode="period", period="2mo"))
    view = tasks.change_settings(place.ctx, operator, task.id, longer)
    assert view.settings.retention.period == "2mo"


@pytest.mark.parametrize(
    ("period", "days"),
    [
        pytest.param("30d", 30, id="days"),
        pytest.param("12mo", 365.25, id="months"),
        pytest.param("7y", 2556.75, id="years"),
        pytest.param("0d", None, id="none"),
        pytest.param("7 y", None, id="blank"),
        pytest.param("d", None, id="no-number"),
        pytest.param("5w", None, id="weeks"),
    ],
)
def test_f58_periods(period: str, days: float | None) -> None:
    assert period_days(period) == days


@pytest.mark.parametrize(
    ("retention", "field"),
    [
        pytest.param(Retention(mode="period"), "retention.period", id="no-period"),
        pytest.param(Retention(mode="period", period="900y"), "retention.period", id="too-long"),
        pytest.param(Retention(period="30d"), "retention.period", id="period-without-mode"),
        pytest.param(Retention(mode="gfs"), "retention.keep_last", id="nothing-to-keep"),
        pytest.param(Retention(keep_daily=7), "retention.keep_last", id="counts-without-mode"),
    ],
)
def test_retention_that_cannot_be(retention: Retention, field: str) -> None:
    with pytest.raises(FieldsError) as refused:
        check_task_settings(TaskSettings(retention=retention))
    assert [name for name, _ in refused.value.fields] == [field]


def test_which_retention_keeps_less() -> None:
    unlimited, month = Retention(), Retention(mode="period", period="30d")
    year = Retention(mode="period", period="1y")
    few = Retention(mode="gfs", keep_daily=7, keep_monthly=12)
    more = Retention(mode="gfs", keep_daily=14, keep_monthly=12)
    assert keeps_less(month, unlimited)
    assert keeps_less(month, year)
    assert keeps_less(few, more)
    assert keeps_less(few, year)  # not to be compared: better ask
    assert not keeps_less(unlimited, month)
    assert not keeps_less(year, month)
    assert not keeps_less(more, few)


def test_people_see_the_tasks_within_their_reach(place: Protected) -> None:
    first = place.task()
    second = tasks.create(place.ctx, place.admin, TaskForm("Other", first.connection.id))
    place.finish_all()
    narrow = place.people.add(
        place.admin, "v@example.com", Role.VIEWER, Reach(tasks=frozenset({second.id}))
    )
    assert [one.id for one in task_views.list_tasks(place.ctx, narrow, TaskQuery())] == [second.id]
    with pytest.raises(ForbiddenError):
        task_views.get_task(place.ctx, narrow, first.id)
    nobody = place.people.add(
        place.admin, "n@example.com", Role.VIEWER, denied=frozenset({Verb.TASK_READ})
    )
    assert task_views.list_tasks(place.ctx, nobody, TaskQuery()) == []


def test_f79_tasks_are_found_by_a_part_of_their_name(place: Protected) -> None:
    task = place.task("Büro München")
    for text, found in (("munch", [task.id]), ("BÜRO", [task.id]), ("berlin", [])):
        query = TaskQuery(name_part=text)
        assert [one.id for one in task_views.list_tasks(place.ctx, place.admin, query)] == found
