"""What is given to somebody, and which combinations make sense."""

from dataclasses import dataclass

from dropally.auth.actors import Reach
from dropally.auth.errors import FieldsError
from dropally.auth.verbs import SUBJECT_OF, Role, Verb


@dataclass(frozen=True)
class Rights:
    """What somebody may do: a role, where it counts, and what is added to and taken from it."""

    role: Role
    reach: Reach
    granted: frozenset[Verb] = frozenset()
    denied: frozenset[Verb] = frozenset()


def check_rights(rights: Rights) -> None:
    """Raise FieldsError for rights nobody can have.

    What concerns oneself is everybody's. From an administrator nothing can be taken: the last one
    has to be able to do everything.
    """
    problems: list[tuple[str, str]] = []
    is_administrator = rights.role == Role.ADMINISTRATOR
    if is_administrator and not rights.reach.everywhere:
        problems.append(("reach", "of an administrator is everything"))
    for name, verbs in (("granted", rights.granted), ("denied", rights.denied)):
        personal = sorted(verb for verb in verbs if SUBJECT_OF[verb] == "self")
        if personal:
            problems.append((name, f"{', '.join(personal)} belongs to everybody"))
    if is_administrator and rights.denied:
        problems.append(("denied", "cannot take permissions from an administrator"))
    if problems:
        raise FieldsError(problems)
