"""Who does something, and how far their rights reach."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from dropally.auth.verbs import Role, Verb

ActorKind = Literal["user", "token", "scheduler", "cli", "anonymous"]
Restriction = Literal["", "enrol_required", "password_expired"]


@dataclass(frozen=True)
class Place:
    """What a right is asked for: an entity of a task, a whole task, or neither: everything."""

    task_id: str = ""
    entity_id: str = ""


EVERYTHING = Place()


class Reach(msgspec.Struct, frozen=True):
    """The places that somebody's rights cover."""

    everywhere: bool = False
    tasks: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()

    def covers(self, place: Place) -> bool:
        """True if the place lies within. A listed entity does not make its task covered."""
        if self.everywhere or (place.task_id and place.task_id in self.tasks):
            return True
        return bool(place.entity_id) and place.entity_id in self.entities

    def within(self, other: "Reach") -> bool:
        """True if `other` surely covers all that this does.

        An entity is compared by its own id: which task it is part of is not known here.
        """
        if other.everywhere:
            return True
        return not self.everywhere and self.tasks <= other.tasks and self.entities <= other.entities

    @property
    def is_empty(self) -> bool:
        """True if it covers nothing at all."""
        return not (self.everywhere or self.tasks or self.entities)


EVERYWHERE = Reach(everywhere=True)
NOWHERE = Reach()


@dataclass(frozen=True)
class Client:
    """Where a request came from, as the server found it out (through trusted proxies only)."""

    address: str = ""
    user_agent: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class Actor:
    """Somebody who was recognised, for the length of one request.

    `token_verbs` and `token_reach` narrow an API token below its owner; None does not narrow.
    `session_id` is "" for everything but sessions.
    """

    kind: ActorKind
    id: str
    name: str
    role: Role | None
    reach: Reach
    granted: frozenset[Verb] = frozenset()
    denied: frozenset[Verb] = frozenset()
    restriction: Restriction = ""
    is_freshly_proved: bool = False
    token_id: str = ""
    token_verbs: frozenset[Verb] | None = None
    token_reach: Reach | None = None
    session_id: str = ""
    client: Client = Client()

    @property
    def label(self) -> str:
        """How lists name the initiator of something."""
        return f"{self.name} (API token)" if self.kind == "token" else self.name


def scheduler() -> Actor:
    """Dropally itself, when a plan is due."""
    return Actor("scheduler", "scheduler", "Scheduler", Role.ADMINISTRATOR, EVERYWHERE)


def host_operator(login: str) -> Actor:
    """Somebody with a shell on the machine, who could change the files themselves anyway."""
    return Actor(
        "cli", f"cli:{login}", f"{login} on the host", Role.ADMINISTRATOR, EVERYWHERE,
        is_freshly_proved=True,
    )  # fmt: skip


def anonymous(client: Client) -> Actor:
    """Somebody who has not signed in."""
    return Actor("anonymous", "", "system", None, NOWHERE, client=client)
