"""kill -9 of real `dropally` processes: what was finished is kept, and the next run goes on."""

import time
from collections.abc import Callable, Iterator
from functools import partial
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


def downloaded(terminal: Terminal, count: int) -> bool:
    return calls(terminal, "files/download") >= count


def kill_when(terminal: Terminal, is_time: Callable[[], bool], *arguments: str) -> None:
    """Start a command and kill it, with no chance to tidy up, at a chosen moment."""
    process = terminal.start(*arguments)
    try:
        while not is_time():
            if process.poll() is not None:
                break
            time.sleep(0.005)
    finally:
        process.kill()
        _, errors = process.communicate()
    assert process.returncode == -9, f"the command ended before it was killed: {errors}"


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
    control = terminal.simulator.control
    control.set_faults({"action": "delay", "route": "files/download", "args": {"seconds": 0.01}})
    control.reset_metrics()
    for moment in (1, FILES // 3, FILES - 5):
        kill_when(terminal, partial(downloaded, terminal, moment), "backup", "-q")
        assert [point["id"] for point in terminal.json("snapshots")] == [first["point"]]
    control.clear_faults()
    report = terminal.json("backup")
    assert (report["files"], report["problems"]) == (FILES + 5, [])
    # What was in packs that the repository holds is never fetched again; a kill costs at most
    # the packs being filled and written, and what was on its way.
    allowed = 3 * (PACKS_BYTES // FILE_BYTES + UNDER_WAY)
    assert calls(terminal, "files/download") <= FILES + allowed
    assert exported(terminal, "newest") == truth(terminal)
    oldest = terminal.json("ls", "-R", f"{ADMIN}@{first['point']}:/")
    assert {item["path"] for item in oldest if item["kind"] == "file"} == set(before)


def test_a_backup_killed_after_its_last_download_fetches_almost_nothing_again(
    terminal: Terminal,
) -> None:
    put_files(terminal, "many", 400, FILE_BYTES)
    kill_when(terminal, partial(downloaded, terminal, 390), "backup", "-q")
    already = calls(terminal, "files/download")
    terminal.json("backup")
    assert calls(terminal, "files/download") - already <= PACKS_BYTES // FILE_BYTES + UNDER_WAY
    assert exported(terminal, "newest") == truth(terminal)


def test_a_killed_restore_goes_on_where_it_was(terminal: Terminal) -> None:
    control = terminal.simulator.control
    control.edit({"op": "add_member", "email": BOB, "given_name": "Bob", "surname": "B"})
    put_files(terminal, "large", 5, 9 << 20)
    terminal.json("backup")
    control.reset_metrics()
    control.set_faults(
        {"action": "delay", "route": "files/upload_session/*", "args": {"seconds": 0.1}}
    )
    finish = "files/upload_session/finish_batch_v2"
    arguments = ("restore", f"{ADMIN}:/", "--to", BOB, "--mode", "in-place", "--yes", "-q")
    kill_when(terminal, lambda: calls(terminal, finish) >= 3, *arguments)
    control.clear_faults()
    result = terminal.json(*arguments)
    assert result["plan"]["is_resumed"]
    assert (result["failed"], result["renamed"]) == ([], [])
    assert calls(terminal, finish) <= 5 + 1  # the one whose answer the kill swallowed
    assert truth(terminal, BOB) == truth(terminal)


def test_a_killed_export_goes_on_where_it_was(terminal: Terminal) -> None:
    put_files(terminal, "many", FILES, FILE_BYTES)
    terminal.json("backup")
    target = terminal.root / "newest"

    def is_time() -> bool:
        return len(list(target.rglob("*.bin"))) >= FILES // 4

    kill_when(terminal, is_time, "export", f"{ADMIN}:/", "--to", str(target), "-q")
    complete = len(list(target.rglob("*.bin")))
    result = terminal.json("export", f"{ADMIN}:/", "--to", str(target))
    assert result["skipped"] >= complete - 1
    assert result["skipped"] + result["files"] == FILES
    assert exported(terminal, "newest") == truth(terminal)
