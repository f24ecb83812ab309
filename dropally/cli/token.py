"""`dropally token create`: an API token for a program, made on the appliance's own machine."""

from typing import Annotated

import typer

from dropally.auth import rescue
from dropally.auth.api_tokens import DEFAULT_DAYS
from dropally.auth.verbs import SUBJECT_OF, Verb
from dropally.cli.host import opened_host
from dropally.cli.options import ConfigOption, JsonFlag
from dropally.cli.screen import Screen
from dropally.common.errors import UsageError
from dropally.common.text import format_time

token_app = typer.Typer(help="API tokens.", no_args_is_help=True)


@token_app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    owner: Annotated[
        str,
        typer.Option("--for", help="The address of the person whose rights it has at most."),
    ],
    permission: Annotated[
        list[str] | None,
        typer.Option(help="Only this; repeat it. Left out: all that are not sensitive."),
    ] = None,
    days: Annotated[int, typer.Option(help="How long it works.")] = DEFAULT_DAYS,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Make an API token for somebody; its secret is shown once.

    On the appliance's own machine only; elsewhere people make theirs in the console.
    """
    verbs = _verbs(permission) if permission else None
    with opened_host(config) as host:
        made = rescue.create_token(host.ctx, host.operator, owner, name, verbs=verbs, days=days)
    screen = Screen(as_json=as_json)
    screen.say("The token, shown only now:")
    screen.say()
    screen.say(f"    {made.secret}")
    screen.say()
    screen.say(f"It works until {format_time(made.view.expires)}.")
    screen.result({"token": made.view, "secret": str(made.secret)})


def _verbs(typed: list[str]) -> frozenset[Verb]:
    known = {str(verb) for verb in Verb if SUBJECT_OF[verb] != "self"}
    if unknown := sorted(set(typed) - known):
        raise UsageError(
            f"no permission is called {', '.join(unknown)}",
            hint=f"there are: {', '.join(sorted(known))}",
        )
    return frozenset(Verb(one) for one in typed)
