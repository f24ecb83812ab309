"""A real directory as a member's home: shown as it is, read from the disk, never written."""

import os
from pathlib import Path
from typing import Any

import pytest
from dropally.common.errors import UsageError
from dropally.simulator import Simulator, start_simulator
from dropally.simulator.world.people import DOMAIN
from tests.simulator.sdk import loopback_session, user_client

OWNER = f"owner@{DOMAIN}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "shown"
    (root / "Döcs" / "empty").mkdir(parents=True)
    (root / "Döcs" / "a.txt").write_bytes(b"a")
    (root / "big.bin").write_bytes(os.urandom(5_000_000))
    (root / "link").symlink_to("big.bin")
    (root / "desktop.ini").write_bytes(b"not taken by Dropbox")
    os.mkfifo(root / "pipe")
    (root / os.fsdecode(b"not \xff text")).write_bytes(b"")
    os.utime(root / "big.bin", (1_600_000_000, 1_600_000_000))
    return root


def home_of(simulator: Simulator) -> dict[str, Any]:
    spaces = simulator.control.namespaces()
    home = next(one for one in spaces if one["kind"] == "team_member_folder")
    return {entry["path_lower"]: entry for entry in simulator.control.truth(home["namespace_id"])}


def test_a_directory_becomes_a_home(folder: Path) -> None:
    with start_simulator(team=f"folder:{folder}", strict=True) as simulator:
        shown = home_of(simulator)
        assert set(shown) == {"/döcs", "/döcs/a.txt", "/döcs/empty", "/big.bin", "/link"}
        assert shown["/link"]["symlink_target"] == "big.bin"
        assert shown["/big.bin"]["client_modified"] == "2020-09-13T12:26:40Z"
        token = simulator.control.mint_token("member", member=OWNER).access_token
        with loopback_session(simulator.http_url) as session:
            _, response = user_client(session, token).files_download("/big.bin")
            with response:
                assert response.content == (folder / "big.bin").read_bytes()


def test_a_rescan_follows_the_disk(folder: Path) -> None:
    with start_simulator(team=f"folder:{folder}", strict=True) as simulator:
        before = home_of(simulator)
        (folder / "Döcs" / "a.txt").write_bytes(b"longer")
        (folder / "Döcs" / "empty").rmdir()
        (folder / "Döcs" / "b.txt").write_bytes(b"b")
        (folder / "big.bin").unlink()
        (folder / "big.bin").mkdir()
        rescan = {"op": "rescan", "member": OWNER, "folder": str(folder)}
        assert simulator.control.edit(rescan) == [
            {"written": 2, "folders": 1, "deleted": 1, "skipped": 3}
        ]
        after = home_of(simulator)
        assert set(after) == {"/döcs", "/döcs/a.txt", "/döcs/b.txt", "/big.bin", "/link"}
        assert after["/döcs/a.txt"]["id"] == before["/döcs/a.txt"]["id"]
        assert after["/döcs/a.txt"]["rev"] != before["/döcs/a.txt"]["rev"]
        assert after["/big.bin"]["kind"] == "folder"
        unchanged = simulator.control.edit(rescan)[0]
        assert (unchanged["written"], unchanged["deleted"]) == (0, 0)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        start_simulator(team=f"folder:{tmp_path / 'no'}")
