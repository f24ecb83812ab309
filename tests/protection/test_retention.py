"""Retention at work: what is forgotten, what stays, holds, previews, and taking it back."""

import json
from datetime import timedelta

import msgspec
import pytest
from dropally.auth.errors import FieldsError, StateError
from dropally.catalog.points import recorded_points
from dropally.protection import holds, housekeeping, retaining, retention_preview, tasks, trash
from dropally.protection.holds import HoldWish
from dropally.protection.settings import Retention, TaskSettings
from tests.protection.appliance import DROPBOX_ADMIN, Protected
from tests.protection.test_discovery import add_member

MONTH = Retention(mode="period", period="30d")


@pytest.fixture
def kept(place: Protected) -> str:
    """A task with five restore points, ten days apart, the newest of today."""
    place.ctx.runner.register(retaining.RetainKind(place.ctx))
    task = place.task(activate="all")
    for number in range(5):
        if number:
            place.pass_time(days=10)
        place.put(f"/{number}.txt", f"text {number}")
        place.back_up(task.id)
    place.fresh_admin()
    return task.id


def retain(place: Protected, task_id: str) -> dict[str, int]:
    """Run retention; what it counted."""
    job = retaining.request_retention(place.ctx, place.fresh_admin(), task_id)
    row = place.finished(job.id)
    assert row.status == "succeeded", row
    return dict(json.loads(row.summary))


def set_retention(place: Protected, task_id: str, retention: Retention) -> None:
    settings = TaskSettings(retention=retention)
    tasks.change_settings(place.ctx, place.fresh_admin(), task_id, settings)


def points(place: Protected) -> list[str]:
    """The restore points in the repository, which must be those of the catalog."""
    with place.ctx.storages.repository("main") as repository:
        found = list(repository.points())
    team = found[-1].group
    with place.ctx.storages.catalog("main").read() as connection:
        assert set(recorded_points(connection, team)) == {point.id for point in found}
    return [point.id for point in found]


def test_unlimited_forgets_nothing(place: Protected, kept: str) -> None:
    assert retain(place, kept) == {"points": 0, "snapshots": 0, "kept_points": 5}
    assert len(points(place)) == 5


def test_f59_backups_older_than_the_period_go(place: Protected, kept: str) -> None:
    before = points(place)
    set_retention(place, kept, MONTH)
    place.pass_time(days=7, minutes=1)
    counted = retain(place, kept)
    assert (counted["points"], counted["kept_points"]) == (2, 3)
    assert counted["snapshots"] == 2
    assert points(place) == before[2:]
    with place.ctx.storages.repository("main") as repository:
        assert len(list(repository.snapshots())) == 3
    place.put("/after.txt", "goes on")
    assert place.back_up(kept).status == "succeeded"
    assert len(points(place)) == 4


def test_f59_the_newest_backup_survives_whatever_its_age(place: Protected, kept: str) -> None:
    set_retention(place, kept, Retention(mode="period", period="1d"))
    place.pass_time(days=400)
    assert retain(place, kept)["kept_points"] == 1
    [newest] = points(place)
    with place.ctx.storages.repository("main") as repository, repository.reader() as reader:
        [(_, snapshot)] = repository.point_snapshots(repository.point(newest))  # type: ignore[arg-type]  # an id
        paths = [path for path, _ in reader.tree(repository.snapshot(snapshot).root).scan()]
    assert "/4.txt" in paths


def test_f60_a_shorter_retention_can_be_taken_back_for_a_week(place: Protected, kept: str) -> None:
    set_retention(place, kept, MONTH)
    assert retain(place, kept)["points"] == 0
    [earlier] = retention_preview.preview_retention(place.ctx, place.admin, kept, MONTH).earlier
    assert earlier.retention == Retention()
    assert earlier.until == place.ctx.now() + timedelta(days=7)
    place.pass_time(days=6)
    assert retain(place, kept)["points"] == 0
    set_retention(place, kept, Retention())
    place.pass_time(days=30)
    assert retain(place, kept)["points"] == 0
    assert len(points(place)) == 5


def test_f60_the_preview_says_what_would_go(place: Protected, kept: str) -> None:
    found = retention_preview.preview_retention(place.ctx, place.admin, kept, MONTH)
    assert (found.points, found.forgotten, len(found.kept)) == (5, 1, 4)
    assert found.effective == place.ctx.now() + timedelta(days=7)
    assert found.oldest_forgotten == found.newest_forgotten
    assert (found.versions, found.version_bytes) == (0, 0)  # the newest point has all files
    assert found.year[0].kept == 4
    assert 28 <= found.year[-1].kept <= 32  # a backup a day
    assert len(found.year_end) == found.year[-1].kept
    assert found.year_end[-1] == found.year[-1].oldest
    assert found.earlier == []
    assert len(points(place)) == 5
    with pytest.raises(FieldsError):
        retention_preview.preview_retention(
            place.ctx, place.admin, kept, Retention(mode="period", period="soon")
        )


