"""kill -9 of real `dropally` processes: what was finished is kept, and the next run goes on."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.dropbox_api import content_hash
from dropally.simulator import start_simulator
from tests.cli.terminal import ADMIN, Terminal

FILES = 240
FILE_BYTES = 100_000
PACKS_BYTES = 2 * (16 << 20)
UNDER_WAY = 64
"""More files than can be under way at once; these may be fetched again, and what one pack being
filled and one being written held."""
BOB = "bob@hollenberg.example"
DOWNLOAD = "files/download"
FINISH = "files/upload_session/finish_batch_v2"
KILLED_AT_A_FILE = """
import os, signal

left, rename = {count}, os.rename


def counted(source, target, **more):
    global left
    if str(target).endswith(".bin"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return rename(source, target, **more)


os.rename = counted
"""


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with start_simulator(team="empty") as simulator:
        terminal = Terminal(simulator, tmp_path)
        terminal.set_up()
        yield terminal
        assert simulator.control.metrics()["calls_while_told_to_wait"] == 0


def put_files(terminal: Terminal, folder: str, count: int, size: int) -> None:
    terminal.simulator.control.edit(
        *(
            {
                "op": "put",
                "member": ADMIN,
                "path": f"/{folder}/{number}.bin",
                "generated": {"seed": f"{folder} {number}", "size": size},
            }
            for number in range(count)
        )
    )


def calls(terminal: Terminal, route: str) -> int:
    return int(terminal.simulator.control.metrics()["calls_by_route"].get(route, 0))


def kill_at_call(terminal: Terminal, route: str, number: int, *arguments: str) -> None:
    """Start a command and kill it, with no chance to tidy up, once it made so many calls of a kind.

    Later calls of that kind are not answered, so it cannot end before, however slow this test is.
    """
    control = terminal.simulator.control
    first = number - calls(terminal, route) + 1
    never = {"action": "delay", "route": route, "args": {"seconds": 3600}}
    control.set_faults(*({**never, "nth": first + more} for more in range(UNDER_WAY)))
    process = terminal.start(*arguments)
    try:
        while calls(terminal, route) < number and process.poll() is None:
            time.sleep(0.01)
    finally:
        process.kill()
        _, errors = process.communicate()
        control.clear_faults()
    assert process.returncode == -9, f"the command ended before it was killed: {errors}"


def kill_at_file(terminal: Terminal, count: int, *arguments: str) -> None:
    """Start a command that dies when so many files have their names, before the next gets its."""
    place = terminal.root / "dying"
    place.mkdir()
    (place / "sitecustomize.py").write_text(KILLED_AT_A_FILE.format(count=count))
    path = f"{place}{os.pathsep}{terminal.environment['PYTHONPATH']}"
    process = Terminal(terminal.simulator, terminal.root, {"PYTHONPATH": path}).start(*arguments)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == -9, f"the command was not killed: {errors}"


def truth(terminal: Terminal, email: str = ADMIN) -> dict[str, str]:
    [home] = [
        space["namespace_id"]
        for space in terminal.simulator.control.namespaces()
        if space["owner"] == email and space["kind"] == "team_member_folder"
    ]
    entries = terminal.simulator.control.truth(home)
    return {e["path_display"]: e["content_hash"] for e in entries if e["kind"] == "file"}


def exported(terminal: Terminal, name: str) -> dict[str, str]:
    """What the newest restore point has, read back whole."""
    target = terminal.root / name
    terminal.json("export", f"{ADMIN}:/", "--to", str(target))
    top = target / ADMIN
    return {
        f"/{path.relative_to(top)}": content_hash([path.read_bytes()])
        for path in top.rglob("*")
        if path.is_file()
    }


def test_a_killed_backup_goes_on_and_harms_nothing(terminal: Terminal) -> None:
    put_files(terminal, "first", 5, 1000)
    first = terminal.json("backup")
    before = truth(terminal)
    put_files(terminal, "many", FILES, FILE_BYTES)
    terminal.simulator.control.reset_metrics()
    for moment in (1, FILES // 3, FILES - 5):
        kill_at_call(terminal, DOWNLOAD, moment, "backup", "-q")
        assert [point["id"] for point in terminal.json("snapshots")] == [first["point"]]
    report = terminal.json("backup")
    assert (report["files"], report["problems"]) == (FILES + 5, [])
    # What was in packs that the repository holds is never fetched again; a kill costs at most
    # the packs being filled and written, and what was on its way.
    allowed = 3 * (PACKS_BYTES // FILE_BYTES + UNDER_WAY)
    assert calls(terminal, DOWNLOAD) <= FILES + allowed
    assert exported(terminal, "newest") == truth(terminal)
    oldest = terminal.json("ls", "-R", f"{ADMIN}@{first['point']}:/")
    assert {item["path"] for item in oldest if item["kind"] == "file"} == set(before)


def test_a_backup_killed_after_its_last_download_fetches_almost_nothing_again(
    terminal: Terminal,
) -> None:
    put_files(terminal, "many", 400, FILE_BYTES)
    kill_at_call(terminal, DOWNLOAD, 390, "backup", "-q")
    already = calls(terminal, DOWNLOAD)
    terminal.json("backup")
    assert calls(terminal, DOWNLOAD) - already <= PACKS_BYTES // FILE_BYTES + UNDER_WAY
    assert exported(terminal, "newest") == truth(terminal)


def test_a_killed_restore_goes_on_where_it_was(terminal: Terminal) -> None:
    control = terminal.simulator.control
    control.edit({"op": "add_member", "email": BOB, "given_name": "Bob", "surname": "B"})
    put_files(terminal, "large", 5, 9 << 20)
    terminal.json("backup")
    control.reset_metrics()
    arguments = ("restore", f"{ADMIN}:/", "--to", BOB, "--mode", "in-place", "--yes", "-q")
    kill_at_call(terminal, FINISH, 3, *arguments)
    result = terminal.json(*arguments)
    assert result["plan"]["is_resumed"]
    assert (result["failed"], result["renamed"]) == ([], [])
    assert calls(terminal, FINISH) <= 5 + 1  # the one whose answer the kill swallowed
    assert truth(terminal, BOB) == truth(terminal)


def test_a_killed_export_goes_on_where_it_was(terminal: Terminal) -> None:
    put_files(terminal, "many", FILES, FILE_BYTES)
    terminal.json("backup")
    target = terminal.root / "newest"
    kill_at_file(terminal, FILES // 4, "export", f"{ADMIN}:/", "--to", str(target), "-q")
    complete = len(list(target.rglob("*.bin")))
    assert complete == FILES // 4
    result = terminal.json("export", f"{ADMIN}:/", "--to", str(target))
    assert result["skipped"] >= complete - 1
    assert result["skipped"] + result["files"] == FILES
    assert exported(terminal, "newest") == truth(terminal)
