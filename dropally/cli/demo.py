"""`dropally demo`."""

from pathlib import Path
from typing import Annotated

import typer

from dropally.cli.exits import FAILED, OK
from dropally.cli.options import JsonFlag
from dropally.cli.screen import Screen


def demo(
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="Only back up, lose and restore the team, compare every byte, and end."
        ),
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            help="Keep everything there, to go on with the next time; a temporary folder if left out.",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", help="Of the console; 8480 or a free one if left out."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Open the appliance on a simulated team with three months of history.

    Needs no Dropbox account and touches nothing outside of its folder. Ctrl-C ends it. With --once (or
    --json, which implies it) nobody is asked anything; exit code 0 only if all that was restored matches.
    """
    # Only here: the simulator's document makers would cost every other command half a second.
    if once or as_json:
        from dropally.cli.demo_story import run_demo  # noqa: PLC0415

        figures = run_demo(Screen(as_json=as_json, shows_notes=False), folder)
        raise typer.Exit(OK if figures["mismatches"] == 0 else FAILED)

    from dropally.cli.demo_console import open_demo  # noqa: PLC0415
    from dropally.cli.serve import leave  # noqa: PLC0415

    leave(open_demo(Screen(as_json=False, shows_notes=False), folder, port))
