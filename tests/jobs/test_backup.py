"""Backup against a simulated team: what is kept equals what was there."""

from datetime import timedelta

from dropally.cli.backup import run_backup
from dropally.common.clock import ManualClock, SystemClock
from dropally.jobs.context import JobContext
from tests.jobs.appliance import ADMIN, Appliance


def test_f4_every_restore_point_is_a_full_view(appliance: Appliance) -> None:
    home = appliance.home()
    truths = []
    for number in range(3):
        appliance.put("/Docs/Report.txt", f"version {number}")
        appliance.put(f"/Docs/Only {number}.txt", f"only {number}")
        truths.append(appliance.truth(home))
        report = appliance.backup()
        assert report.is_complete
    for back, truth in enumerate(reversed(truths)):
        assert appliance.kept(home, f"-{back}") == truth
        expected = f"version {2 - back}".encode()
        assert appliance.stored_bytes(home, "/docs/report.txt", f"-{back}") == expected


def test_an_unchanged_namespace_costs_one_call_and_no_snapshot(appliance: Appliance) -> None:
    appliance.put("/a.txt", "a")
    appliance.backup()
    appliance.control.reset_metrics()
    report = appliance.backup()
    assert [outcome.status for outcome in report.outcomes] == ["unchanged"]
    assert report.point  # the run is recorded all the same
    assert appliance.calls("files/list_folder/continue") == 1
    assert appliance.calls("files/list_folder") == 0
    assert appliance.calls("files/download") == 0


def test_deletions_moves_and_replacements_follow(appliance: Appliance) -> None:
    home = appliance.home()
    for name in ("keep", "gone", "moved", "file-to-folder", "folder-to-file/below/deep"):
        appliance.put(f"/Top/{name}/x.txt", name)
    appliance.put("/Top/gone-not.txt", "sorts between /top/gone and /top/gone/x.txt")
    appliance.put("/Top/plain", "becomes a folder")
    appliance.backup()
    appliance.edit(
        {"op": "delete", "path": "/Top/gone"},
        {"op": "move", "path": "/Top/moved", "to": "/Elsewhere"},
        {"op": "delete", "path": "/Top/plain"},
        {"op": "mkdir", "path": "/Top/plain"},
        {"op": "delete", "path": "/Top/folder-to-file"},
    )
    appliance.put("/Top/folder-to-file", "a file now")
    appliance.put("/Top/plain/inside.txt", "inside")
    report = appliance.backup()
    assert appliance.kept(home) == appliance.truth(home)
    assert report.outcomes[0].stats["files"] == sum(
        kind == "file" for kind, _ in appliance.truth(home).values()
    )


def test_moved_and_copied_files_are_not_downloaded_again(appliance: Appliance) -> None:
    for number in range(5):
        appliance.put(f"/A/{number}.txt", f"content {number}")
    appliance.backup()
    appliance.control.reset_metrics()
    appliance.edit(
        {"op": "move", "path": "/A", "to": "/B"}, {"op": "copy", "path": "/B", "to": "/C"}
    )
    report = appliance.backup()
    assert report.is_complete
    assert appliance.calls("files/download") == 0
    assert appliance.kept(appliance.home()) == appliance.truth(appliance.home())


def test_one_content_in_many_places_is_downloaded_once(appliance: Appliance) -> None:
    appliance.edit(
        {"op": "add_member", "email": "bob@hollenberg.example", "given_name": "B", "surname": "B"}
    )
    for number in range(6):
        appliance.put(f"/same {number}.txt", "the same in both homes")
        appliance.put(
            f"/same {number}.txt", "the same in both homes", member="bob@hollenberg.example"
        )
    report = appliance.backup()
    assert report.is_complete
    assert appliance.calls("files/download") == 1


def test_empty_files_and_symlinks_cost_no_download(appliance: Appliance) -> None:
    appliance.put("/empty.txt", "")
    appliance.put("/link", "target", symlink_target="/elsewhere/file")
    appliance.edit({"op": "mkdir", "path": "/Empty folder"})
    assert appliance.backup().is_complete
    assert appliance.calls("files/download") == 0
    stored = appliance.stored(appliance.home())
    assert stored["/link"].symlink_target == "/elsewhere/file"
    assert appliance.stored_bytes(appliance.home(), "/empty.txt") == b""
    assert stored["/empty folder"].kind == "folder"


def test_a_reset_cursor_lists_again_and_downloads_nothing(appliance: Appliance) -> None:
    for number in range(20):
        appliance.put(f"/{number}.txt", f"content {number}")
    appliance.backup()
    appliance.edit({"op": "delete", "path": "/3.txt"})
    appliance.control.reset_cursors()
    appliance.control.reset_metrics()
    report = appliance.backup()
    assert report.outcomes[0].status == "new"
    assert appliance.calls("files/list_folder") == 1
    assert appliance.calls("files/download") == 0
    assert appliance.kept(appliance.home()) == appliance.truth(appliance.home())
    assert report.outcomes[0].stats["deleted"] == 1


