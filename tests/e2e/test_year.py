"""Four weeks of a team's life, night by night; `python -m bench.year` lives a whole year of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from dropally.auth.actors import host_operator
from dropally.common.clock import ManualClock
from dropally.jobs.storage_definition import StorageDefinition
from dropally.simulator import start_simulator
from dropally.store import RecoveryCode
from dropally.upkeep.recovering.source import RecoverySource
from dropally.upkeep.recovering.staging import stage
from tests.e2e.catalogs import rebuilt_rows, rows_of
from tests.e2e.happenings import ANN, CYCLE_DAYS, Course, live
from tests.e2e.whole import create_repository, opened_whole
from tests.e2e.year import Year
from tests.protection.appliance import Protected

# Each of its fixtures lives through weeks; on a busy machine that takes minutes.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

EDITS_A_DAY = 10
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Scene:
    """What was lived, and what only the admin has: the recovery code."""

    root: Path
    code: str
    clock: ManualClock
    year: Year
    course: Course


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Lived once for all tests of this module, which only look at it."""
    root = tmp_path_factory.mktemp("year")
    clock = ManualClock(MONDAY)
    with (
        structlog.testing.capture_logs(),
        start_simulator(team="sample") as simulator,
        opened_whole(root / "first", simulator, clock) as whole,
    ):
        code = create_repository(whole)
        year = Year(whole, seed=2026, edits_a_day=EDITS_A_DAY)
        yield Scene(root, code, clock, year, live(year, CYCLE_DAYS))


@pytest.fixture(scope="module")
def year(scene: Scene) -> Year:
    return scene.year


@pytest.fixture(scope="module")
def course(scene: Scene) -> Course:
    return scene.course


@pytest.fixture(scope="module")
def place(year: Year) -> Protected:
    return year.place


def test_every_restore_point_is_the_team_as_it_was_that_night(year: Year) -> None:
    assert year.verify() >= CYCLE_DAYS - 5


def test_f70_each_night_has_its_run_and_what_was_missed_is_made_up_for_once(
    year: Year, course: Course
) -> None:
    runs = {number: len(night.backups) for number, night in enumerate(year.nights, start=1)}
    assert {number for number, count in runs.items() if count == 0} == (
        course.off | course.disconnected
    )
    made_up = {max(course.off) + 1, max(course.disconnected) + 1}
    assert {number for number, count in runs.items() if count == 2} == made_up
    assert all(count <= 2 for count in runs.values())


def test_no_backup_failed(year: Year) -> None:
    assert year.outcomes().keys() <= {"succeeded", "partially_succeeded"}
    backups = [job for night in year.nights for job in night.backups]
    assert {year.summary_of(job)["failed_namespaces"] for job in backups} == {0}
    assert year.connection_state() == "connected"


def test_a_night_after_a_quiet_day_fetches_nothing(year: Year, course: Course) -> None:
    missed = {number + 1 for number in course.off | course.disconnected}
    quiet = [
        job
        for number, night in enumerate(year.nights, start=1)
        if night.is_quiet and number not in missed
        for job in night.backups
    ]
    assert len(quiet) >= 5
    assert sum(fetched(year, job) for job in quiet) == 0


def fetched(year: Year, job: Any) -> int:
    return int(year.summary_of(job)["fetched_files"])


def test_statuses_follow_the_team(place: Protected, year: Year) -> None:
    statuses = place.statuses(year.task_id)
    assert statuses["Nora Vest 0"] == "Archived"
    assert statuses["Deniz Yildiz"] == "Active"
    assert statuses["Project 0 (done)"] == "Active"


def test_dropbox_was_never_called_while_it_asked_to_wait(place: Protected, year: Year) -> None:
    assert year.nights
    assert place.control.metrics()["calls_while_told_to_wait"] == 0


def test_a_catalog_built_anew_equals_the_one_that_grew(
    place: Protected, year: Year, tmp_path: Path
) -> None:
    grown = rows_of(place.ctx.storages.catalog("main"))
    rebuilt = rebuilt_rows(place, year.team_id, tmp_path)
    assert grown.keys() == rebuilt.keys()
    for table, rows in grown.items():
        assert rows == rebuilt[table], table


def test_recovered_on_an_empty_machine_it_goes_on_where_it_was(
    scene: Scene, tmp_path: Path
) -> None:
    simulator = scene.year.place.simulator
    definition = StorageDefinition("main", "local", str(scene.root / "repository"))
    source = RecoverySource(definition, RecoveryCode(scene.code))
    stage(source, scene.root / "second" / "data", scene.clock, host_operator("root"))
    with opened_whole(scene.root / "second", simulator, scene.clock, is_new=False) as second:
        year = scene.year.moved_to(second)
        simulator.control.reset_metrics()
        night = year.day(
            {"op": "put", "member": ANN, "path": "/After the fire.txt", "text": "we go on"},
            is_quiet=True,
        )
        # Its database is from before the last night's run: that one is made up for, too.
        assert {job.status for job in night.backups} == {"partially_succeeded"}
        calls = simulator.control.metrics()["calls_by_route"]
        assert calls.get("files/download", 0) == 1  # the new file, and no other
        # Cursors go on, nothing is listed anew: only the top of suspended members' homes, at each
        # look at the team, for what is mounted there.
        looks = calls["team/members/list_v2"]
        assert calls["files/list_folder"] == looks * len(year.people.suspended())
        year.verify_latest()
        assert year.place.statuses(year.task_id) == scene.year.place.statuses(year.task_id)
        grown = rows_of(year.place.ctx.storages.catalog("main"))
        assert grown == rebuilt_rows(year.place, year.team_id, tmp_path)
