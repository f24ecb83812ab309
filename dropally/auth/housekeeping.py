"""Forgetting what is over. Run it once a day."""

from datetime import timedelta

from dropally.auth import audit
from dropally.auth.context import AuthContext
from dropally.auth.policy import read_policy
from dropally.catalog import outbox, sessions


def tidy(ctx: AuthContext) -> None:
    """Drop ended sessions, mails whose links have ended, and audit rows older than they are kept."""
    now = ctx.now()
    with ctx.write() as connection:
        policy = read_policy(connection, ctx.pinned)
        unseen_since = now - timedelta(seconds=policy.session_idle_s)
        sessions.delete_ended_sessions(connection, now=now, unseen_since=unseen_since)
        outbox.give_up_expired(connection, now)
        audit.give_up_old(connection, now, policy.audit_keep_days)
