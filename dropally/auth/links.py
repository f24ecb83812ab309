"""Links that are mailed to one person, open one thing, once, and for some time."""

import sqlite3
from datetime import datetime, timedelta
from typing import Literal

from dropally.auth.context import AuthContext
from dropally.auth.errors import LinkEndedError
from dropally.auth.tokens import SecretText, new_token, token_hash
from dropally.catalog import people
from dropally.catalog.people import LinkRow
from dropally.common.errors import NotFoundError

LinkKind = Literal["invitation", "password_reset", "email_change"]

_PREFIXES: dict[LinkKind, str] = {
    "invitation": "dpi_",
    "password_reset": "dpr_",
    "email_change": "dpe_",
}
_PAGES: dict[LinkKind, str] = {
    "invitation": "accept-invitation",
    "password_reset": "reset-password",
    "email_change": "confirm-email",
}
_REMEMBERED = timedelta(days=30)


def issue(
    connection: sqlite3.Connection,
    ctx: AuthContext,
    kind: LinkKind,
    user_id: str,
    ttl_s: int,
    *,
    new_email: str = "",
) -> tuple[SecretText, datetime]:
    """A new link and when it ends; older ones of its kind for that person end now."""
    now = ctx.now()
    expires = now + timedelta(seconds=ttl_s)
    token = new_token(_PREFIXES[kind])
    people.delete_links_before(connection, now - _REMEMBERED)
    people.insert_link(
        connection,
        token_hash(token),
        kind=kind,
        user_id=user_id,
        created=now,
        expires=expires,
        new_email=new_email,
    )
    # Behind `#`, which browsers keep to themselves: no access log and no referrer sees the token.
    return SecretText(f"{ctx.base_url}/{_PAGES[kind]}#{token}"), expires


def find(connection: sqlite3.Connection, ctx: AuthContext, kind: LinkKind, token: str) -> LinkRow:
    """The link that is still good. Raises LinkEndedError; NotFoundError if there never was one."""
    link = people.link_by_hash(connection, token_hash(token.strip()))
    if link is None or link.kind != kind:
        raise NotFoundError("there is no such link", hint="open it from the mail again, as a whole")
    if link.is_spent or link.expires <= ctx.now():
        raise LinkEndedError(
            "the link was used, replaced by a newer one, or is too old",
            hint="sign in, or ask for a new one",
        )
    return link
