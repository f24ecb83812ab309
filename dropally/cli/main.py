"""The `dropally` command: which commands there are, and what an error becomes."""

import gc
import sys
from importlib import import_module
from typing import NamedTuple

import typer

from dropally import __version__


class Command(NamedTuple):
    """Where a command is, and what the list of commands says of it."""

    module: str
    name: str
    summary: str


COMMANDS = {
    "serve": Command("serve", "serve", "Run the appliance: API, schedules and jobs."),
    "init": Command(
        "setup", "init", "Make an empty encrypted repository and print its recovery code."
    ),
    "recover": Command(
        "recover", "recover", "Become a lost appliance again, from its repository alone."
    ),
    "undelete": Command(
        "undelete",
        "undelete",
        "Undo deletions in a versioned S3 bucket, whoever made them; what is newer stays.",
    ),
    "doctor": Command(
        "doctor", "doctor", "Look at everything the appliance needs, and name what is wrong."
    ),
    "connect": Command(
        "setup", "connect", "Link a Dropbox Business team; an admin allows it in the browser."
    ),
    "backup": Command("backup", "backup", "Back up the linked team and write a restore point."),
    "snapshots": Command("browse", "snapshots", "List the restore points."),
    "ls": Command("browse", "ls", "List a folder as it was."),
    "versions": Command("browse", "versions", "List the versions of a file."),
    "diff": Command("browse", "diff", "List what changed in a folder between two dates."),
    "cat": Command("browse", "cat", "Write a file's bytes to the standard output."),
    "restore": Command("restore", "restore", "Restore files and folders into Dropbox."),
    "export": Command("export", "export", "Write files of a restore point to a disk."),
    "demo": Command(
        "demo", "demo", "Open the appliance on a simulated team with three months of history."
    ),
    "completion": Command(
        "completion", "completion", "Print a script that completes commands and options in a shell."
    ),
    "version": Command("main", "version", "Print the version."),
}
# Their commands are described in `api.groups`, which loads them.
GROUPS = {
    "task": "Backup tasks: what is backed up, when, and whether it works.",
    "entity": "Members, team folders and shared folders that a task protects.",
    "connection": "The connected Dropbox teams.",
    "snapshot": "Restore points of a member or folder.",
    "hold": "Holds: restore points that must stay.",
    "erasure": "Items erased from all backups because the law asks for it, and their certificates.",
    "selection": "Files and folders picked for a restore or a download.",
    "download": "Prepared downloads.",
    "job": "Jobs: backups, restores, exports and upkeep.",
    "storage": "Storages and the repositories in them.",
    "key": "Keys and recovery codes of the repositories.",
    "user": "Console users; unlock, reset-password and disable-2fa work while nobody can sign in.",
    "token": "API tokens.",
    "session": "One's own sessions of the console.",
    "security": "The rules for people: passwords, second factor, sessions.",
    "audit": "The security audit: what people did.",
    "activity": "What the system did.",
    "organisation": "The organisation that the appliance is for.",
    "config": "The configuration: file, environment and what the console changed.",
    "mail": "Mails that were sent.",
    "self": "The appliance itself: health, self-backups, support bundle.",
    "events": "What happens, as it happens.",
    "simulator": "Run a simulated Dropbox Business team.",
}


def build_application(wanted: str) -> typer.Typer:
    """The command line, with the code of one command loaded.

    The Dropbox SDK and the simulator take a second to import, which `--help` and a wrong command
    need not pay.
    """
    application = typer.Typer(
        name="dropally",
        help="Backs up a Dropbox Business team into your own encrypted repository, and restores it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for name, command in COMMANDS.items():
        if name == wanted:
            module = import_module(f"dropally.cli.{command.module}")
            application.command(name)(getattr(module, command.name))
        else:
            application.command(name, help=command.summary)(_not_loaded)
    for name, summary in GROUPS.items():
        if name == wanted:
            module = import_module("dropally.cli.api.groups")
            application.add_typer(module.group_of(name, summary), name=name)
        else:
            application.command(name, help=summary)(_not_loaded)
    return application


def _not_loaded() -> None:
    """Stands for a command in the list of commands."""
    raise AssertionError("only the command that was asked for is run, and that one is loaded")


def version() -> None:
    """Print the version."""
    sys.stdout.write(f"dropally {__version__}\n")


def main() -> None:
    """Run a command and leave with its exit code; errors say cause and next step, no traceback."""
    wanted = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    gc.disable()  # what is loaded stays; to look for garbage in it again and again takes a fifth
    application = build_application(wanted)
    gc.enable()
    # What a command raises is known by the time it has run; before that, it costs nothing.
    try:
        application()
    except KeyboardInterrupt:
        sys.stderr.write("dropally: stopped\n")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone, as with `| head`; nothing is left to say.
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        from dropally.cli.exits import report_error  # noqa: PLC0415  brings the store with it

        code = report_error(error, as_json="--json" in sys.argv)
        if code is None:
            raise
        sys.exit(code)
