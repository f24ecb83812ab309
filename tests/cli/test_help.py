"""The list of commands is right and quick."""

import subprocess
import sys
from importlib import import_module

import pytest
from dropally.cli.main import COMMANDS


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_summary_is_what_the_command_says_of_itself(name: str) -> None:
    command = COMMANDS[name]
    documented = getattr(import_module(f"dropally.cli.{command.module}"), command.name).__doc__
    assert documented.strip().splitlines()[0] == command.summary


def test_help_loads_neither_the_sdk_nor_the_simulator() -> None:
    code = (
        "import sys; sys.argv = ['dropally', '--help']\n"
        "from dropally.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "loaded = {'dropbox', 'fpdf', 'requests', 'obstore'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in COMMANDS:
        assert name in done.stdout
