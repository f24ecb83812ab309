"""Opening the people of an appliance from its own machine, beside a running server or without one."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dropally.auth.actors import Actor, host_operator
from dropally.auth.context import AuthContext, open_auth
from dropally.catalog.appliance import FILE_NAME, open_appliance_database
from dropally.common.clock import SystemClock
from dropally.common.errors import DeniedError, NotFoundError
from dropally.config import find_config_file, load_config


@dataclass(frozen=True)
class Host:
    """The opened parts, and who sits at the machine."""

    ctx: AuthContext
    operator: Actor


@contextmanager
def opened_host(config: Path | None) -> Iterator[Host]:
    """The people in the data folder of this configuration.

    Raises NotFoundError where there is no `dropally.db` yet, DeniedError if it cannot be opened.
    """
    data = load_config(find_config_file(config, os.environ), os.environ).config.paths.data
    login = login_name()
    with acting_as_owner(data / FILE_NAME), open_appliance_database(data) as database:
        # Mails are left to the server; here nobody waits for one.
        ctx = open_auth(database, data, SystemClock(), sends_mail=False)
        yield Host(ctx, host_operator(login))


def login_name() -> str:
    """Who sits at the machine."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


@contextmanager
def acting_as_owner(database: Path) -> Iterator[None]:
    """As root, go on as the account that owns the database (or folder) until the block ends.

    Files that SQLite and we make beside it would otherwise belong to root, and the server could
    not open them any more. Only for the block: what is loaded or written later, from a folder that
    is root's own perhaps, is root's business again.
    """
    owner = _stat(database)
    if os.geteuid() != 0 or owner.st_uid == 0:
        yield
        return
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def _stat(database: Path) -> os.stat_result:
    try:
        return database.stat()
    except FileNotFoundError as error:
        raise NotFoundError(
            f"there is no {database}",
            hint="name the server's dropally.toml by --config, or set DROPALLY__PATHS__DATA",
        ) from error
    except OSError as error:
        raise DeniedError(
            f"{database} cannot be opened: {error.strerror}",
            hint="run this as root, or as the account that Dropally runs as",
        ) from error
