"""`dropally user set-role`, and what `dropally user` does on another machine."""

from typing import Annotated, Any

import typer

from dropally.cli.api.cells import Column, table_rows
from dropally.cli.api.client import ApiClient
from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption, asking
from dropally.cli.api.names import id_of
from dropally.cli.options import ConfigOption, JsonFlag
from dropally.cli.screen import Screen
from dropally.common.errors import NotFoundError

USER_COLUMNS = (
    Column("E-mail", "user.email"),
    Column("Name", "user.name"),
    Column("Role", "user.role"),
    Column("State", "user.state"),
    Column("2FA", "user.has_second_factor"),
    Column("Last sign-in", "user.last_sign_in", "time"),
    Column("Locked until", "locked_until", "time"),
)


def set_role(
    user: Annotated[str, typer.Argument(help="Their address, name or id.")],
    role: Annotated[
        str,
        typer.Option(
            "--role",
            help="administrator, backup_operator, recovery_operator, help_desk, auditor, viewer or"
            " billing; as it was if left out.",
        ),
    ] = "",
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="For everything there is.")
    ] = False,
    task: Annotated[
        list[str] | None, typer.Option("--task", help="Only for these tasks, not as before.")
    ] = None,
    entity: Annotated[
        list[str] | None,
        typer.Option("--entity", help="Only for these members and folders, not as before."),
    ] = None,
    grant: Annotated[
        list[str] | None, typer.Option("--grant", help="A permission added to the role.")
    ] = None,
    deny: Annotated[
        list[str] | None, typer.Option("--deny", help="A permission taken from the role.")
    ] = None,
    no_exceptions: Annotated[
        bool, typer.Option("--no-exceptions", help="Begin without added or taken permissions.")
    ] = False,
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Change what somebody may do, and where; what is left out stays as it is."""
    screen = Screen(as_json=as_json)
    with asking(url, token, trust, config) as api:
        now = find_user(api, user)["user"]
        before = ([], []) if no_exceptions else (now["granted"], now["denied"])
        granted = {*before[0], *(grant or ())} - {*(deny or ())}
        denied = {*before[1], *(deny or ())} - {*(grant or ())}
        rights = {
            "role": role or now["role"],
            "reach": _reach(api, now["reach"], everywhere, task or [], entity or []),
            "granted": sorted(granted),
            "denied": sorted(denied),
        }
        answer = api.ask("PATCH", f"/users/{now['id']}", body={"rights": rights})
    screen.say(f"{answer['email']} is {answer['role']} now.")
    screen.result(answer)


def _reach(
    api: ApiClient, now: Any, everywhere: bool, tasks: list[str], entities: list[str]
) -> Any:
    if not (everywhere or tasks or entities):
        return now
    return {
        "everywhere": everywhere,
        "tasks": [id_of(api, "task", one) for one in tasks],
        "entities": [id_of(api, "entity", one) for one in entities],
    }


def find_user(api: ApiClient, typed: str) -> Any:
    """The row of somebody. Raises NotFoundError with the nearest names."""
    user_id = id_of(api, "user", typed)
    for row in api.pages("/users"):
        if row["user"]["id"] == user_id:
            return row
    raise NotFoundError(f"nobody has the id {user_id}", hint="dropally user list shows everybody")


def show_users(api: ApiClient, screen: Screen) -> None:
    """Every console user, as the server knows them."""
    rows = list(api.pages("/users"))
    screen.table([one.title for one in USER_COLUMNS], table_rows(USER_COLUMNS, rows))
    screen.result(rows)


def unlock_user(api: ApiClient, screen: Screen, typed: str) -> None:
    """Let somebody try again."""
    answer = api.ask("POST", f"/users/{id_of(api, 'user', typed)}/unlocking")
    screen.say(f"{answer['email']} can sign in again.")
    screen.result(answer)


def reset_second_factor(api: ApiClient, screen: Screen, typed: str) -> None:
    """Take a lost second factor away."""
    answer = api.ask("POST", f"/users/{id_of(api, 'user', typed)}/second-factor-reset")
    screen.say(f"{answer['email']} signs in with the password alone now.")
    screen.result(answer)
