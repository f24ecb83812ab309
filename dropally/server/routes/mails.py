"""Mails: what was sent and what became of it, and a test mail."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from dropally.auth.addresses import email_problem
from dropally.auth.errors import FieldsError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import outbox
from dropally.catalog.outbox import OutboxRow
from dropally.notify.mails import mail_check
from dropally.server.given import GivenActor, GivenParts
from dropally.server.paging import (
    DEFAULT_PAGE,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)
from dropally.server.problems import documented

_LONGEST_ADDRESS = 254


class MailView(msgspec.Struct, frozen=True, kw_only=True):
    """One mail. `answer` is what the mail server said to the last try, in its own words."""

    id: int
    kind: str
    recipient: str
    state: Literal["waiting", "sent", "failed"]
    created: datetime
    tries: int
    answer: str


class MailTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the test mail goes."""

    recipient: Annotated[str, msgspec.Meta(max_length=_LONGEST_ADDRESS)]


class MailTestResult(msgspec.Struct, frozen=True):
    """What the mail server said."""

    answer: str


@get(
    "/mails",
    operation_id="list_mails",
    summary="The newest mails and what became of them",
    tags=["mails"],
    responses=documented(400, 401, 403),
    sync_to_thread=True,
)
def list_mails(
    parts: GivenParts, actor: GivenActor, cursor: Cursor = "", limit: Limit = DEFAULT_PAGE
) -> Page[MailView]:
    """The newest first. What a mail says is not kept."""
    require(parts.auth, actor, Verb.NOTIFICATION_MANAGE)
    with parts.auth.read() as connection:
        rows = outbox.delivery_log(connection, limit + 1, decode_cursor(cursor, int))
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=[_view(row) for row in rows[:limit]], next_cursor=following)


def _view(row: OutboxRow) -> MailView:
    return msgspec.convert(row, MailView, from_attributes=True)


@post(
    "/mails/test",
    operation_id="send_test_mail",
    summary="Send a test mail now",
    tags=["mails"],
    status_code=200,
    responses=documented(400, 401, 403, 409, 422, 503),
    sync_to_thread=True,
)
def send_test_mail(
    parts: GivenParts, actor: GivenActor, data: JSONBody[MailTest]
) -> MailTestResult:
    """Answer once the mail server has taken it. If it does not, 503 holds its own words."""
    require(parts.auth, actor, Verb.NOTIFICATION_MANAGE)
    problem = email_problem(data.recipient)
    if problem:
        raise FieldsError([("recipient", problem)])
    answer = parts.mail.send_now(data.recipient.strip(), mail_check(by=actor.label))
    return MailTestResult(answer)


handlers = [list_mails, send_test_mail]
