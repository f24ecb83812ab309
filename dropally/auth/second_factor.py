"""Setting up an authenticator app, and giving it up again."""

from dataclasses import dataclass, field

from dropally.auth import audit, codes, lockout, totp, users
from dropally.auth.actors import Actor
from dropally.auth.context import AuthContext
from dropally.auth.credentials import organisation_name, tell
from dropally.auth.errors import FieldsError, StateError
from dropally.auth.guard import require
from dropally.auth.invitations import existing
from dropally.auth.outbox import Mail
from dropally.auth.policy import read_policy
from dropally.auth.sessions import NewSession, own_session, rotate
from dropally.auth.tokens import SecretText
from dropally.auth.verbs import Verb
from dropally.catalog import people, sessions
from dropally.catalog.moments import to_micros
from dropally.catalog.people import UserRow


@dataclass(frozen=True)
class Enrolment:
    """What is shown to set an app up: to photograph, or to type (F163). Nothing of it is logged."""

    qr_svg: SecretText = field(repr=False)
    text_code: SecretText = field(repr=False)
    uri: SecretText = field(repr=False)


@dataclass(frozen=True)
class Enabled:
    """The second factor counts. The codes are shown this once."""

    recovery_codes: list[SecretText] = field(repr=False)
    session: NewSession = field(repr=False)


def begin(ctx: AuthContext, actor: Actor) -> Enrolment:
    """Make a seed to be confirmed with a first code; beginning again replaces it (F162).

    Raises ForbiddenError, StateError `has_second_factor`.
    """
    require(ctx, actor, Verb.SELF_SECURITY)
    seed = totp.new_seed()
    with ctx.write() as connection:
        user = existing(connection, actor.id)
        _refuse_second(user)
        sealed = ctx.sealer.seal(seed.encode(), codes.seed_purpose(user.id))
        people.update_user(connection, user.id, {"totp_pending": sealed})
        organisation = organisation_name(connection)
    uri = totp.enrolment_uri(seed, user.email, organisation)
    return Enrolment(totp.qr_svg(uri), totp.grouped(seed), uri)


def _refuse_second(user: UserRow) -> None:
    if user.totp_seed is not None:
        raise StateError(
            "has_second_factor",
            "two-factor authentication is on already",
            hint="turn it off first to use another app",
        )


def enable(ctx: AuthContext, actor: Actor, code: str) -> Enabled:
    """Confirm the seed with a code of the app: every sign-in asks for one from now on (F164, F165).

    All other sessions end; this one's token is rotated. Raises ForbiddenError, StateError
    `not_begun` or `has_second_factor`, FieldsError, LockedOutError.
    """
    require(ctx, actor, Verb.SELF_SECURITY)
    with ctx.read() as connection:
        email = existing(connection, actor.id).email
    charge, now = lockout.charge(ctx, actor, email), ctx.now()
    with ctx.write() as connection:
        user = existing(connection, actor.id)
        _refuse_second(user)
        step = _first_step(ctx, user, code)
        lockout.forgive(connection, charge)
        people.update_user(
            connection,
            user.id,
            {
                "totp_seed": user.totp_pending,
                "totp_pending": None,
                "totp_since_us": to_micros(now),
                "totp_step": step,
            },
        )
        recovery_codes = codes.issue_recovery_codes(connection, user.id)
        session = own_session(connection, actor)
        sessions.delete_sessions(connection, user.id, keep=session.id)
        mail = Mail("second_factor_changed", user.email, {"name": user.name, "change": "set up"})
        tell(connection, ctx, mail)
        audit.record(
            connection,
            now,
            actor,
            audit.Activity.SECOND_FACTOR,
            "Two-factor authentication was turned on.",
            target=user.id,
        )
        return Enabled(recovery_codes, rotate(connection, session, now, proved=now))


def _first_step(ctx: AuthContext, user: UserRow, code: str) -> int:
    if user.totp_pending is None:
        raise StateError("not_begun", "there is nothing to confirm", hint="show the QR code first")
    seed = ctx.sealer.open(user.totp_pending, codes.seed_purpose(user.id)).decode()
    step = totp.matching_step(seed, code, ctx.now(), after_step=0)
    if step is None:
        raise FieldsError(
            [
                (
                    "code",
                    "is not the code that the app shows; the clocks may differ by more than 30 s",
                )
            ]
        )
    return step


def disable(ctx: AuthContext, actor: Actor) -> None:
    """Turn the second factor off.

    Raises ForbiddenError, StateError `no_second_factor`, or `enforced` where everybody needs one.
    """
    require(ctx, actor, Verb.SELF_SECURITY)
    with ctx.write() as connection:
        if read_policy(connection, ctx.pinned).enforce_2fa:
            raise StateError(
                "enforced",
                "this organisation wants a second factor from everybody",
                hint="to change the app, ask an administrator to reset it",
            )
        user = existing(connection, actor.id)
        users.remove_second_factor(connection, ctx, user)
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.SECOND_FACTOR,
            "Two-factor authentication was turned off.",
            target=user.id,
        )


def renew_recovery_codes(ctx: AuthContext, actor: Actor) -> list[SecretText]:
    """Ten new recovery codes; the old ones end. Raises ForbiddenError, StateError."""
    require(ctx, actor, Verb.SELF_SECURITY)
    with ctx.write() as connection:
        user = existing(connection, actor.id)
        if user.totp_seed is None:
            raise StateError("no_second_factor", "there is no second factor to recover from")
        recovery_codes = codes.issue_recovery_codes(connection, user.id)
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.SECOND_FACTOR,
            "New recovery codes were made.",
            target=user.id,
        )
    return recovery_codes


def refuse_hint(ctx: AuthContext, actor: Actor) -> None:
    """Show the hint about two-factor authentication no more (F22). Raises ForbiddenError."""
    require(ctx, actor, Verb.SELF_PROFILE)
    with ctx.write() as connection:
        people.update_user(connection, actor.id, {"refused_hint": 1})
