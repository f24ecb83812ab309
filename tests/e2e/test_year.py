"""Six weeks of a team's life, night by night; `python -m bench.year` lives a whole year of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.e2e.catalogs import rebuilt_rows, rows_of
from tests.e2e.happenings import CYCLE_DAYS, Course, live
from tests.e2e.year import Year
from tests.protection.appliance import Protected, protected

EDITS_A_DAY = 10


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Protected]:
    with (
        structlog.testing.capture_logs(),
        protected(tmp_path_factory.mktemp("year"), "sample") as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def lived(place: Protected) -> tuple[Year, Course]:
    """Lived once for all tests of this module, which only look at it."""
    year = Year(place, seed=2026, edits_a_day=EDITS_A_DAY)
    return year, live(year, CYCLE_DAYS)


@pytest.fixture(scope="module")
def year(lived: tuple[Year, Course]) -> Year:
    return lived[0]


@pytest.fixture(scope="module")
def course(lived: tuple[Year, Course]) -> Course:
    return lived[1]


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
