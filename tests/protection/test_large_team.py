"""What a night costs a team with many namespaces: in proportion to what changed, and no more."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from dropally.catalog.jobs import JobRow
from dropally.protection.task_views import TaskView
from tests.protection.appliance import Protected, protected

MEMBERS = 60
TEAM_FOLDERS = 2
SHARED_FOLDERS = 58
NAMESPACES = MEMBERS + TEAM_FOLDERS + SHARED_FOLDERS
TEAM = (
    f"virtual:members={MEMBERS},team_folders={TEAM_FOLDERS},shared_folders={SHARED_FOLDERS},"
    f"files={NAMESPACES},size=1K-2K"
)
LOOK_AT_MOST = MEMBERS + 20
"""Calls of one look at the team: one for each member, and a few."""


@pytest.fixture
def large(tmp_path: Path) -> Iterator[tuple[Protected, TaskView]]:
    """A team whose first run is done."""
    with protected(tmp_path, TEAM) as place:
        task = place.task(activate="all")
        job = place.back_up(task.id)
        assert (job.status, summary_of(job)["namespaces"]) == ("succeeded", NAMESPACES)
        yield place, task


def summary_of(job: JobRow) -> dict[str, Any]:
    return dict(msgspec.json.decode(job.summary))


def objects_in(tmp_path: Path) -> dict[Path, int]:
    return {path: path.stat().st_size for path in (tmp_path / "main").rglob("*") if path.is_file()}


def all_calls(place: Protected) -> int:
    return sum(place.control.metrics()["calls_by_route"].values())


def test_a_quiet_night_costs_a_call_a_namespace_and_one_object(
    large: tuple[Protected, TaskView], tmp_path: Path
) -> None:
    place, task = large
    before = objects_in(tmp_path)
    catalog = place.ctx.storages.catalog("main")
    rows = catalog._writer.total_changes
    place.control.reset_metrics()
    job = place.back_up(task.id)
    assert summary_of(job)["changed_namespaces"] == 0
    assert summary_of(job)["files"] == NAMESPACES
    assert place.calls("files/list_folder/continue") == NAMESPACES
    assert all_calls(place) <= NAMESPACES + LOOK_AT_MOST
    new = objects_in(tmp_path).keys() - before.keys()
    assert len(new) == 1  # the restore point
    assert sum(path.stat().st_size for path in new) < 2048
    assert catalog._writer.total_changes == rows + 1
    assert {row.status for row in place.rows(task.id)} == {"Active"}
    assert {row.last_point for row in place.rows(task.id)} == {point_of(job)}


def point_of(job: JobRow) -> str:
    return str(msgspec.json.decode(job.result)["point"])


def test_a_night_costs_what_changed(large: tuple[Protected, TaskView], tmp_path: Path) -> None:
    place, task = large
    changed = [row.namespace for row in place.rows(task.id)[::40]]
    for namespace in changed:
        place.put("/new.txt", namespace, namespace=namespace)
    before = objects_in(tmp_path)
    place.control.reset_metrics()
    job = place.back_up(task.id)
    assert summary_of(job)["changed_namespaces"] == len(changed)
    assert summary_of(job)["files"] == NAMESPACES + len(changed)
    assert place.calls("files/download") == len(changed)
    assert all_calls(place) <= NAMESPACES + LOOK_AT_MOST + 2 * len(changed)
    new = objects_in(tmp_path).keys() - before.keys()
    assert len(new) <= len(changed) + 8  # a snapshot each, packs, index and the restore point
    job = place.back_up(task.id)
    assert (summary_of(job)["changed_namespaces"], summary_of(job)["files"]) == (
        0,
        NAMESPACES + len(changed),
    )


def test_another_appliance_went_on_meanwhile(
    large: tuple[Protected, TaskView], tmp_path: Path
) -> None:
    """What is kept beside the stages counts only while the newest restore point agrees with it."""
    place, task = large
    [cursors] = (tmp_path / "data" / "stage").rglob("cursors.sqlite")
    old = cursors.read_bytes()
    row = place.rows(task.id)[0]
    place.put("/new.txt", "new", namespace=row.namespace)
    place.back_up(task.id)
    cursors.write_bytes(old)
    for leftover in cursors.parent.glob("cursors.sqlite-*"):
        leftover.unlink()
    job = place.back_up(task.id)
    assert summary_of(job)["changed_namespaces"] == 0
    assert summary_of(job)["files"] == NAMESPACES + 1
