"""Forgetting what is over. Run it once a day."""

from datetime import timedelta

from dropally.auth import audit
from dropally.auth.context import AuthContext
from dropally.auth.policy import read_policy
from dropally.catalog import outbox, sessions

_MAILS_LISTED = timedelta(days=90)


def tidy(ctx: AuthContext) -> None:
    """Drop ended sessions, mails that are too late or were sent long ago, and old audit rows."""
    now = ctx.now()
    with ctx.write() as connection:
        policy = read_policy(connection, ctx.pinned)
        unseen_since = now - timedelta(seconds=policy.session_idle_s)
        sessions.delete_ended_sessions(connection, now=now, unseen_since=unseen_since)
        outbox.give_up_expired(connection, now)
        outbox.delete_mails_before(connection, now - _MAILS_LISTED)
        audit.give_up_old(connection, now, policy.audit_keep_days)