def test_failed_files_are_recorded_reported_and_tried_again(appliance: Appliance) -> None:
    appliance.put("/good.txt", "good")
    appliance.put("/blocked.txt", "blocked by a claim")
    appliance.put("/closed.bin", "no bytes", downloadable=False)
    appliance.edit({"op": "restrict", "path": "/blocked.txt"})
    report = appliance.backup()
    assert {(p.path, p.reason) for p in report.problems} == {
        ("/blocked.txt", "restricted_content"),
        ("/closed.bin", "unsupported"),
    }
    assert appliance.stored_bytes(appliance.home(), "/good.txt") == b"good"
    entry = appliance.stored(appliance.home())["/blocked.txt"]
    assert entry.content is None
    assert entry.failure.startswith("restricted_content")
    assert any("restricted_content" in line for _, line in appliance.lines)


def test_a_failure_that_passes_is_healed_by_the_next_run(appliance: Appliance) -> None:
    appliance.put("/shy.txt", "shy")
    appliance.control.set_faults({"action": "wrong_bytes", "route": "files/download"})
    report = appliance.backup()
    assert [problem.reason for problem in report.problems] == ["mismatch"]
    appliance.control.clear_faults()
    report = appliance.backup()
    assert report.is_complete
    assert appliance.stored_bytes(appliance.home(), "/shy.txt") == b"shy"


def test_trouble_that_passes_gets_another_round_in_the_same_run(appliance: Appliance) -> None:
    appliance.put("/shy.txt", "shy")
    # Wrong bytes three times in a row fail the file; the second round finds them right.
    appliance.control.set_faults({"action": "wrong_bytes", "route": "files/download", "count": 3})
    report = appliance.backup()
    assert report.is_complete
    assert appliance.stored_bytes(appliance.home(), "/shy.txt") == b"shy"


def test_a_namespace_that_cannot_be_read_keeps_its_previous_snapshot(appliance: Appliance) -> None:
    appliance.edit({"op": "add_team_folder", "name": "Sales", "members": {ADMIN: "editor"}})
    appliance.put("/plan.txt", "plan", team_folder="Sales")
    appliance.put("/mine.txt", "mine")
    first = appliance.backup()
    sales = next(outcome for outcome in first.outcomes if outcome.name == "Sales")
    appliance.put("/mine.txt", "mine, changed")
    appliance.control.set_faults({"action": "no_permission", "namespace": sales.namespace})
    report = appliance.backup()
    assert [outcome.name for outcome in report.failed] == ["Sales"]
    assert report.failed[0].snapshot == sales.snapshot
    assert appliance.stored_bytes(sales.namespace, "/plan.txt") == b"plan"
    assert appliance.stored_bytes(appliance.home(), "/mine.txt") == b"mine, changed"


def test_cloud_documents_are_exported_once(appliance: Appliance) -> None:
    options = {
        "export_as": "markdown",
        "export_options": ["markdown", "html"],
        "downloadable": False,
    }
    appliance.put("/Plan.paper", "# Plan", **options)
    report = appliance.backup()
    assert report.is_complete
    export = appliance.stored(appliance.home())["/plan.paper"].export
    assert export is not None
    assert set(export.formats) == {"markdown", "html"}
    appliance.control.reset_cursors()
    appliance.control.reset_metrics()
    appliance.backup()
    assert appliance.calls("files/export") == 0


def test_what_dropbox_never_hands_out_stays_so_after_weeks(appliance: Appliance) -> None:
    appliance.put("/closed.bin", "no bytes", downloadable=False)
    appliance.put("/hidden.txt", "secret")
    appliance.edit({"op": "restrict", "path": "/hidden.txt"})
    appliance.backup()
    appliance.control.reset_metrics()
    later = JobContext(clock=ManualClock(SystemClock().now() + timedelta(days=8)))
    report = run_backup(appliance.app, later, [])
    found = [(problem.path, problem.reason) for problem in report.problems]
    assert found == [("/closed.bin", "unsupported"), ("/hidden.txt", "restricted_content")]
    assert appliance.calls("files/download") == 1  # that of the refused one, asked for again
    assert appliance.calls("files/export") == 0


