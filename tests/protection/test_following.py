"""Following changes with a real team, a real repository and a real runner."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from dropally.auth.errors import StateError
from dropally.catalog.jobs import JobRow
from dropally.common.clock import SystemClock
from dropally.common.errors import DropallyError
from dropally.jobs.backup import TeamBackup, back_up_team
from dropally.jobs.runner import Initiator, JobOutcome, JobRequest, RunningJob
from dropally.jobs.storages import Storages
from dropally.protection import pausing
from dropally.protection.following.rota import FollowPace
from dropally.protection.following.service import Following, FollowSettings, FollowState
from dropally.protection.following.tasks import followed_tasks
from dropally.protection.following.watch import FollowedTask
from dropally.protection.plans import SchedulePlan
from tests.jobs.appliance import Appliance, open_appliance
from tests.jobs.runner.work import Office, running, until
from tests.protection.appliance import Protected

SCHEDULER = Initiator("scheduler", "scheduler", "Scheduler")
QUICK = FollowSettings(
    pace=FollowPace(calls_per_s=200.0, quiet_every_s=0.1, busy_every_s=0.05),
    askers=4,
    longpolls=2,
    settle_s=0.2,
    reload_s=0.5,
    pause_s=0.3,
    turn_s=0.02,
)


class BackupOfSome:
    """A kind that backs up the named namespaces, as the appliance's does."""

    name = "backup"
    is_resumable = True

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance
        self.runs: list[tuple[str, ...]] = []

    def run(self, job: RunningJob) -> JobOutcome:
        app = self._appliance.app
        wanted = tuple(job.params(dict[str, list[str]])["namespaces"])
        with app.team_handle().open(app.clock, job.context.cancelled) as connection:
            roster = connection.discover()
        report = back_up_team(
            job.context,
            TeamBackup(
                repository=app.repository_handle(),
                team=app.team_handle(),
                roster=roster,
                work_dir=self._appliance.root / "stages",
                namespaces=wanted,
            ),
        )
        self.runs.append(wanted)
        failed = [outcome.namespace for outcome in report.failed]
        result = {"failed_namespaces": failed}
        return JobOutcome("partially_succeeded" if failed else "succeeded", result=result)


class Scene:
    """A team, an appliance that has backed it up once, and what follows it."""

    def __init__(self, appliance: Appliance, office: Office, kind: BackupOfSome) -> None:
        self.appliance = appliance
        self.office = office
        self.kind = kind
        self.refusal: Exception | None = None
        self.denials: list[DropallyError] = []
        self.team_id = appliance.app.credentials().team_id
        self.tasks = [
            FollowedTask(
                "tsk_one",
                self.team_id,
                "main",
                self.namespaces,
                lambda stop: appliance.app.team_handle().open(SystemClock(), stop),
                self.back_up,
                self.denials.append,
            )
        ]

    def namespaces(self) -> set[str]:
        return {space["namespace_id"] for space in self.appliance.control.namespaces()}

    def back_up(self, namespaces: tuple[str, ...]) -> JobRow:
        if self.refusal is not None:
            raise self.refusal
        return self.office.runner.submit(
            JobRequest(
                "backup",
                "Back up changes",
                {"namespaces": list(namespaces)},
                SCHEDULER,
                team_id=self.team_id,
                storage_id="main",
            )
        )

    def kept_soon(self, path: str) -> None:
        home = self.appliance.home()
        until(lambda: path in self.appliance.kept(home))


@contextmanager
def scene(tmp_path: Path) -> Iterator[Scene]:
    with open_appliance(tmp_path) as appliance:
        appliance.put("/first.txt", "one")
        kind = BackupOfSome(appliance)
        with running(tmp_path / "data", kind) as office:
            made = Scene(appliance, office, kind)
            if len(made.namespaces()):
                office.finished(made.back_up(()))
            kind.runs.clear()
            yield made


@contextmanager
def following(
    made: Scene, storages: Storages, settings: FollowSettings = QUICK
) -> Iterator[Following]:
    service = Following(lambda: made.tasks, made.office.runner, storages, SystemClock(), settings)
    service.start()
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as opened:
        yield opened


@pytest.fixture
def storages(made: Scene) -> Iterator[Storages]:
    opened = made.appliance.app.storages()
    yield opened
    opened.close()


def state(service: Following) -> FollowState:
    until(service.states)
    return service.states()[0]


def steady(service: Following, is_so: Callable[[FollowState], bool]) -> FollowState:
    until(lambda: is_so(state(service)))
    return state(service)


def test_f62_continuous_a_change_is_kept_and_only_its_namespace_is_run(
    made: Scene, storages: Storages
) -> None:
    with following(made, storages) as service:
        steady(service, lambda now: now.namespaces > 0 and not now.trouble)
        made.appliance.put("/second.txt", "two")
        made.kept_soon("/second.txt")
        made.appliance.put("/third.txt", "three")
        made.kept_soon("/third.txt")
        assert set(made.kind.runs) == {(made.appliance.home(),)}


