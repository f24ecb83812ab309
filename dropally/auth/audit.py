"""The security audit: what people did, each row chained to the one before it.

    hash(n) = SHA-256( JSON array [ hex of hash(n-1), every column of row n but its hash ] )

A row that was changed, removed or slipped in breaks the chain at that place. Whoever can write
the file could compute the whole chain anew: `Proof.head` is printed and reported so that it can
be noted somewhere else, and `verify` checks a noted one.
"""

import hashlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

import msgspec

from dropally.auth.actors import Actor, Client
from dropally.auth.browsers import browser_name
from dropally.catalog import audit
from dropally.catalog.moments import to_micros
from dropally.common.errors import DropallyError, UsageError

Status = Literal["succeeded", "failed", "denied"]
_LONGEST_TEXT = 2000


class Activity(StrEnum):
    """What kind of event. The first six are the classes admins know from other products."""

    BACKUP_DELETED = "backup_deleted"
    USER_DEACTIVATED = "user_deactivated"
    SETTINGS_CHANGED = "settings_changed"
    SIGN_IN = "sign_in"
    PERMISSIONS_CHANGED = "permissions_changed"
    NOTIFICATIONS = "notifications"
    USER_CHANGED = "user_changed"
    PASSWORD = "password"  # noqa: S105  an event's name
    SECOND_FACTOR = "second_factor"
    SESSION_ENDED = "session_ended"
    TOKEN_CHANGED = "token_changed"  # noqa: S105  an event's name
    TOKEN_USED = "token_used"  # noqa: S105  an event's name
    ACTION_DENIED = "action_denied"
    DATA_ACCESS = "data_access"
    RESTORE_REQUESTED = "restore_requested"
    EXPORT_CREATED = "export_created"
    EXPORT_DOWNLOADED = "export_downloaded"
    KEY_USED = "key_used"
    BACKUP_REQUESTED = "backup_requested"
    TASK_CANCELLED = "task_cancelled"
    TASK_RETRIED = "task_retried"

    @property
    def label(self) -> str:
        """As tables and exports show it."""
        return _LABELS.get(self, self.value.replace("_", " ").capitalize())


_LABELS = {
    Activity.SIGN_IN: "Sign-in",
    Activity.SECOND_FACTOR: "Two-factor authentication",
    Activity.TOKEN_CHANGED: "API token changed",
    Activity.TOKEN_USED: "API token used",
    Activity.KEY_USED: "Encryption key used",
    Activity.BACKUP_REQUESTED: "Backup Now",
}

CANCELLATION_RECEIVED = "Task cancellation request received."


def backup_now_sentence(account: str) -> str:
    """What the audit says about Backup Now (F142)."""
    return f"Backup Now was initiated for account {account}."


def sign_in_sentence(method: str, client: Client, *, is_ok: bool) -> str:
    """`Native Sign in (OK) Chrome from ip 10.4.5.60` (F141)."""
    result = "OK" if is_ok else "Failed"
    return f"{method} Sign in ({result}) {browser_name(client.user_agent)} from ip {client.address}"


class AuditBrokenError(DropallyError):
    """The chain does not hold at `seq`."""

    def __init__(self, seq: int, finding: str) -> None:
        super().__init__(
            f"the audit does not hold at row {seq}: {finding}",
            hint="keep the file as it is, and compare it with the copies in the repositories",
        )
        self.seq = seq
        self.finding = finding

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.seq, self.finding))


@dataclass(frozen=True)
class Proof:
    """A chain that holds: how many rows, and its head to note elsewhere."""

    rows: int
    first_seq: int
    last_seq: int
    head: str

    @property
    def noted(self) -> str:
        """The head as `verify` takes it back: `seq:hash`."""
        return f"{self.last_seq}:{self.head}"


def record(
    connection: sqlite3.Connection,
    now: datetime,
    actor: Actor,
    activity: Activity,
    description: str,
    *,
    status: Status = "succeeded",
    service: str = "",
    task: str = "",
    target: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    """Append a row, in the transaction of what it tells about. Never put a secret into it."""
    last_seq, last_hash = audit.head(connection)
    row = audit.AuditRow(
        seq=last_seq + 1,
        at_us=to_micros(now),
        activity=activity,
        status=status,
        service=service,
        task=task,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.label,
        target=target,
        description=_text(description),
        details=msgspec.json.encode(details or {}, order="deterministic").decode(),
        address=_text(actor.client.address),
        user_agent=_text(actor.client.user_agent),
        request_id=_text(actor.client.request_id),
        hash=b"",
    )
    audit.insert_row(connection, msgspec.structs.replace(row, hash=_chained(last_hash, row)))


def _text(text: str) -> str:
    """What strangers sent, without what no database or terminal should hold."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )[:_LONGEST_TEXT]


def _chained(previous: bytes, row: audit.AuditRow) -> bytes:
    columns = msgspec.structs.astuple(row)[:-1]
    return hashlib.sha256(msgspec.json.encode([previous.hex(), *columns])).digest()


def verify(connection: sqlite3.Connection, noted: str = "") -> Proof:
    """Recompute the chain from its first kept row.

    `noted` is a `Proof.noted` from before: the chain must still go through it. Raises
    AuditBrokenError with the first row that does not hold; UsageError for a malformed `noted`.
    """
    noted_seq, noted_head = _parse_noted(noted)
    first_seq, previous = audit.start(connection)
    if noted_seq and noted_seq <= first_seq:
        raise UsageError(
            f"row {noted_seq} is older than the rows that are kept", hint="note a newer head"
        )
    seq = first_seq
    for row in audit.rows_after(connection, first_seq):
        if row.seq != seq + 1:
            raise AuditBrokenError(seq + 1, "it is missing")
        if _chained(previous, row) != row.hash:
            raise AuditBrokenError(row.seq, "its content is not what was written")
        if row.seq == noted_seq and row.hash.hex() != noted_head:
            raise AuditBrokenError(row.seq, "it is not the row whose hash was noted")
        seq, previous = row.seq, row.hash
    if seq < max(audit.largest_seq(connection), noted_seq):
        raise AuditBrokenError(seq + 1, "rows at the end are missing")
    return Proof(seq - first_seq, first_seq + 1, seq, previous.hex())


def _parse_noted(noted: str) -> tuple[int, str]:
    if not noted:
        return 0, ""
    seq, _, head = noted.partition(":")
    if not (seq.isascii() and seq.isdigit() and len(head) == 64):
        raise UsageError(
            "the noted head of the audit is malformed",
            hint="it looks like 1234:9f86d081…, as `dropally audit verify` printed it",
        )
    return int(seq), head.lower()


def give_up_old(connection: sqlite3.Connection, now: datetime, keep_days: int) -> int:
    """Delete rows older than the organisation keeps them; how many. The rest stays verifiable."""
    return audit.give_up_before(connection, to_micros(now - timedelta(days=keep_days)))
