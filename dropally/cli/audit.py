"""`dropally audit`: look through the security audit, take it elsewhere, prove it is whole."""

import sys
from typing import Annotated, Literal

import typer

from dropally.auth import audit_reading
from dropally.cli.host import opened_host
from dropally.cli.options import ConfigOption, JsonFlag
from dropally.cli.screen import Screen
from dropally.common.text import format_time

audit_app = typer.Typer(help="What people did: the security audit.", no_args_is_help=True)


@audit_app.command("list")
def list_entries(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500)] = 50,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the newest rows."""
    with opened_host(config) as host:
        entries = audit_reading.list_entries(
            host.ctx, host.operator, audit_reading.AuditQuery(), limit=limit
        )
    screen = Screen(as_json=as_json)
    screen.table(
        ("Row", "Date", "User activity", "Status", "Performed by", "Description"),
        [
            (
                str(entry.seq),
                format_time(entry.at),
                entry.label,
                entry.status,
                entry.performed_by,
                entry.description,
            )
            for entry in entries
        ],
    )
    screen.result(entries)


@audit_app.command()
def export(
    form: Annotated[Literal["csv", "jsonl"], typer.Option("--format")] = "csv",
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin with a mark that Excel needs to see UTF-8.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Write every row to stdout, the oldest first."""
    with opened_host(config) as host:
        for piece in audit_reading.export(
            host.ctx, host.operator, audit_reading.AuditQuery(), form, bom=bom
        ):
            sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


@audit_app.command()
def verify(
    noted: Annotated[
        str, typer.Option("--noted", help="SEQ:HASH that an earlier run printed.")
    ] = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Check that no row was changed, removed or slipped in. Exit code 1 names the first bad row."""
    with opened_host(config) as host:
        proof = audit_reading.verify(host.ctx, host.operator, noted)
    screen = Screen(as_json=as_json)
    screen.say(f"{proof.rows} rows, whole and in order.")
    screen.say(f"Note this somewhere else, for --noted next time: {proof.noted}")
    screen.result(
        {
            "rows": proof.rows,
            "first_seq": proof.first_seq,
            "last_seq": proof.last_seq,
            "noted": proof.noted,
        }
    )
