"""`dropally connection connect`: the two steps of linking a team, in one."""

import sys
from typing import Annotated, Literal

import typer

from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption, asking
from dropally.cli.api.names import id_of
from dropally.cli.options import ConfigOption, JsonFlag
from dropally.cli.screen import Screen
from dropally.common.errors import UsageError


def connect(
    purpose: Annotated[
        Literal["backup", "restore"],
        typer.Option("--for", help="Ask Dropbox for reading only, or for writing too."),
    ] = "backup",
    reconnect: Annotated[
        str, typer.Option("--reconnect", help="Connect this team again: its name or id.")
    ] = "",
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Connect a Dropbox team: open the address that is printed, and paste the code it shows.

    For scripts, in two steps: dropally connection authorize, and finish.
    """
    screen = Screen(as_json=as_json)
    with asking(url, token, trust, config) as api:
        wish = {"purpose": purpose, "mode": "code"}
        if reconnect:
            wish["connection_id"] = id_of(api, "connection", reconnect)
        started = api.ask("POST", "/connections/authorize", body=wish)
        # To stderr: with --json, stdout belongs to the answer.
        sys.stderr.write(
            f"Open this page as a team admin and allow Dropally:\n\n  {started['url']}\n\n"
            "Paste the code that the page shows: "
        )
        sys.stderr.flush()
        code = sys.stdin.readline().strip()
        if not code:
            raise UsageError("no code was pasted", hint="run the command again")
        pasted = {"link_id": started["id"], "code": code}
        answer = api.ask("POST", "/connections/exchange-code", body=pasted)
    screen.say(f"Connected: {answer['team_name']}. Next: dropally task add NAME")
    screen.result(answer)
