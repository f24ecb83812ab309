"""May they? One function decides; everything it looks at is data."""

from dataclasses import dataclass
from typing import Literal

from dropally.auth.actors import EVERYTHING, EVERYWHERE, NOWHERE, Actor, Place, Reach
from dropally.auth.verbs import (
    FOUR_EYES,
    SENSITIVE,
    SETTINGS_SECTIONS,
    SUBJECT_OF,
    VERBS_OF,
    WHILE_RESTRICTED,
    Role,
    Verb,
)

Reason = Literal[
    "allowed",
    "signed_out",
    "enrol_required",
    "password_expired",
    "denied_for_person",
    "role_lacks_permission",
    "outside_reach",
    "token_lacks_permission",
    "needs_person",
    "reauthentication_required",
]


@dataclass(frozen=True)
class Decision:
    """The answer, with its reason. `needs_second_person` counts where four-eyes is on."""

    is_allowed: bool
    reason: Reason
    needs_second_person: bool = False


def allowed(actor: Actor, verb: Verb, place: Place = EVERYTHING) -> Decision:
    """Decide whether this actor may do this, there and now.

    Denials win over grants, and the first reason in the order of `Reason` is told, so that
    somebody who could never do it is not asked for their password first.
    """
    reason = (
        _barred(actor, verb)
        or _beyond_role(actor, verb)
        or _beyond_reach(actor, verb, place)
        or _beyond_token(actor, verb, place)
        or _unproved(actor, verb)
    )
    return Decision(not reason, reason or "allowed", verb in FOUR_EYES)


def _barred(actor: Actor, verb: Verb) -> Reason | None:
    if actor.role is None:
        return "signed_out"
    if actor.restriction and verb not in WHILE_RESTRICTED:
        return actor.restriction
    return None


def _beyond_role(actor: Actor, verb: Verb) -> Reason | None:
    if verb in actor.denied:
        return "denied_for_person"
    if verb not in verbs_of(actor):
        return "role_lacks_permission"
    return None


def _beyond_reach(actor: Actor, verb: Verb, place: Place) -> Reason | None:
    return None if _reaches(actor.reach, verb, place) else "outside_reach"


def _beyond_token(actor: Actor, verb: Verb, place: Place) -> Reason | None:
    if actor.kind != "token":
        return None
    if verb == Verb.SELF_READ:
        return None  # what the token itself began: its selections, its downloads
    if SUBJECT_OF[verb] == "self":
        return "needs_person"  # a stolen token must not be able to make itself at home
    if actor.token_verbs is not None and verb not in actor.token_verbs:
        return "token_lacks_permission"
    if actor.token_verbs is None and verb in SENSITIVE:
        return "token_lacks_permission"  # such verbs are given to a token by name only
    if actor.token_reach is not None and not _reaches(actor.token_reach, verb, place):
        return "outside_reach"
    return None


def _unproved(actor: Actor, verb: Verb) -> Reason | None:
    if actor.kind == "user" and verb in SENSITIVE and not actor.is_freshly_proved:
        return "reauthentication_required"
    return None


def _reaches(reach: Reach, verb: Verb, place: Place) -> bool:
    subject = SUBJECT_OF[verb]
    if subject == "self" or verb == Verb.STATUS_READ:
        return True
    return reach.everywhere if subject == "appliance" else reach.covers(place)


def verbs_of(actor: Actor) -> frozenset[Verb]:
    """All that the person may do somewhere, before reach, token and freshness are looked at."""
    if actor.role is None:
        return frozenset()
    return (VERBS_OF[actor.role] | actor.granted) - actor.denied


def reach_of(actor: Actor, verb: Verb) -> tuple[Reach, ...]:
    """Where a verb about places is allowed: a place counts if every one of these covers it.

    For filtering lists and searches in the query instead of row by row.
    """
    if _barred(actor, verb) or _beyond_role(actor, verb):
        return (NOWHERE,)
    if actor.kind != "token":
        return (actor.reach,)
    named = actor.token_verbs
    if (named is not None and verb not in named) or (named is None and verb in SENSITIVE):
        return (NOWHERE,)
    return (actor.reach, actor.token_reach or EVERYWHERE)


def may_approve(second: Actor, first: Actor, verb: Verb, place: Place = EVERYTHING) -> Decision:
    """May `second` approve what `first` asked for? Another person, at a console, with the same right."""
    if second.kind != "user" or second.id == first.id:
        return Decision(False, "needs_person")
    return allowed(second, verb, place)


def may_give(
    actor: Actor, role: Role, reach: Reach, granted: frozenset[Verb] = frozenset()
) -> bool:
    """May they give somebody these rights? Never more than they have themselves."""
    if actor.role == Role.ADMINISTRATOR and not actor.denied and actor.reach.everywhere:
        return True
    if role == Role.ADMINISTRATOR:
        return False
    return (VERBS_OF[role] | granted) <= verbs_of(actor) and reach.within(actor.reach)


def settings_sections(actor: Actor) -> list[str]:
    """The sections of the settings that they see, in order (F144)."""
    verbs = verbs_of(actor)
    return [
        name
        for name, verb in SETTINGS_SECTIONS
        if verb in verbs and _reaches(actor.reach, verb, EVERYTHING)
    ]
