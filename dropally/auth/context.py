"""What everything in this room works with."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dropally.auth.outbox import Outbox, SealedOutbox
from dropally.auth.passwords import PasswordHasher
from dropally.auth.policy import check_settings
from dropally.auth.sealing import Sealer, open_sealer
from dropally.catalog.database_file import DatabaseFile
from dropally.common.clock import Clock


@dataclass(frozen=True)
class AuthContext:
    """The opened parts. Safe for threads.

    `pinned` are settings of `SecurityPolicy` that `dropally.toml` decides.
    """

    database: DatabaseFile
    clock: Clock
    data_folder: Path
    sealer: Sealer = field(repr=False)
    hasher: PasswordHasher = field(repr=False)
    outbox: Outbox = field(repr=False)
    pinned: Mapping[str, object]
    find_base_url: Callable[[], str]
    finds_mail: Callable[[], bool]

    @property
    def base_url(self) -> str:
        """Where people reach the console now, for links."""
        return self.find_base_url().rstrip("/")

    @property
    def sends_mail(self) -> bool:
        """False: links are handed to the administrator who asked for them instead of mailed."""
        return self.finds_mail()

    def now(self) -> datetime:
        """The time, in UTC."""
        return self.clock.now()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction on `dropally.db`: kept when the block ends, undone when it raises."""
        with self.database.write() as database:
            yield database.conn

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A look at `dropally.db` as it is at one moment."""
        with self.database.read() as connection:
            yield connection


def open_auth(
    database: DatabaseFile,
    data_folder: Path,
    clock: Clock,
    *,
    hasher: PasswordHasher | None = None,
    outbox: Outbox | None = None,
    pinned: Mapping[str, object] | None = None,
    base_url: str | Callable[[], str] = "",
    sends_mail: bool | Callable[[], bool] = True,
) -> AuthContext:
    """Put the parts together; makes the sealing key at first use.

    `base_url` and `sends_mail` are asked each time where they may change while Dropally runs.

    Raises DeniedError, FieldsError for pinned settings that are none.
    """
    check_settings(pinned or {})
    sealer = open_sealer(data_folder)
    return AuthContext(
        database,
        clock,
        data_folder,
        sealer,
        hasher or PasswordHasher(),
        outbox or SealedOutbox(sealer, clock),
        {} if pinned is None else pinned,
        base_url if callable(base_url) else lambda: base_url,
        sends_mail if callable(sends_mail) else lambda: sends_mail,
    )
