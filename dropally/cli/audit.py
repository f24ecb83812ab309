"""`dropally audit`: look through the security audit, take it elsewhere, prove it is whole.

Without --url it works on the database itself, also while no server runs or nobody can sign in.
"""

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
import typer

from dropally.auth import audit_reading
from dropally.auth.audit import Activity
from dropally.auth.audit_reading import AuditQuery
from dropally.cli.api.cells import Column, table_rows
from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption, asked_for
from dropally.cli.host import opened_host
from dropally.cli.options import ConfigOption, JsonFlag
from dropally.cli.screen import Screen
from dropally.common.errors import UsageError

audit_app = typer.Typer(help="The security audit: what people did.", no_args_is_help=True)
_COLUMNS = (
    Column("Row", "seq"),
    Column("Date", "at", "time"),
    Column("User activity", "label"),
    Column("Status", "status"),
    Column("Performed by", "performed_by"),
    Column("Description", "description"),
    Column("Address", "address"),
)
FromOption = Annotated[str, typer.Option("--from", help="From this day or time on (UTC).")]
ToOption = Annotated[str, typer.Option("--to", help="Before this day or time (UTC).")]
ActivityOption = Annotated[
    str, typer.Option("--activity", help="Only this kind (see: dropally audit activities).")
]
StatusOption = Annotated[str, typer.Option("--status", help="succeeded, failed or denied.")]
UserOption = Annotated[str, typer.Option("--user", help="Only by the person with this id.")]
FilterOption = Annotated[str, typer.Option("--filter", help="Only with these words.")]


@audit_app.command("list")
def list_entries(
    start: FromOption = "",
    end: ToOption = "",
    activity: ActivityOption = "",
    status: StatusOption = "",
    user: UserOption = "",
    text: FilterOption = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500)] = 50,
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what people did, the newest first."""
    wanted = _filters(start, end, activity, status, user, text)
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            rows = list(api.pages("/audit", wanted, limit))
        else:
            with opened_host(config) as host:
                entries = audit_reading.list_entries(
                    host.ctx, host.operator, _query(wanted), limit=limit
                )
            rows = msgspec.json.decode(msgspec.json.encode(entries))
    screen = Screen(as_json=as_json)
    if rows:
        screen.table([one.title for one in _COLUMNS], table_rows(_COLUMNS, rows))
    else:
        screen.say("No event matches.")
    screen.result(rows)


@audit_app.command()
def export(
    form: Annotated[Literal["csv", "jsonl"], typer.Option("--format")] = "csv",
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin with a mark that Excel needs to see UTF-8.")
    ] = False,
    start: FromOption = "",
    end: ToOption = "",
    activity: ActivityOption = "",
    status: StatusOption = "",
    user: UserOption = "",
    text: FilterOption = "",
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
) -> None:
    """Write rows to stdout, the oldest first."""
    wanted = _filters(start, end, activity, status, user, text)
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            query = {**wanted, "form": form, "bom": bom}
            with api.stream("/audit/export", query=query) as answer:
                _write(answer.iter_bytes())
            return
    with opened_host(config) as host:
        _write(audit_reading.export(host.ctx, host.operator, _query(wanted), form, bom=bom))


@audit_app.command()
def verify(
    noted: Annotated[
        str, typer.Option("--noted", help="SEQ:HASH that an earlier run printed.")
    ] = "",
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Check that no row was changed, removed or slipped in. Exit code 1 names the first bad row."""
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            answer = api.ask("GET", "/audit/proof", query={"noted": noted})
        else:
            with opened_host(config) as host:
                proof = audit_reading.verify(host.ctx, host.operator, noted)
            answer = {
                "rows": proof.rows,
                "first_seq": proof.first_seq,
                "last_seq": proof.last_seq,
                "noted": proof.noted,
            }
    screen = Screen(as_json=as_json)
    screen.say(f"{answer['rows']} rows, whole and in order.")
    screen.say(f"Note this somewhere else, for --noted next time: {answer['noted']}")
    screen.result(answer)


def _filters(
    start: str, end: str, activity: str, status: str, user: str, text: str
) -> dict[str, str]:
    """As the API takes them."""
    return {
        "start": _moment(start),
        "end": _moment(end),
        "activity": activity,
        "status": status,
        "user": user,
        "q": text,
    }


def _moment(typed: str) -> str:
    if not typed:
        return ""
    try:
        found = datetime.fromisoformat(typed)
    except ValueError as error:
        raise UsageError(
            f"{typed!r} is no day or time", hint="write 2026-11-01 or 2026-11-01T08:00:00Z"
        ) from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()


def _query(wanted: Mapping[str, str]) -> AuditQuery:
    renamed = {"user": "actor_id", "q": "text"}
    given: dict[str, Any] = {renamed.get(key, key): text for key, text in wanted.items() if text}
    try:
        return msgspec.convert(given, AuditQuery, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"the audit has no such rows: {error}", hint=f"activities: {', '.join(Activity)}"
        ) from error


def _write(pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
