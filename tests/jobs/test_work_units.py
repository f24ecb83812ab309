"""Every job is a function on plain data: it can be pickled and run in another process."""

import pickle
from pathlib import Path

from dropally.cli.backup import run_backup
from dropally.jobs import discover, export, restore
from dropally.jobs.pool import run_units
from tests.jobs.appliance import ADMIN, Appliance


def test_exports_run_in_processes(appliance: Appliance, tmp_path: Path) -> None:
    appliance.put("/a.txt", "a")
    appliance.backup()
    works = [
        export.ExportWork(
            repository=appliance.app.repository_handle(),
            group=appliance.app.credentials().team_id,
            target=tmp_path / name,
            addresses=(f"{ADMIN}:/",),
        )
        for name in ("one", "two")
    ]
    context = appliance.context()
    results = list(run_units(context, export.run, works, kind="processes", workers=2))
    assert [result.files for result in results] == [1, 1]
    assert (tmp_path / "two" / ADMIN / "a.txt").read_text() == "a"
    [written] = [phase for phase in context.progress() if phase.name == "export"]
    assert (written.done, written.total) == (2, 2)


def test_discovery_and_restore_are_plain_data(appliance: Appliance) -> None:
    appliance.put("/a.txt", "a")
    appliance.backup()
    team = pickle.loads(pickle.dumps(appliance.app.team_handle()))
    roster = pickle.loads(pickle.dumps(discover.run(appliance.context(), team)))
    assert [member.email for member in roster.members] == [ADMIN]
    work = pickle.loads(pickle.dumps(appliance.restore_work(f"{ADMIN}:/")))
    plan = pickle.loads(pickle.dumps(restore.open_restore(appliance.context(), work)))
    result = pickle.loads(pickle.dumps(restore.run(appliance.context(), work, plan)))
    assert result.restored == 1


def test_handles_keep_their_secrets_to_themselves(appliance: Appliance) -> None:
    handle = appliance.app.team_handle()
    shown = repr(handle) + repr(appliance.app.repository_handle())
    assert handle.credentials.refresh_token not in shown
    assert handle.credentials.access_token not in shown


def test_every_request_to_dropbox_is_counted(appliance: Appliance) -> None:
    appliance.put("/a.txt", "a")
    appliance.link()
    appliance.control.reset_metrics()
    context = appliance.context()
    run_backup(appliance.app, context, [], 1)
    counted = appliance.control.metrics()["calls_by_route"]
    assert context.calls == sum(calls for route, calls in counted.items() if "oauth2" not in route)
    assert context.calls > 3
    assert "calls" not in {phase.name for phase in context.progress()}


def test_a_job_says_that_dropbox_asks_to_wait(appliance: Appliance) -> None:
    context = appliance.context()
    context.told_to_wait(41.2)
    assert context.pause == "Dropbox asks to wait 41 s"
    context.called()
    assert (context.pause, context.calls) == ("", 1)
