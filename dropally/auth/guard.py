"""The one door: whatever acts for somebody asks here first."""

from dropally.auth import audit
from dropally.auth.actors import EVERYTHING, Actor, Place
from dropally.auth.context import AuthContext
from dropally.auth.errors import ForbiddenError
from dropally.auth.permissions import Reason, allowed
from dropally.auth.verbs import Verb

_WORDS: dict[Reason, tuple[str, str]] = {
    "signed_out": ("nobody is signed in", "sign in"),
    "enrol_required": (
        "this organisation wants a second factor from everybody",
        "set up two-factor authentication first",
    ),
    "password_expired": ("the password has to be changed", "choose a new password first"),
    "denied_for_person": (
        "this permission was taken from the account",
        "ask an administrator",
    ),
    "role_lacks_permission": ("the role does not include this", "ask an administrator"),
    "outside_reach": (
        "the account is limited to other tasks and members",
        "ask an administrator",
    ),
    "token_lacks_permission": (
        "the API token was not given this permission",
        "create a token that names it",
    ),
    "needs_person": ("an API token may not do this", "sign in to the console"),
    "reauthentication_required": (
        "this needs the password again",
        "enter it and repeat the request",
    ),
}


def require(ctx: AuthContext, actor: Actor, verb: Verb, place: Place = EVERYTHING) -> None:
    """Raise ForbiddenError, and leave a row in the audit, unless the actor may.

    Not to be called within a transaction. Being asked for the password again is no offence and
    leaves no row.
    """
    decision = allowed(actor, verb, place)
    if decision.is_allowed:
        return
    cause, step = _WORDS[decision.reason]
    if decision.reason != "reauthentication_required" and actor.kind != "anonymous":
        with ctx.write() as connection:
            audit.record(
                connection,
                ctx.now(),
                actor,
                audit.Activity.ACTION_DENIED,
                f"{verb} was denied: {cause}.",
                status="denied",
                target=place.entity_id or place.task_id,
                details={"verb": str(verb), "reason": decision.reason},
            )
    raise ForbiddenError(decision.reason, f"{verb}: {cause}", hint=step)
