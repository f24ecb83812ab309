"""kill -9 of the running appliance under load; `python -m bench.serve_kill` does it a hundred times."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_by_kills_under_load() -> None:
    # At a short path: a socket's has 107 bytes at most.
    with tempfile.TemporaryDirectory(prefix="d-") as folder:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "bench.serve_kill",
                f"{folder}/run",
                "--kills",
                "3",
                "--seed",
                "3",
            ],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kills: 3" in done.stdout