def test_a_team_folder_that_was_archived_stays_as_it_was(appliance: Appliance) -> None:
    [made] = appliance.control.edit({"op": "add_team_folder", "name": "Old"})
    appliance.put("/plan.txt", "plan", team_folder="Old")
    appliance.backup()
    appliance.edit({"op": "set_team_folder_status", "team_folder": "Old", "status": "archived"})
    for _ in range(2):
        report = appliance.backup()
        assert report.is_complete, report.failed
        assert appliance.stored_bytes(made["namespace_id"], "/plan.txt") == b"plan"
    appliance.edit({"op": "set_team_folder_status", "team_folder": "Old", "status": "active"})
    appliance.put("/plan.txt", "plan 2", team_folder="Old")
    assert appliance.backup().is_complete
    assert appliance.stored_bytes(made["namespace_id"], "/plan.txt") == b"plan 2"


def test_two_processes_share_the_work(appliance: Appliance) -> None:
    for name in ("bob", "eve", "joe"):
        email = f"{name}@hollenberg.example"
        appliance.edit({"op": "add_member", "email": email, "given_name": name, "surname": "X"})
        appliance.put("/mine.txt", f"of {name}", member=email)
    report = appliance.backup(processes=2)
    assert report.is_complete
    for name in ("bob", "eve", "joe"):
        home = appliance.home(f"{name}@hollenberg.example")
        assert appliance.kept(home) == appliance.truth(home)


def test_nasty_pages_change_nothing(appliance: Appliance) -> None:
    appliance.control.set_knobs(nasty_pages=True, casing_drift=True, page_limit=5)
    for number in range(40):
        appliance.put(f"/Folder {number % 7}/Ä{number}.txt", f"{number}")
    appliance.backup()
    home = appliance.home()
    assert appliance.kept(home) == appliance.truth(home)
    for number in range(0, 40, 3):
        appliance.edit({"op": "delete", "path": f"/Folder {number % 7}/Ä{number}.txt"})
    appliance.backup()
    assert appliance.kept(home) == appliance.truth(home)


def test_only_some_entities(appliance: Appliance) -> None:
    appliance.edit({"op": "add_team_folder", "name": "Sales", "members": {ADMIN: "editor"}})
    appliance.put("/plan.txt", "plan", team_folder="Sales")
    appliance.put("/mine.txt", "mine")
    appliance.backup()
    appliance.put("/plan.txt", "plan 2", team_folder="Sales")
    appliance.put("/mine.txt", "mine 2")
    report = appliance.backup("sales")
    assert [outcome.name for outcome in report.outcomes] == ["Sales"]
    assert appliance.stored_bytes(report.outcomes[0].namespace, "/plan.txt") == b"plan 2"
    assert appliance.stored_bytes(appliance.home(), "/mine.txt") == b"mine"


def test_the_context_counts(appliance: Appliance) -> None:
    appliance.put("/a.txt", "four")
    context = JobContext()
    run_backup(appliance.app, context, [])
    counted = {phase.name: (phase.done, phase.total) for phase in context.progress()}
    assert counted["list"] == (1, 0)
    assert counted["fetch"] == (1, 1)
    assert counted["download"] == (4, 4)
    assert counted["seal"] == (1, 1)


def test_a_points_totals_follow_from_what_changed(appliance: Appliance) -> None:
    person = {"op": "add_member", "given_name": "Bea", "surname": "B"}
    appliance.edit({**person, "email": "bea@hollenberg.example"})
    appliance.put("/a.txt", "four")
    appliance.put("/b.txt", "eight...", member="bea@hollenberg.example")
    appliance.backup()
    appliance.put("/c.txt", "12 letters..")
    appliance.edit({"op": "delete", "path": "/a.txt"})
    appliance.backup(ADMIN)  # the other namespace is not even looked at
    assert totals(appliance) == {"files": 2, "bytes": 20, "folders": 0}
    assert stored_namespaces(appliance) == {
        appliance.home(),
        appliance.home("bea@hollenberg.example"),
    }


def test_totals_are_counted_anew_where_what_left_cannot_be_read(appliance: Appliance) -> None:
    [made] = appliance.control.edit({"op": "add_team_folder", "name": "Plans"})
    gone = made["namespace_id"]
    appliance.put("/a.txt", "four")
    appliance.put("/b.txt", "eight...", namespace=gone)
    appliance.backup()
    for snapshot in (appliance.root / "repository" / "snapshots" / gone).iterdir():
        snapshot.chmod(0o600)
        snapshot.write_bytes(b"damaged")
    appliance.simulator.run(lambda world: world.namespaces.remove(gone))
    appliance.backup()
    assert totals(appliance) == {"files": 1, "bytes": 4, "folders": 0}


def totals(appliance: Appliance) -> dict[str, int]:
    with appliance.view() as view:
        labels = view.point.labels
    return {name: int(labels[name]) for name in ("files", "bytes", "folders")}


def stored_namespaces(appliance: Appliance) -> set[str]:
    with appliance.app.open_repository() as repository:
        point = repository.latest_point(appliance.app.group(repository))
        assert point is not None
        return {source for source, _ in repository.point_snapshots(point)}
