"""`dropally demo --once --json`: the figures a script reads, and the exit code it trusts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_demo_restores_everything(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dropally", "demo", "--once", "--json", "--folder", tmp_path / "d"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert set(figures) == {
        "files",
        "bytes",
        "seconds",
        "dropbox_calls",
        "stored_bytes",
        "restored_files",
        "mismatches",
    }
    assert figures["mismatches"] == 0
    assert figures["restored_files"] > figures["files"] > 1000
    assert 0 < figures["stored_bytes"] < figures["bytes"]