def test_f60_the_preview_counts_the_versions_that_really_go(place: Protected, kept: str) -> None:
    place.put("/changing.txt", "one")
    place.back_up(kept)
    place.put("/copy.txt", "one")
    place.put("/changing.txt", "longer than before")
    place.back_up(kept)
    place.pass_time(days=1)
    place.edit({"op": "delete", "member": DROPBOX_ADMIN, "path": "/copy.txt"})
    place.put("/changing.txt", "three")
    place.back_up(kept)
    place.pass_time(days=1)
    short = Retention(mode="period", period="1d")
    found = retention_preview.preview_retention(place.ctx, place.admin, kept, short)
    # "one" twice, and what is longer; everything else is in the newest point, too.
    sizes = [len("one"), len("one"), len("longer than before")]
    assert (found.versions, found.version_bytes) == (len(sizes), sum(sizes))
    before = past_files(place)
    set_retention(place, kept, short)
    place.pass_time(days=8)
    retain(place, kept)
    assert before - past_files(place) == found.versions


def past_files(place: Protected) -> int:
    with place.ctx.storages.catalog("main").read() as connection:
        query = "SELECT count(*) FROM past WHERE is_file = 1"
        return int(connection.execute(query).fetchone()[0])


def test_a_hold_keeps_points_and_the_task(place: Protected, kept: str) -> None:
    oldest = points(place)[0]
    now = place.ctx.now()
    wish = HoldWish(task_id=kept, reason="Case 17", end=now - timedelta(days=35))
    hold = holds.set_hold(place.ctx, place.fresh_admin(), wish)
    set_retention(place, kept, Retention(mode="period", period="1d"))
    place.pass_time(days=8)
    assert retain(place, kept)["kept_points"] == 2
    assert oldest in points(place)
    with pytest.raises(StateError) as refused:
        trash.delete(place.ctx, place.fresh_admin(), kept, "Dropbox")
    assert refused.value.code == "held"
    [shown] = holds.list_holds(place.ctx, place.admin)
    assert (shown.reason, shown.is_in_force, shown.task_name) == ("Case 17", True, "Dropbox")
    assert shown.owner == shown.set_by  # nobody else was named
    holds.release_hold(place.ctx, place.fresh_admin(), hold.id)
    assert retain(place, kept)["kept_points"] == 1
    assert holds.list_holds(place.ctx, place.admin) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": " "},
        {"reason": "x" * 501},
        {"owner": "x" * 201},
        {"until": "over"},
        {"start": "later", "end": "earlier"},
    ],
)
def test_a_hold_that_makes_no_sense_is_refused(
    place: Protected, kept: str, wrong: dict[str, str]
) -> None:
    now = place.ctx.now()
    moments = {"over": now - timedelta(1), "later": now, "earlier": now - timedelta(1)}
    given = {name: moments.get(value, value) for name, value in wrong.items()}
    wish = msgspec.convert({"task_id": kept, "reason": "why", **given}, HoldWish)
    with pytest.raises(FieldsError):
        holds.set_hold(place.ctx, place.admin, wish)


def test_what_left_the_team_keeps_its_last_backup(place: Protected) -> None:
    place.ctx.runner.register(retaining.RetainKind(place.ctx))
    bea = add_member(place, "Bea")
    place.put("/a.txt", "four")
    task = place.task(activate="all")
    place.back_up(task.id)
    namespace = place.row(task.id, "Bea New").namespace
    place.edit({"op": "set_status", "member": bea, "status": "removed"})
    for number in range(3):
        place.pass_time(days=20)
        place.put(f"/{number}.txt", "more")
        place.back_up(task.id)
    set_retention(place, task.id, Retention(mode="period", period="1d"))
    place.pass_time(days=8)
    retain(place, task.id)
    with place.ctx.storages.repository("main") as repository:
        sources = {
            source
            for point in repository.points()
            for source, _ in repository.point_snapshots(point)
        }
        assert namespace in sources
        assert list(repository.snapshots(namespace))


def test_f75_a_deleted_task_gives_its_backups_up(place: Protected, kept: str) -> None:
    trash.delete(place.ctx, place.fresh_admin(), kept, "Dropbox")
    place.pass_time(days=8)
    housekeeping.run(place.ctx)
    other = place.task("Another", connection_id=_connection(place), activate="none")
    retain(place, other.id)
    with place.ctx.storages.repository("main") as repository:
        assert list(repository.snapshots()) == []


def _connection(place: Protected) -> str:
    with place.ctx.read() as connection:
        return str(connection.execute("SELECT id FROM connection").fetchone()[0])
