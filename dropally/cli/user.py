"""`dropally user`: the way back in for whoever has a shell on the appliance's machine."""

from typing import Annotated

import typer

from dropally.auth import rescue
from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption, asked_for
from dropally.cli.api.people import reset_second_factor, show_users, unlock_user
from dropally.cli.host import opened_host
from dropally.cli.options import ConfigOption, JsonFlag
from dropally.cli.screen import Screen
from dropally.common.text import format_time

user_app = typer.Typer(
    help="Console users. Without --url, list, unlock, reset-password and disable-2fa work straight"
    " on the database: also while nobody can sign in.",
    no_args_is_help=True,
)
EmailArgument = Annotated[str, typer.Argument(help="The e-mail address of the console user.")]


@user_app.command("list")
def list_users(
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Show every console user, and who is locked out."""
    screen = Screen(as_json=as_json)
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            show_users(api, screen)
            return
    with opened_host(config) as host:
        listed = rescue.list_users(host.ctx, host.operator)
    screen.table(
        ("E-mail", "Name", "Role", "State", "2FA", "Last sign-in", "Locked until"),
        [
            (
                one.user.email,
                one.user.name,
                one.user.role,
                one.user.state,
                "on" if one.user.has_second_factor else "off",
                format_time(one.user.last_sign_in) if one.user.last_sign_in else "never",
                format_time(one.locked_until) if one.locked_until else "",
            )
            for one in listed
        ],
    )
    screen.result(listed)


@user_app.command("reset-password")
def reset_password(
    email: EmailArgument, config: ConfigOption = None, as_json: JsonFlag = False
) -> None:
    """Print a temporary password, once; it has to be changed at the next sign-in.

    On the appliance's own machine only. From elsewhere: dropally user reset-link.
    """
    with opened_host(config) as host:
        password = rescue.reset_password(host.ctx, host.operator, email)
    screen = Screen(as_json=as_json)
    screen.say(f"Temporary password of {email}, shown only now:")
    screen.say()
    screen.say(f"    {password}")
    screen.say()
    screen.say(
        "Their sessions have ended. The console asks for a new password at the next sign-in."
    )
    screen.result({"email": email, "temporary_password": str(password)})


@user_app.command()
def unlock(
    email: EmailArgument,
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Let somebody try again who was locked out after too many wrong passwords or codes."""
    screen = Screen(as_json=as_json)
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            unlock_user(api, screen, email)
            return
    with opened_host(config) as host:
        was_held_up = rescue.unlock(host.ctx, host.operator, email)
    screen.say(f"{email} can sign in again." if was_held_up else f"{email} was not locked out.")
    screen.result({"email": email, "was_locked": was_held_up})


@user_app.command("disable-2fa")
def disable_2fa(
    email: EmailArgument,
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Take a lost second factor away, with its recovery codes; their sessions end."""
    screen = Screen(as_json=as_json)
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            reset_second_factor(api, screen, email)
            return
    with opened_host(config) as host:
        rescue.disable_second_factor(host.ctx, host.operator, email)
    screen.say(f"{email} signs in with the password alone now; set up a new second factor soon.")
    screen.result({"email": email, "second_factor": "off"})
