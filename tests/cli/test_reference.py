"""Completion and the reference page know every command."""

import shutil
import subprocess
from pathlib import Path

import pytest
from dropally.cli.completion import completion_script
from dropally.cli.reference import reference
from dropally.cli.tree import CommandNode, command_tree

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


@pytest.fixture(scope="module")
def nodes() -> list[CommandNode]:
    return command_tree()


def test_the_page_lists_every_command_as_it_is(nodes: list[CommandNode]) -> None:
    assert reference(nodes) in PAGE.read_text(encoding="utf-8"), (
        "run: python -m dropally.cli.reference docs/commands.md"
    )


def test_every_command_says_what_it_does(nodes: list[CommandNode]) -> None:
    for node in nodes:
        assert node.help.endswith((".", "once.")), node.path


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (("ta",), "task"),
        (("task", "re"), "rename resume retention-preview retain"),
        (("task", "set", "X", "--ho"), "--hour"),
        (("restore", "--mo"), "--mode"),
        (("completion", ""), ""),
    ],
    ids=["group", "command", "option", "single", "files"],
)
def test_bash_completes(
    nodes: list[CommandNode], tmp_path: Path, typed: tuple[str, ...], offered: str
) -> None:
    script = tmp_path / "dropally.bash"
    script.write_text(completion_script("bash", nodes))
    words = " ".join(f"'{word}'" for word in ("dropally", *typed))
    done = subprocess.run(
        [
            "bash",
            "-c",
            f'source {script}; COMP_WORDS=({words}); COMP_CWORD={len(typed)}; _dropally; echo "${{COMPREPLY[*]}}"',
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_are_right_in_the_shells_that_are_here(
    nodes: list[CommandNode], tmp_path: Path, shell: str
) -> None:
    script = completion_script(shell, nodes)
    assert "next-runs" in script
    if shutil.which(shell) is not None:
        path = tmp_path / "script"
        path.write_text(script)
        subprocess.run([shell, "-n", str(path)], check=True)
