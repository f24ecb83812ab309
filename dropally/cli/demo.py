"""`dropally demo`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dropally.cli.exits import FAILED, OK
from dropally.cli.options import JsonFlag
from dropally.cli.screen import Screen


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Stop at the end, without keeping the team running.")
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="Keep everything there; a temporary folder if left out."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Back up, change, lose and restore a simulated team.

    Needs no Dropbox account; everything is compared with what the simulator says is true. Exit code 0 only if everything that was restored matches.
    """
    # Only here: the simulator's document makers would cost every other command half a second.
    from dropally.cli.demo_story import run_demo  # noqa: PLC0415

    # Nobody presses Enter in a pipeline.
    is_watched = not once and not as_json and sys.stdin.isatty()
    figures = run_demo(Screen(as_json=as_json, shows_notes=False), folder, wait_at_end=is_watched)
    raise typer.Exit(OK if figures["mismatches"] == 0 else FAILED)
