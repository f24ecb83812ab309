"""Retention that is stopped after each of its steps: nothing kept is harmed, and the next run ends it."""

from collections.abc import Callable
from typing import Any

import pytest
from dropally.catalog import forgetting
from dropally.protection import retaining, tasks
from dropally.protection.settings import Retention, TaskSettings
from dropally.store import BackendUnavailableError, LocalBackend, PointId
from tests.protection.appliance import Protected

BACKUPS = 4
CATALOG_STEPS = ("forget_points", "forget_snapshots", "_drop")


class Stopper:
    """Lets one chosen step take effect, then stops whoever made it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._step = ""
        self._skipped = 0
        places = [(LocalBackend, "delete"), *((forgetting, name) for name in CATALOG_STEPS)]
        for owner, name in places:
            monkeypatch.setattr(owner, name, self._stopping(getattr(owner, name), name))

    def stop_after(self, step: str, number: int = 0) -> None:
        """Stop after so many more of these steps than one."""
        self._step, self._skipped = step, number

    def _stopping(self, step: Callable[..., Any], name: str) -> Callable[..., Any]:
        def stopping(*args: Any) -> Any:
            done = step(*args)
            if name == self._step:
                if not self._skipped:
                    self._step = ""
                    raise BackendUnavailableError("stopped here")
                self._skipped -= 1
            return done

        return stopping


def retain(place: Protected, task_id: str) -> str:
    job = retaining.request_retention(place.ctx, place.fresh_admin(), task_id)
    return place.finished(job.id).status


def check_kept(place: Protected, newest: PointId) -> None:
    """Points name snapshots that are there, and the newest one reads back whole."""
    with place.ctx.storages.repository("main") as repository, repository.reader() as reader:
        known = {snapshot.id for snapshot in repository.snapshots()}
        points = {point.id: point for point in repository.points()}
        for point in points.values():
            assert {one for _, one in repository.point_snapshots(point)} <= known
        [(_, snapshot)] = repository.point_snapshots(points[newest])
        tree = reader.tree(repository.snapshot(snapshot).root)
        found = {path: entry.content for path, entry in tree.scan() if entry.content is not None}
        texts = {path: b"".join(reader.read(content)) for path, content in found.items()}
    assert texts == {f"/{number}.txt": f"text {number}".encode() for number in range(BACKUPS)}


def test_f59_retention_stopped_after_every_single_step_harms_nothing_and_goes_on(
    place: Protected, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.ctx.runner.register(retaining.RetainKind(place.ctx))
    task = place.task(activate="all")
    for number in range(BACKUPS):
        place.put(f"/{number}.txt", f"text {number}")
        place.back_up(task.id)
        place.pass_time(days=1)
    settings = TaskSettings(retention=Retention(mode="period", period="1d"))
    tasks.change_settings(place.ctx, place.fresh_admin(), task.id, settings)
    place.pass_time(days=30)
    with place.ctx.storages.repository("main") as repository:
        newest = next(reversed(list(repository.points()))).id
    stopper = Stopper(monkeypatch)
    # Each run does again what the stopped ones did, which takes no effect, and goes a step further.
    deletions = 2 * (BACKUPS - 1)
    for step, number in [
        *(("delete", number) for number in range(deletions)),
        *((name, 0) for name in CATALOG_STEPS),
    ]:
        stopper.stop_after(step, number)
        assert retain(place, task.id) == "failed", (step, number)
        check_kept(place, newest)
    assert retain(place, task.id) == "succeeded"
    with place.ctx.storages.repository("main") as repository:
        assert [point.id for point in repository.points()] == [newest]
        assert len(list(repository.snapshots())) == 1
    with place.ctx.storages.catalog("main").read() as connection:
        left = connection.execute("SELECT count(*) FROM snapshot WHERE complete = 2").fetchone()
        assert left == (0,), "names that only forgotten snapshots had are gone"
    assert place.back_up(task.id).status == "succeeded"
