"""An admin's week by commands alone, on the machine and over the network."""

import json
import shutil
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.simulator import start_simulator
from tests.cli.office import Office, machine, serving
from tests.cli.terminal import ADMIN, Terminal


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    """Two restore points of one member. Tests leave that and the task's plan as they are."""
    with start_simulator(team="empty") as simulator, machine(simulator) as host:
        host.put("/Reports/2026/plan.txt", "first")
        host.put("/Reports/notes.txt", "notes")
        with serving(host) as found:
            found.connect()
            host.json("task", "add", "Whole team", "--activate", "all", "--hour", "02:30", "--wait")
            host.json("task", "run", "Whole team", "--wait")
            host.put("/Reports/2026/plan.txt", "second")
            host.json("task", "run", "Whole team", "--wait")
            yield found


@pytest.fixture
def host(office: Office) -> Terminal:
    return office.host


@pytest.fixture
def remote(office: Office) -> Terminal:
    """A command line elsewhere: it has no appliance of its own."""
    environment = {**office.elsewhere(), "DROPALLY__PATHS__DATA": "/nonexistent", "COLUMNS": "250"}
    return Terminal(office.host.simulator, office.host.root, environment)


def test_tasks_by_name(host: Terminal) -> None:
    task = host.json("task", "show", "whole TEAM")
    assert task["plan"]["hour"] == "02:30"
    missed = host.run("task", "show", "Hole team")
    assert missed.returncode == 4
    assert "did you mean Whole team?" in missed.stderr


def test_settings_of_a_task_that_are_not_named_stay(host: Terminal) -> None:
    host.json("task", "set", "Whole team", "--hour", "05:15", "--no-auto-members")
    task = host.json("task", "set", "Whole team", "--zone", "Europe/Berlin")
    assert (task["plan"]["hour"], task["plan"]["zone"]) == ("05:15", "Europe/Berlin")
    assert not task["settings"]["auto_activate_members"]
    assert task["settings"]["auto_activate_team_folders"]
    host.json("task", "set", "Whole team", "--hour", "02:30", "--zone", "UTC", "--auto-members")


def test_entities_are_chosen_by_name_and_never_by_accident(host: Terminal) -> None:
    nothing = host.run("entity", "pause")
    assert nothing.returncode == 2
    assert "--all" in nothing.stderr
    assert host.json("entity", "pause", ADMIN)["changed"] == 1
    assert host.json("entity", "list")[0]["status"] == "Paused"
    assert host.json("entity", "resume", "--all")["changed"] == 1
    unknown = host.run("entity", "pause", "nobody@example.com")
    assert unknown.returncode == 4
    unsure = host.run("entity", "delete", ADMIN)
    assert unsure.returncode == 2
    assert "add --yes" in unsure.stderr


def test_lists_follow_pages(host: Terminal) -> None:
    some = host.run("job", "list", "--limit", "2", "--json")
    assert len(json.loads(some.stdout)) == 2
    assert "--limit 0 shows all" in some.stderr
    everything = host.run("job", "list", "--limit", "0", "--json")
    assert len(json.loads(everything.stdout)) > 2
    assert everything.stderr == ""


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_browsing_through_a_server(where: str, host: Terminal, remote: Terminal) -> None:
    ask = host if where == "here" else remote
    url = ("--url", "local") if where == "here" else ()
    assert [row["name"] for row in ask.json("ls", f"{ADMIN}:/Reports", *url)] == [
        "2026",
        "notes.txt",
    ]
    plan = f"{ADMIN}:/Reports/2026/plan.txt"
    assert ask.run("cat", plan, *url).stdout == "second"
    assert ask.run("cat", f"{ADMIN}@-1:/Reports/2026/plan.txt", *url).stdout == "first"
    assert len(ask.json("versions", plan, *url)) == 2
    points = ask.json("snapshots", ADMIN, *url)
    assert len(points) == 2
    short = points[-1]["id"].rpartition("-")[2]
    assert ask.run("cat", f"{ADMIN}@{short}:/Reports/2026/plan.txt", *url).stdout == "first"
    told = ask.run("diff", f"{ADMIN}@-1:/", f"{ADMIN}:/", *url).stdout
    assert told == "~ /Reports/2026/plan.txt\n"
    assert ask.json("snapshot", "diff", ADMIN, short)[0]["change"] == "changed"
    missed = ask.run("ls", f"{ADMIN}:/Rports", *url)
    assert missed.returncode == 4
    assert [row["email"] for row in ask.json("ls", *url)] == [ADMIN]


def test_a_restore_shows_its_plan_first(remote: Terminal) -> None:
    planned = remote.json("restore", f"{ADMIN}:/Reports", "--dry-run")
    assert planned["plan"]["files"] == 2
    unasked = remote.run("restore", f"{ADMIN}:/Reports", "--json")
    assert unasked.returncode == 2
    done = remote.run("restore", f"{ADMIN}:/Reports", "--yes")
    assert done.returncode == 0, done.stderr
    assert "Into: " in done.stdout
    assert "succeeded" in done.stdout
    assert remote.json("selection", "list") == [], "the command's own selection is forgotten"


