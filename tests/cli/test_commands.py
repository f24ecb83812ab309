"""Every command: answers, exit codes, JSON."""

import json
import resource
import signal
import time
from dataclasses import replace
from pathlib import Path

from tests.cli.terminal import ADMIN, Terminal


def test_the_main_job_from_end_to_end(terminal: Terminal, tmp_path: Path) -> None:
    """What writes runs in real processes; what reads, in this one."""
    linked = replace(terminal, runs_processes=True)
    linked.set_up()
    linked.put("/Docs/a.txt", "first")
    linked.put("/Docs/b.txt", "b")
    first = linked.json("backup")
    assert (first["files"], first["downloaded_files"], first["problems"]) == (2, 2, [])
    linked.put("/Docs/a.txt", "second")
    linked.simulator.control.edit({"op": "delete", "member": ADMIN, "path": "/Docs/b.txt"})
    terminal.json("backup")
    points = terminal.json("snapshots")
    assert [point["files"] for point in points] == [2, 1]
    assert [p["id"] for p in terminal.json("snapshots", ADMIN)] == [p["id"] for p in points]
    listed = terminal.json("ls", f"{ADMIN}@-1:/Docs")
    assert [item["path"] for item in listed] == ["/a.txt", "/b.txt"]
    assert {entity["name"] for entity in terminal.json("ls")} == {ADMIN}
    assert len(terminal.json("versions", f"{ADMIN}:/Docs/a.txt")) == 2
    changes = terminal.json("diff", f"{ADMIN}@-1:/", ADMIN)
    assert {(c["change"], c["path"]) for c in changes} == {
        ("changed", "/docs/a.txt"),
        ("removed", "/docs/b.txt"),
    }
    assert linked.run("cat", f"{ADMIN}@{points[0]['id']}:/Docs/a.txt").stdout == "first"
    restored = linked.json("restore", f"{ADMIN}@-1:/Docs", "--yes")
    assert (restored["restored"], restored["failed"]) == (2, [])
    exported = linked.json("export", f"{ADMIN}@-1:/", "--to", str(tmp_path / "out"))
    assert exported["files"] == 2
    assert (tmp_path / "out" / ADMIN / "Docs" / "b.txt").read_text() == "b"


def test_texts_for_people(linked: Terminal) -> None:
    linked.put("/Docs/[bold]Report\x1b.txt", "x" * 2048)
    assert "1 files, 2.0 KiB" in linked.run("backup").stdout
    listing = linked.run("ls", f"{ADMIN}:/Docs")
    assert "[bold]Report" in listing.stdout
    assert "\x1b" not in listing.stdout
    plan = linked.run("restore", f"{ADMIN}:/", "--dry-run")
    assert "Calls to Dropbox: about 1 for uploads" in plan.stdout
    refused = linked.run("restore", f"{ADMIN}:/", stdin="n\n")
    assert refused.returncode == 0
    assert "Restored" not in refused.stdout.replace("Restored by Dropally", "")


def test_exit_3_when_a_file_has_no_content(linked: Terminal) -> None:
    linked.put("/closed.bin", "no bytes", downloadable=False)
    report = linked.json("backup", code=3)
    assert [problem["reason"] for problem in report["problems"]] == ["unsupported"]


def test_exit_2_for_what_makes_no_sense(linked: Terminal) -> None:
    assert linked.run("backup", "--no-such-option").returncode == 2
    assert linked.run("ls", "admin:/a/../b").returncode == 2
    assert linked.run("export", "--to", "out").returncode == 2
    (linked.root / "dropally.toml").write_text("[dropbx]\n")
    wrong = linked.run("ls")
    assert wrong.returncode == 2
    assert "did you mean dropbox?" in wrong.stderr


def test_exit_4_for_what_is_not_there(terminal: Terminal) -> None:
    missing = terminal.run("backup")
    assert missing.returncode == 4
    assert "dropally connect" in missing.stderr
    terminal.json("connect", "--from-token-file", str(terminal.token_file()))
    assert terminal.run("backup", environment={"DROPALLY_PASSPHRASE": "x"}).returncode == 4
    terminal.json("init")
    no_point = terminal.run("ls", "--json")
    assert no_point.returncode == 4
    assert json.loads(no_point.stdout)["exit_code"] == 4
    terminal.put("/a.txt", "a")
    terminal.json("backup")
    for address in (f"{ADMIN}@2001-01-01:/", f"{ADMIN}:/b.txt", "nobody@x.example:/"):
        assert terminal.run("ls", address).returncode == 4


