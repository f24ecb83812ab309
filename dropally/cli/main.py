"""The `dropally` command: which commands there are, and what an error becomes."""

import sys

import typer

from dropally import __version__
from dropally.cli.audit import audit_app
from dropally.cli.backup import backup
from dropally.cli.browse import cat, diff, ls, snapshots, versions
from dropally.cli.demo import demo
from dropally.cli.exits import report_error
from dropally.cli.export import export
from dropally.cli.restore import restore
from dropally.cli.setup import connect, init
from dropally.cli.simulator import simulator_app
from dropally.cli.user import user_app
from dropally.common.errors import DropallyError
from dropally.store import StoreError

application = typer.Typer(
    name="dropally",
    help="Backs up a Dropbox Business team into your own encrypted repository, and restores it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (init, connect, backup, snapshots, ls, versions, diff, cat, restore, export, demo):
    application.command()(command)
application.add_typer(simulator_app, name="simulator")
application.add_typer(user_app, name="user")
application.add_typer(audit_app, name="audit")


@application.command()
def version() -> None:
    """Print the version."""
    sys.stdout.write(f"dropally {__version__}\n")


def main() -> None:
    """Run a command and leave with its exit code; errors say cause and next step, no traceback."""
    as_json = "--json" in sys.argv
    try:
        application()
    except (DropallyError, StoreError) as error:
        sys.exit(report_error(error, as_json=as_json))
    except KeyboardInterrupt:
        sys.stderr.write("dropally: stopped\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone, as with `| head`; nothing is left to say.
        sys.stderr.close()
        sys.exit(1)
