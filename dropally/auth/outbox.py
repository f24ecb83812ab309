"""Mails to people, put where a transport finds them."""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from dropally.auth.sealing import Sealer
from dropally.catalog import outbox
from dropally.common.clock import Clock

_FOLDED_WITHIN = timedelta(hours=1)
_WORTH_SENDING = timedelta(days=7)


@dataclass(frozen=True)
class Mail:
    """One mail: a template's name and the values it is filled with, which may hold a link.

    It is not sent any more after `expires`, or after a week. Of mails with the same `fold` to one recipient, only
    the first within an hour is kept: one cause, one mail.
    """

    kind: str
    recipient: str
    values: dict[str, str] = field(repr=False)
    expires: datetime | None = None
    fold: str = ""


class Outbox(Protocol):
    """Where mails are put."""

    def put(self, connection: sqlite3.Connection, mail: Mail) -> None:
        """Put a mail in, in the caller's transaction."""
        ...


class SealedOutbox:
    """The outbox table; what a mail says is sealed, since links in it open something."""

    def __init__(self, sealer: Sealer, clock: Clock) -> None:
        self._sealer = sealer
        self._clock = clock

    def put(self, connection: sqlite3.Connection, mail: Mail) -> None:
        """Put a mail in, in the caller's transaction."""
        now = self._clock.now()
        if mail.fold and outbox.was_put_since(
            connection, mail.recipient, mail.fold, now - _FOLDED_WITHIN
        ):
            return
        outbox.insert_mail(
            connection,
            kind=mail.kind,
            recipient=mail.recipient,
            content=self._sealer.seal(msgspec.json.encode(mail.values), _purpose(mail.kind)),
            created=now,
            expires=mail.expires or now + _WORTH_SENDING,
            fold=mail.fold,
        )

    def open(self, row: outbox.OutboxRow) -> dict[str, str]:
        """The values of a waiting mail, for the transport. Raises DeniedError."""
        return msgspec.json.decode(
            self._sealer.open(row.content, _purpose(row.kind)), type=dict[str, str]
        )


def _purpose(kind: str) -> str:
    return f"mail:{kind}"
