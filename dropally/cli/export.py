"""`dropally export`."""

from pathlib import Path
from typing import Annotated

import typer

from dropally.cli.api import restoring
from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption, asked_for
from dropally.cli.exits import OK, PARTIAL
from dropally.cli.options import (
    ConfigOption,
    JsonFlag,
    QuietFlag,
    StorageOption,
    TaskOption,
    open_session,
)
from dropally.cli.screen import Screen
from dropally.common.errors import UsageError
from dropally.common.text import format_bytes
from dropally.jobs import export as export_job
from dropally.jobs.address import parse_address

_SHOWN_PROBLEMS = 20


def export(
    to: Annotated[Path, typer.Option("--to", help="The folder to write to.", show_default=False)],
    addresses: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ENTITY[@DATE]:/PATH...", help="What to export.", show_default=False
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every member and folder of a restore point.")
    ] = False,
    date: Annotated[
        str, typer.Option("--date", help="With --all: which restore point.")
    ] = "latest",
    portable: Annotated[
        bool, typer.Option("--portable", help="Only names that Windows takes, too.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read back files that an earlier run wrote.")
    ] = False,
    config: ConfigOption = None,
    storage: StorageOption = "",
    task: TaskOption = "",
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Write files of a restore point to a disk.

    Each is checked as it is written. Nothing that exists is overwritten. Run it again after an interruption: it goes on.
    """
    if bool(addresses) == everything:
        raise UsageError("nothing to export is named", hint="name ENTITY:/path, or say --all")
    for address in addresses or []:
        parse_address(address)
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            if portable or verify:
                raise UsageError(
                    "a server sends a zip: --portable and --verify are for export to a disk",
                    hint="leave them out, or run the command on the appliance without --url",
                )
            screen = Screen(as_json=as_json, quiet=quiet)
            restoring.export(api, screen, addresses or [], task, date if everything else "", to)
            return
    session = open_session(config, storage, task=task, as_json=as_json, quiet=quiet)
    handle = session.app.repository_handle()
    with session.app.open_repository() as repository:
        group = session.app.group(repository)
    work = export_job.ExportWork(
        repository=handle,
        group=group,
        target=to,
        addresses=tuple(addresses or ()),
        everything=everything,
        date=date,
        portable=portable,
        verify=verify,
    )
    with session.job() as context:
        result = export_job.run(context, work)
    screen = session.screen
    screen.say(
        f"Exported {result.files:,} files, {format_bytes(result.bytes)}, to {to}"
        f" ({result.skipped:,} were there already)"
    )
    if result.renamed:
        screen.say(f"{len(result.renamed)} names had to change: see {to}/dropally-renamed.tsv")
    for problem in result.problems[:_SHOWN_PROBLEMS]:
        screen.problem(f"Not exported: {problem.path}: {problem.reason}")
    screen.result(
        {
            "files": result.files,
            "folders": result.folders,
            "bytes": result.bytes,
            "skipped": result.skipped,
            "problems": [{"path": p.path, "reason": p.reason} for p in result.problems],
            "renamed": [{"path": r.path, "exported_as": r.exported_as} for r in result.renamed],
        }
    )
    raise typer.Exit(PARTIAL if result.problems else OK)
