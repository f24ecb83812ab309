"""What is installed carries the console, and needs no Node.js for it."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).parents[2]
_BUILT = _REPOSITORY / "dropally" / "_web"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The files that a wheel is made of, the built console among them."""
    if not (_BUILT / "index.html").exists():
        pytest.skip("the console is not built: run make web")
    copy = tmp_path / "sources"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(_REPOSITORY / name, copy)
    for name in ("dropally", "packaging"):
        shutil.copytree(
            _REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    return copy


def test_a_wheel_made_without_node_carries_the_console(sources: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PATH": str(tmp_path / "nothing")}
    made = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=sources,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    [wheel] = tmp_path.glob("dropally-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "dropally/_web/index.html" in names
    assert any(name.startswith("dropally/_web/assets/index-") for name in names)
    assert not any("node_modules" in name for name in names)
