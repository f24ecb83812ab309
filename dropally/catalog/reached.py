"""Rows that somebody may see: those of the tasks and entities that their rights cover."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True)
class Reached:
    """Tasks and entities that are covered. A row counts if every given one of these covers it."""

    tasks: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()


_JOB = (
    "(job.task_id IN (SELECT value FROM json_each(:tasks{n}))"
    " OR (EXISTS (SELECT 1 FROM job_entity WHERE job = job.number)"
    " AND NOT EXISTS (SELECT 1 FROM job_entity WHERE job = job.number"
    " AND entity_id NOT IN (SELECT value FROM json_each(:entities{n})))))"
)
_ACTIVITY = (
    "(task_id IN (SELECT value FROM json_each(:tasks{n}))"
    " OR entity_id IN (SELECT value FROM json_each(:entities{n})))"
)


def job_clauses(
    reached: Sequence[Reached], own_id: str = ""
) -> tuple[list[str], dict[str, object]]:
    """Conditions on `job`: its task is covered, or it is about covered entities only.

    `own_id`: what this one asked for counts in any case.
    """
    clauses, values = _clauses(_JOB, reached)
    if clauses and own_id:
        clauses = [f"(job.initiator_id = :own_id OR ({' AND '.join(clauses)}))"]
        values["own_id"] = own_id
    return clauses, values


def activity_clauses(reached: Sequence[Reached]) -> tuple[list[str], dict[str, object]]:
    """Conditions on `activity`: its task is covered, or its entity is."""
    return _clauses(_ACTIVITY, reached)


def _clauses(template: str, reached: Sequence[Reached]) -> tuple[list[str], dict[str, object]]:
    values: dict[str, object] = {}
    for number, one in enumerate(reached):
        values[f"tasks{number}"] = as_json(one.tasks)
        values[f"entities{number}"] = as_json(one.entities)
    return [template.format(n=number) for number in range(len(reached))], values


def as_json(words: frozenset[str] | Sequence[str]) -> str:
    """For `json_each`: one parameter for any number of words. The empty word covers nothing."""
    return msgspec.json.encode(sorted(word for word in words if word)).decode()
