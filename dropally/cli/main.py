"""The `dropally` command: every group of commands, and one place for errors."""

import sys

import typer

from dropally.cli.simulator import simulator_app
from dropally.common.errors import DropallyError

app = typer.Typer(
    name="dropally",
    help="Back up a Dropbox Business team to a repository of your own.",
    no_args_is_help=True,
)
app.add_typer(simulator_app)


@app.callback()
def root() -> None:
    """Keep groups of commands even while there is only one."""


def main() -> None:
    """Run a command; an error an admin may see becomes its message, its hint, and exit code 1."""
    try:
        app()
    except DropallyError as error:
        typer.echo(f"Error: {error.message}", err=True)
        if error.hint:
            typer.echo(error.hint, err=True)
        sys.exit(1)
