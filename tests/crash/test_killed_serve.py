"""kill -9 of the running appliance under load; `python -m bench.serve_kill` does it a hundred times."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_by_kills_under_load(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.serve_kill", str(tmp_path / "run")]
    done = subprocess.run(
        [*command, "--kills", "3", "--seed", "3"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kills: 3" in done.stdout
