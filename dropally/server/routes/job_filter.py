"""What the list of jobs and the cards above it are narrowed to: by the request, and by one's reach."""

from datetime import datetime
from typing import Annotated

from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter, SkipValidation

from dropally.catalog.job_lists import JobFilter
from dropally.server import job_access
from dropally.server.given import GivenActor, GivenParts
from dropally.server.windows import Window, stretch

_LONGEST_WORDS = 400
KindsWanted = Annotated[
    str,
    QueryParameter(
        name="kind", max_length=_LONGEST_WORDS, description="Kinds of job, with commas."
    ),
]
StatusesWanted = Annotated[
    str,
    QueryParameter(
        name="status", max_length=_LONGEST_WORDS, description="Status words, with commas."
    ),
]
TaskWanted = Annotated[str, QueryParameter(name="task", max_length=100)]
EntityWanted = Annotated[str, QueryParameter(name="entity", max_length=100)]
StorageWanted = Annotated[str, QueryParameter(name="storage", max_length=100)]
ServiceWanted = Annotated[str, QueryParameter(name="service", max_length=100)]
InitiatorsWanted = Annotated[
    str,
    QueryParameter(
        name="initiator",
        max_length=_LONGEST_WORDS,
        description="user, token, scheduler, cli (with commas), or the id of one initiator.",
    ),
]
From = Annotated[datetime | None, QueryParameter(name="start", description="With this moment.")]
To = Annotated[datetime | None, QueryParameter(name="end", description="Without this moment.")]
WindowWanted = Annotated[
    Window, QueryParameter(name="window", description="Counts unless `start` or `end` is given.")
]
TextWanted = Annotated[
    str,
    QueryParameter(
        name="q",
        max_length=_LONGEST_WORDS,
        description="Part of the title, task, item or destination; case and accents do not count.",
    ),
]
_INITIATOR_KINDS = frozenset({"user", "token", "scheduler", "cli"})


def _wanted(
    parts: GivenParts,
    actor: GivenActor,
    kinds: KindsWanted = "",
    task: TaskWanted = "",
    entity: EntityWanted = "",
    storage: StorageWanted = "",
    service: ServiceWanted = "",
    initiator: InitiatorsWanted = "",
    text: TextWanted = "",
    window: WindowWanted = "7d",
    start: From = None,
    end: To = None,
) -> JobFilter:
    seen = job_access.seen_by(parts, actor)
    named = words_in(initiator)
    are_kinds = bool(named) and _INITIATOR_KINDS.issuperset(named)
    since, until = stretch(parts.clock.now(), window, start, end)
    return JobFilter(
        kinds=words_in(kinds),
        task_id=task,
        entity_id=entity,
        storage_id=storage,
        service=service,
        initiator_kinds=named if are_kinds else (),
        initiator_id="" if are_kinds else initiator.strip(),
        start=since,
        end=until,
        text=text.strip(),
        reached=seen.reached,
        own_id=seen.own_id,
    )


def words_in(text: str) -> tuple[str, ...]:
    """The words of a parameter that takes several, with commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


Wanted = NamedDependency[SkipValidation[JobFilter]]
JOB_FILTER = {"wanted": Provide(_wanted, sync_to_thread=True)}