def test_changes_of_one_moment_are_one_run(made: Scene, storages: Storages) -> None:
    with following(made, storages, replace(QUICK, settle_s=1.0)) as service:
        steady(service, lambda now: now.namespaces > 0)
        made.appliance.edit(
            *({"op": "put", "path": f"/file {n}.txt", "text": str(n)} for n in range(20))
        )
        made.kept_soon("/file 19.txt")
        until(lambda: not state(service).is_running)
        assert len(made.kind.runs) == 1


def test_nothing_is_run_while_nothing_changes(made: Scene, storages: Storages) -> None:
    with following(made, storages) as service:
        steady(service, lambda now: now.namespaces > 0)
        before = state(service).calls
        until(lambda: state(service).calls > before + 10)
        assert made.kind.runs == []
        until(lambda: state(service).oldest_check_s < 2)


def test_a_file_that_came_and_went_does_not_keep_it_busy(made: Scene, storages: Storages) -> None:
    with following(made, storages) as service:
        steady(service, lambda now: now.namespaces > 0)
        made.appliance.edit(
            {"op": "put", "path": "/passing.txt", "text": "x"},
            {"op": "delete", "path": "/passing.txt"},
        )
        until(lambda: made.kind.runs)
        until(lambda: not state(service).is_running)
        before = state(service).calls
        until(lambda: state(service).calls > before + 10)
        assert len(made.kind.runs) == 1


def test_a_cursor_that_dropbox_gave_up_is_survived(made: Scene, storages: Storages) -> None:
    with following(made, storages) as service:
        steady(service, lambda now: now.namespaces > 0)
        made.appliance.control.reset_cursors()
        until(lambda: made.kind.runs)
        made.appliance.put("/after.txt", "reset")
        made.kept_soon("/after.txt")
        until(lambda: not state(service).is_running and not state(service).changed)
        settled = len(made.kind.runs)
        before = state(service).calls
        until(lambda: state(service).calls > before + 10)
        assert len(made.kind.runs) == settled


def test_a_paused_task_keeps_its_changes_until_it_may_run(made: Scene, storages: Storages) -> None:
    made.refusal = StateError("task_paused", "the task is paused")
    with following(made, storages) as service:
        steady(service, lambda now: now.namespaces > 0)
        made.appliance.put("/while paused.txt", "x")
        steady(service, lambda now: now.trouble == "the task is paused")
        assert state(service).changed == 1
        made.refusal = None
        made.kept_soon("/while paused.txt")


def test_a_revoked_link_is_told_and_the_new_one_is_used(made: Scene, storages: Storages) -> None:
    with following(made, storages) as service:
        steady(service, lambda now: now.namespaces > 0 and not now.trouble)
        made.appliance.control.edit({"op": "revoke_tokens"})
        assert "revoked" in steady(service, lambda now: bool(now.trouble)).trouble
        assert made.denials
        made.appliance.link()  # an admin connects the team again
        steady(service, lambda now: now.namespaces > 0 and not now.trouble)
        made.appliance.put("/after all.txt", "x")
        made.kept_soon("/after all.txt")


def test_a_task_that_is_not_continuous_any_more_is_left_alone(
    made: Scene, storages: Storages
) -> None:
    with following(made, storages) as service:
        steady(service, lambda now: now.namespaces > 0)
        made.tasks.clear()
        until(lambda: not service.states())
        made.appliance.put("/unseen.txt", "x")
        time.sleep(1.0)
        assert made.kind.runs == []


def test_before_the_first_backup_there_is_nothing_to_follow(tmp_path: Path) -> None:
    with open_appliance(tmp_path) as appliance, running(tmp_path / "data") as office:
        made = Scene(appliance, office, BackupOfSome(appliance))
        storages = appliance.app.storages()
        with following(made, storages) as service:
            steady(service, lambda now: now.trouble == "the first backup has not run yet")
        storages.close()


def test_the_busiest_are_polled_and_it_stops_within_seconds(
    made: Scene, storages: Storages
) -> None:
    with following(made, storages) as service:
        steady(service, lambda now: now.namespaces > 0)
        made.appliance.put("/busy.txt", "x")
        made.kept_soon("/busy.txt")
        until(lambda: made.appliance.calls("files/list_folder/longpoll"))
        began = time.monotonic()
    assert time.monotonic() - began < 30  # a longpoll lasts a minute


def test_a_continuous_task_of_the_appliance_is_followed(place: Protected) -> None:
    plan = SchedulePlan(frequency="continuous", jitter_s=0)
    place.put("/first.txt", "one")
    task = place.task(activate="all", plan=plan)
    place.back_up(task.id)
    ctx = place.ctx
    service = Following(lambda: followed_tasks(ctx), ctx.runner, ctx.storages, ctx.clock, QUICK)
    service.start()
    try:
        steady(service, lambda now: now.namespaces > 0 and not now.trouble)
        place.put("/second.txt", "two")
        until(lambda: sum(row.files for row in place.rows(task.id)) == 2)
        pausing.pause(place.ctx, place.admin, task.id)
        until(lambda: not service.states())
    finally:
        service.stop()
    assert place.calls("team/members/list_v2") <= 3