def test_an_export_is_fetched_and_overwrites_nothing(remote: Terminal, tmp_path: Path) -> None:
    remote.json("export", f"{ADMIN}:/Reports/2026", "--to", str(tmp_path))
    [made] = tmp_path.glob("*.zip")
    with zipfile.ZipFile(made) as archive:
        assert any(name.endswith("plan.txt") for name in archive.namelist())
    made.write_bytes(b"something of mine")
    [download] = remote.json("download", "list")
    again = remote.json("download", "fetch", download["id"], "--to", str(tmp_path))
    assert made.read_bytes() == b"something of mine"
    assert again["files"] == [str(made.with_name(f"{made.stem} (2).zip"))]
    half = tmp_path / "half"
    half.mkdir()
    whole = Path(again["files"][0]).read_bytes()
    (half / f"{made.name}.part").write_bytes(whole[: len(whole) // 2])
    remote.json("download", "fetch", download["id"], "--to", str(half))
    assert (half / made.name).read_bytes() == whole


def test_a_selection_is_filled_and_written_as_a_zip(host: Terminal, tmp_path: Path) -> None:
    selection = host.json("selection", "create")["id"]
    assert host.json("selection", "add", selection, f"{ADMIN}:/Reports")["files"] == 2
    left = host.json("selection", "remove", selection, f"{ADMIN}:/Reports/notes.txt")
    assert left["files"] == 1
    target = tmp_path / "some.zip"
    assert host.run("selection", "zip", selection, "--out", str(target)).returncode == 0
    assert zipfile.is_zipfile(target)
    assert list(tmp_path.iterdir()) == [target]
    assert host.json("selection", "clear", selection)["items"] == 0
    host.json("selection", "delete", selection)


def test_jobs_are_watched_to_their_end(remote: Terminal) -> None:
    started = remote.json("storage", "verify", "main")
    done = remote.run("job", "watch", started["id"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Verify storage main: succeeded")
    assert remote.json("job", "log", started["id"])["is_complete"]
    again = remote.run("job", "cancel", started["id"])
    assert again.returncode == 2, "it has ended"


def test_events_are_printed_as_they_happen(host: Terminal) -> None:
    with host.start("events", "watch", "--json", "--after", "1") as watching:
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["name"] == "missed", "it listens"
        host.json("task", "pause", "Whole team")
        events = map(json.loads, watching.stdout)
        event = next(one for one in events if one["name"] == "task_changed")
        watching.kill()
    host.json("task", "resume", "Whole team")
    assert {"id", "time", "data"} <= set(event)


def test_settings_and_rules_are_changed_all_or_none(host: Terminal) -> None:
    wrong = host.run("config", "set", "limits.jobs_at_once=3", "limits.nonsense=1")
    assert wrong.returncode == 2
    assert "limits.nonsense" in wrong.stderr
    host.json("config", "set", "limits.jobs_at_once=3")
    shown = host.json("config", "show", "--url", "local")
    assert shown["limits.jobs_at_once"] == {"value": 3, "origin": "console"}
    locked = host.run("config", "set", "metrics.enabled=true")
    assert locked.returncode == 2
    assert "environment" in locked.stderr
    host.json("security", "set", "password_min=13")
    assert host.json("security", "show")["policy"]["password_min"] == 13
    assert host.run("config", "set", "limits.jobs_at_once").returncode == 2


def test_people_are_managed_from_anywhere(host: Terminal) -> None:
    unreached = host.run("user", "invite", "bo@example.com", "Bo", "--role", "viewer")
    assert unreached.returncode == 2
    made = host.json("user", "invite", "bo@example.com", "Bo", "--task", "Whole team")
    assert made["user"]["role"] == "viewer"
    changed = host.json(
        "user", "set-role", "bo@example.com", "--role", "help_desk", "--grant", "export"
    )
    assert changed["role"] == "help_desk"
    assert changed["granted"] == ["export"]
    assert changed["reach"] == made["user"]["reach"], "what is not named stays"
    widened = host.json("user", "set-role", "Bo", "--everywhere")
    assert (widened["reach"]["everywhere"], widened["granted"]) == (True, ["export"])
    listed = host.json("user", "list", "--url", "local")
    assert [row["user"]["email"] for row in listed] == ["ann@example.com", "bo@example.com"]
    assert host.run("user", "set-role", "usr_unknown", "--everywhere").returncode == 4
    assert host.run("user", "delete", "bo@example.com", "--yes").returncode == 0


def test_the_audit_is_the_same_over_the_api(host: Terminal) -> None:
    there = host.json("audit", "list", "--url", "local", "--limit", "3", "--activity", "sign_in")
    here = host.json("audit", "list", "--limit", "3", "--activity", "sign_in")
    assert [row["seq"] for row in here] == [row["seq"] for row in there]
    assert host.json("audit", "verify", "--url", "local")["rows"] > 10
    exported = host.run("audit", "export", "--url", "local", "--format", "jsonl").stdout
    assert json.loads(exported.splitlines()[0])["seq"] == 1
    assert host.run("audit", "list", "--activity", "nonsense").returncode == 2
    assert host.run("audit", "list", "--from", "yesterday").returncode == 2


def test_a_recovery_code_is_proved(host: Terminal) -> None:
    code = host.json("key", "renew", "main", "--yes")["recovery_code"]
    assert host.run("key", "confirm", "main", stdin="wrong\n").returncode != 0
    assert host.run("key", "confirm", "main", stdin=f"{code}\n").returncode == 0
    [status] = host.json("key", "status")
    assert status["recovery_code"] == "confirmed"


@pytest.mark.parametrize("code", ["-cMfWnHmh", "--json-looking", "-h"])
def test_a_code_of_dropboxs_may_begin_with_a_hyphen(host: Terminal, code: str) -> None:
    done = host.run("connection", "finish", "lnk_unknown", code)
    assert "No such option" not in done.stderr
    assert done.returncode == 4, done.stderr  # there is no such link


def test_a_repository_is_taken_over_without_its_code_on_the_command_line(
    host: Terminal, tmp_path: Path
) -> None:
    code = host.json("key", "renew", "main", "--yes")["recovery_code"]
    where = ["--kind", "local", "--path", str(tmp_path / "copy")]
    shutil.copytree(host.root / "data" / "repository", tmp_path / "copy")
    assert host.run("storage", "add", "copy", *where).returncode == 0
    assert host.run("storage", "adopt", "copy", stdin="\n").returncode == 2
    assert host.run("storage", "adopt", "copy", "--recovery-code-file", "none").returncode == 2
    assert host.run("storage", "adopt", "copy", stdin="wrong\n").returncode != 0
    kept = tmp_path / "code.txt"
    kept.write_text(f"{code}\n")
    done = host.run("storage", "adopt", "copy", "--recovery-code-file", str(kept))
    assert done.returncode == 0, done.stderr
    assert "is in use" in done.stdout
    assert host.run("storage", "remove", "copy", "--yes").returncode == 0


def test_keys_are_added_removed_and_begun_anew(host: Terminal, tmp_path: Path) -> None:
    code = host.json("key", "renew", "main", "--yes")["recovery_code"]
    file = tmp_path / "branch.key"
    added = host.json("key", "add", "main", "--key-file", str(file), "--label", "branch")
    assert file.read_text().startswith("dropally-key-file-1")
    assert file.stat().st_mode & 0o077 == 0
    assert host.run("key", "add", "main", "--key-file", str(file)).returncode == 2
    assert host.run("key", "add", "main", stdin="too short\n").returncode == 2
    [status] = host.json("key", "status")
    assert added["id"] in [slot["id"] for slot in status["key_slots"]]
    host.json("key", "remove", "main", added["id"], "--yes")
    assert host.run("key", "rotate", "main", stdin="wrong\n").returncode != 0
    done = host.run("key", "rotate", "main", "--json", stdin=f"{code}\n")
    tries = 60
    while "just now" in done.stderr and (tries := tries - 1):
        time.sleep(1)  # jobs of other tests here may still use the storage
        done = host.run("key", "rotate", "main", "--json", stdin=f"{code}\n")
    assert json.loads(done.stdout) == {"epoch": 2, "slots": 2, "staying": 0}


def test_the_appliance_backs_itself_up_and_tells_how_it_is(host: Terminal, tmp_path: Path) -> None:
    host.json("self", "backup", "--wait")
    assert host.json("self", "list")["items"]
    assert host.run("self", "health").returncode == 0
    bundle = tmp_path / "bundle.zip"
    assert host.run("self", "support-bundle", "--out", str(bundle)).returncode == 0
    assert zipfile.is_zipfile(bundle)


def test_deleting_a_task_asks_twice(host: Terminal) -> None:
    assert host.run("task", "delete", "Whole team", "Whole team").returncode == 2
    wrong = host.run("task", "delete", "Whole team", "Other", "--yes")
    assert wrong.returncode == 2
    done = host.run("task", "delete", "Whole team", "Whole team", "--yes")
    assert "dropally task undelete" in done.stdout
    assert host.json("task", "list") == []
    assert host.json("task", "undelete", "Whole team")["state"] != "deleted"


def test_a_row_for_people_and_the_same_for_programs(host: Terminal) -> None:
    shown = host.run("entity", "list").stdout
    assert "Last backup" in shown.splitlines()[0]
    assert ADMIN in shown
    assert host.run("entity", "list", "--quiet", "--json").stdout.startswith("[{")
