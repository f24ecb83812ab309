"""What is asked for, what does it, and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from dropally.jobs.runner.running import RunningJob

InitiatorKind = Literal["user", "token", "scheduler", "cli"]
OutcomeStatus = Literal["succeeded", "partially_succeeded", "failed"]

URGENT = 10
"""Restores and exports that people wait for."""
BACKUP_NOW = 30
SCHEDULED = 50
UPKEEP = 70

STATUS_LABELS = {
    "pending": "Pending",
    "in_progress": "In progress",
    "succeeded": "Succeeded",
    "partially_succeeded": "Partially succeeded",
    "failed": "Failed",
    "canceled": "Canceled",
}


@dataclass(frozen=True)
class Initiator:
    """Who or what asked for a job."""

    kind: InitiatorKind
    id: str
    name: str


class Asker(Protocol):
    """Somebody who acts, as far as a job remembers them."""

    @property
    def kind(self) -> Literal["user", "token", "scheduler", "cli", "anonymous"]:
        """By what they came."""
        ...

    @property
    def id(self) -> str:
        """Who it is."""
        ...

    @property
    def label(self) -> str:
        """How lists name them."""
        ...


def initiator_of(asker: Asker) -> Initiator:
    """Somebody as jobs name who asked for them. Not for people who have not signed in."""
    kind = asker.kind
    if kind == "anonymous":
        raise ValueError("nobody who is not signed in starts a job")
    return Initiator(kind, asker.id, asker.label)


@dataclass(frozen=True)
class JobRequest:
    """A job to be done.

    `params`: what the kind of job is given; plain data, without secrets. `locks`: names of which
    only one running job holds each. `dedupe`: while an unfinished job has this key, that job is
    returned instead of a new one. `point_time`: the date of the backup it is about. Places that
    rights are asked for: `task_id`, or `entity_ids` when it is about those entities only.
    `task_name` and `item` (whom or what it is about) are what lists show.
    """

    kind: str
    title: str
    params: msgspec.Struct | Mapping[str, object]
    initiator: Initiator
    task_id: str = ""
    entity_ids: tuple[str, ...] = ()
    storage_id: str = ""
    team_id: str = ""
    locks: tuple[str, ...] = ()
    priority: int = SCHEDULED
    dedupe: str = ""
    destination: str = ""
    point_time: datetime | None = None
    service: str = "dropbox"
    sub_service: str = ""
    task_name: str = ""
    item: str = ""


@dataclass(frozen=True)
class ItemOutcome:
    """How one of the things that a job was about went: a row of the system's activity."""

    item: str
    status: str
    entity_id: str = ""
    sub_service: str = ""
    message: str = ""


@dataclass(frozen=True)
class JobOutcome:
    """How a job went.

    `summary`: counts and bytes for people. `result`: what others go on with (ids, file names).
    `error` and `hint`: for an outcome that did not succeed, when no single item says why.
    `items`: what the activity shows of it; one row for the whole job if empty.
    """

    status: OutcomeStatus
    summary: Mapping[str, object] = field(default_factory=dict)
    result: Mapping[str, object] = field(default_factory=dict)
    error: str = ""
    hint: str = ""
    items: Sequence[ItemOutcome] = ()


class JobKind(Protocol):
    """One kind of job. `run` is called in a thread of its own.

    A kind that is resumable is run again after a stop of the appliance, with the state it noted;
    another one has then failed. `run` raises what stops it: DropallyError for what people are to
    read; CancelledError of `job.context.check()` is passed on.
    """

    @property
    def name(self) -> str:
        """What requests call it."""
        ...

    @property
    def is_resumable(self) -> bool:
        """True if it goes on where it was."""
        ...

    def run(self, job: "RunningJob") -> JobOutcome:
        """Do it."""
        ...