def test_exit_5_for_what_is_refused(linked: Terminal) -> None:
    linked.put("/a.txt", "a")
    linked.json("backup")
    wrong = linked.run("ls", environment={"DROPALLY_PASSPHRASE": "wrong"})
    assert wrong.returncode == 5
    linked.simulator.control.edit({"op": "revoke_tokens"})
    revoked = linked.run("backup")
    assert revoked.returncode == 5
    assert "dropally connect" in revoked.stderr


def test_a_newer_or_damaged_repository_says_so(linked: Terminal) -> None:
    config = linked.root / "data" / "repository" / "config"
    original = config.read_bytes()
    config.chmod(0o600)
    config.write_bytes(original.replace(b'"format":1', b'"format":9'))
    newer = linked.run("snapshots")
    assert newer.returncode == 1
    assert "format 9" in newer.stderr
    assert "newer release" in newer.stderr
    config.write_bytes(original.replace(b"chunker", b"chunkex"))
    assert linked.run("snapshots").returncode == 1
    config.unlink()
    assert linked.run("snapshots").returncode == 4


def test_a_full_disk_says_so_and_the_next_run_goes_on(linked: Terminal) -> None:
    for number in range(20):
        linked.simulator.control.edit(
            {
                "op": "put",
                "member": ADMIN,
                "path": f"/{number}.bin",
                "generated": {"seed": f"{number}", "size": 1 << 20},
            }
        )
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6 << 20, limits[1]))
    try:
        full = linked.run("backup")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert full.returncode == 1, full.stderr
    assert "Traceback" not in full.stderr
    assert linked.json("backup")["problems"] == []


def test_exit_75_when_dropbox_cannot_be_reached_or_a_backup_runs(linked: Terminal) -> None:
    for number in range(5):
        linked.put(f"/{number}.txt", f"text {number}")
    linked.simulator.control.set_faults(
        {"action": "delay", "route": "files/download", "args": {"seconds": 600}}
    )
    running = linked.start("backup")
    try:
        wait_for_downloads(linked, 2)
        second = linked.run("backup")
        assert second.returncode == 75
        assert "another backup" in second.stderr
        running.send_signal(signal.SIGTERM)
        _, errors = running.communicate(timeout=60)
    finally:
        running.kill()
        running.communicate()
    assert running.returncode == 1
    assert "it goes on where it was" in errors


def wait_for_downloads(terminal: Terminal, count: int) -> None:
    def calls() -> int:
        routes = terminal.simulator.control.metrics()["calls_by_route"]
        return int(routes.get("files/download", 0))

    deadline = time.monotonic() + 60
    while calls() < count:
        assert time.monotonic() < deadline, "no file was asked for"
        time.sleep(0.02)


def test_a_passphrase_instead_of_a_key_file(terminal: Terminal) -> None:
    secret = terminal.root / "secret"
    secret.write_text("correct horse battery staple\n")
    terminal.environment["DROPALLY_PASSPHRASE_FILE"] = str(secret)
    created = terminal.json("init")
    assert created["key_file"] == ""
    assert not (terminal.root / "data" / "repository.key").exists()
    assert terminal.run("snapshots").returncode == 4  # it opens; no team is linked yet
    assert terminal.run("snapshots", environment={"DROPALLY_PASSPHRASE": "no"}).returncode == 5
    code = {"DROPALLY_PASSPHRASE_FILE": "", "DROPALLY_RECOVERY_CODE": created["recovery_code"]}
    assert terminal.run("snapshots", environment=code).returncode == 4
    again = terminal.run("init")
    assert again.returncode == 2
    assert "already" in again.stderr


def test_no_secret_reaches_the_terminal(linked: Terminal) -> None:
    linked.put("/a.txt", "a")
    token = json.loads((linked.root / "tokens.json").read_text())["team"]
    link_file = linked.root / "data" / "dropbox.json"
    assert link_file.stat().st_mode & 0o077 == 0
    for arguments in (["backup"], ["ls"], ["connect", "--from-token-file", "tokens.json"]):
        done = linked.run(*arguments)
        for secret in (token["access_token"], token["refresh_token"]):
            assert secret not in done.stdout + done.stderr
