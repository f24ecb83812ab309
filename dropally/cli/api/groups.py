"""The groups of commands: rows of tables and hand-written ones, loaded when one is asked for."""

from dataclasses import dataclass
from importlib import import_module

import typer

from dropally.cli.api import people_commands, protection_commands, recovery_commands, work_commands
from dropally.cli.api.command import ApiCommand
from dropally.cli.api.signatures import function_of

TABLE: tuple[ApiCommand, ...] = (
    *protection_commands.COMMANDS,
    *recovery_commands.COMMANDS,
    *work_commands.COMMANDS,
    *people_commands.COMMANDS,
)
_OWN_MODULES = {
    "user": ("user", "user_app"),
    "audit": ("audit", "audit_app"),
    "config": ("config", "config_app"),
    "token": ("token", "token_app"),
    "simulator": ("simulator", "simulator_app"),
}


@dataclass(frozen=True)
class Written:
    """A hand-written command and the operations it asks for; `group` "" is the command itself."""

    group: str
    name: str
    module: str
    function: str
    operations: tuple[str, ...]


# Also those of groups that have a module of their own, for whoever compares commands with the API.
WRITTEN = (
    Written("connection", "connect", "api.connecting", "connect", ("authorize_connection", "exchange_code")),
    Written("job", "watch", "api.work", "watch", ("get_job",)),
    Written("events", "watch", "api.work", "watch_events", ("stream_events",)),
    Written("selection", "add", "api.picking", "add", ("change_selection",)),
    Written("selection", "remove", "api.picking", "remove", ("change_selection",)),
    Written("selection", "clear", "api.picking", "clear", ("change_selection",)),
    Written(
        "download", "fetch", "api.picking", "fetch",
        ("create_download_link", "open_download", "fetch_download"),
    ),
    Written("storage", "adopt", "api.settings", "adopt_repository", ("adopt_repository",)),
    Written("storage", "seed", "seed", "seed", ()),
    Written("key", "status", "api.settings", "key_status", ("list_storages", "get_storage")),
    Written("key", "confirm", "api.settings", "confirm_key", ("confirm_recovery_code",)),
    Written("key", "add", "api.keys", "add_key", ("add_key",)),
    Written("key", "rotate", "api.keys", "rotate", ("rotate_keys",)),
    Written("key", "kit", "api.settings", "write_kit", ("make_recovery_kit",)),
    Written("security", "set", "api.settings", "set_policy", ("change_security_policy",)),
    Written("config", "set", "api.settings", "set_values", ("change_settings",)),
    Written("config", "show", "config", "show", ("list_settings",)),
    Written("user", "set-role", "api.people", "set_role", ("change_user", "list_users")),
    Written("user", "list", "user", "list_users", ("list_users",)),
    Written("user", "unlock", "user", "unlock", ("unlock_user",)),
    Written("user", "disable-2fa", "user", "disable_2fa", ("reset_second_factor",)),
    Written("audit", "list", "audit", "list_entries", ("list_audit",)),
    Written("audit", "export", "audit", "export", ("export_audit",)),
    Written("audit", "verify", "audit", "verify", ("verify_audit",)),
    Written("", "snapshots", "browse", "snapshots", ("list_points",)),
    Written("", "ls", "browse", "ls", ("list_folder",)),
    Written("", "versions", "browse", "versions", ("list_versions",)),
    Written("", "diff", "browse", "diff", ("list_differences",)),
    Written("", "cat", "browse", "cat", ("get_content",)),
    Written("", "restore", "restore", "restore", ("plan_restore", "start_restore")),
    Written("", "export", "export", "export", ("start_export", "create_selection")),
)  # fmt: skip

# What has no command, and why.
WITHOUT_COMMAND = {
    "get_health": "for load balancers; people use `dropally doctor`",
    "get_readiness": "for load balancers; people use `dropally doctor`",
    "get_openapi": "for programs",
    "get_console_settings": "what the console's pages need; `dropally config show` has it all",
    "finish_redirect": "Dropbox sends the admin's browser there",
    "list_live_folders": "the console's folder picker; `restore --to` takes a path",
    "find_self_backups": "`dropally recover` works without a server",
    "recover_appliance": "`dropally recover` works without a server",
    "get_setup": "for the console's first page",
    "complete_setup": "for the console's first page: the first password is chosen in a browser",
    "sign_in": "sessions are for browsers; programs have tokens",
    "sign_out": "sessions are for browsers; programs have tokens",
    "create_token": "made in a session; on the machine, `dropally token create` makes one",
    "prove_again": "sessions are for browsers; programs have tokens",
    "ask_password_reset": "for people at the sign-in page",
    "complete_password_reset": "for people who follow a link",
    "look_up_invitation": "for people who follow a link",
    "accept_invitation": "for people who follow a link",
    "register": "for people at the sign-in page",
    "confirm_email": "for people who follow a link",
    "get_own_account": "one's own account needs a session; `dropally session whoami` names it",
    "change_own_profile": "one's own account is changed in a session",
    "change_own_password": "one's own account is changed in a session",
    "ask_email_change": "one's own account is changed in a session",
    "begin_second_factor": "one's own account is changed in a session",
    "enable_second_factor": "one's own account is changed in a session",
    "disable_second_factor": "one's own account is changed in a session",
    "renew_recovery_codes": "one's own account is changed in a session",
    "refuse_second_factor_hint": "one's own account is changed in a session",
    "refuse_checklist": "one's own account is changed in a session",
}


def group_of(name: str, summary: str) -> typer.Typer:
    """The commands of a group. `summary` is what its help begins with."""
    if name in _OWN_MODULES:
        module, attribute = _OWN_MODULES[name]
        group: typer.Typer = getattr(import_module(f"dropally.cli.{module}"), attribute)
    else:
        group = typer.Typer(help=summary, no_args_is_help=True)
    for row in TABLE:
        if row.group == name:
            # What begins with a hyphen and is no option of ours is what was typed: a code, say.
            settings = {"ignore_unknown_options": row.takes_hyphens}
            group.command(row.name, context_settings=settings)(function_of(row))
    for one in WRITTEN:
        if one.group == name and (name not in _OWN_MODULES or one.module.startswith("api.")):
            module_of = import_module(f"dropally.cli.{one.module}")
            group.command(one.name)(getattr(module_of, one.function))
    return group
