"""From the names that people type to the ids of the API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from dropally.cli.api.client import ApiClient
from dropally.common.errors import NotFoundError, UsageError
from dropally.jobs.address import LATEST, choose_point, nearest_names

Meaning = Literal["task", "deleted task", "entity", "user", "connection", "point"]
_PREFIX = {
    "task": "tsk_",
    "deleted task": "tsk_",
    "entity": "ent_",
    "user": "usr_",
    "connection": "con_",
}
_CHOICES_SHOWN = 20
_FIRST_STEPS: dict[Meaning, str] = {
    "task": "make one: dropally task add NAME",
    "connection": "connect a team: dropally connection connect",
}


def id_of(api: ApiClient, meaning: Meaning, typed: str, within: str = "") -> str:
    """The id of what is called so. Raises NotFoundError with the nearest names, UsageError for twins.

    `within` narrows: entities to a task; restore points are always those of an entity.
    """
    if meaning == "point":
        return _point(api, typed, within)
    if typed.startswith(_PREFIX[meaning]):
        return typed
    rows, names = _FINDERS[meaning](api, typed, within)
    wanted = typed.casefold()
    found = [row for row in rows if wanted in {name.casefold() for name in names(row)}]
    if len(found) > 1:
        choices = ", ".join(f"{row['id']} ({' / '.join(names(row))})" for row in found)
        raise UsageError(f"{len(found)} are called {typed!r}", hint=f"write one of: {choices}")
    if not found:
        known = [name for row in rows for name in names(row) if name]
        raise NotFoundError(f"no {meaning} is called {typed!r}", hint=nearest_names(typed, known))
    return str(found[0]["id"])


def only_id(api: ApiClient, meaning: Meaning, flag: str) -> str:
    """The id of the only one. Raises NotFoundError for none, UsageError where one has to choose."""
    rows, names = _FINDERS[meaning](api, "", "")
    if len(rows) == 1:
        return str(rows[0]["id"])
    if not rows:
        raise NotFoundError(f"there is no {meaning} yet", hint=_FIRST_STEPS.get(meaning, ""))
    choices = ", ".join(names(row)[0] for row in rows[:_CHOICES_SHOWN])
    raise UsageError(f"there are {len(rows)} {meaning}s", hint=f"add {flag} with one of: {choices}")


@dataclass(frozen=True)
class _Point:
    """A restore point, as far as choosing needs to know."""

    id: str
    time: datetime


def _point(api: ApiClient, typed: str, entity_id: str) -> str:
    """By day, time, id, or as so many back: `-2`."""
    if typed in {LATEST, ""}:
        return LATEST
    rows = list(api.pages(f"/entities/{entity_id}/points"))
    points = [_Point(row["id"], datetime.fromisoformat(row["time"])) for row in reversed(rows)]
    exact = next((point.id for point in points if point.id == typed), "")
    return exact or choose_point(points, typed).id


def entities_of(api: ApiClient, task: str, named: str = "") -> list[Any]:
    """The rows of a task's entities, of all tasks' if none is named; `named`: with this in a name."""
    tasks = [id_of(api, "task", task)] if task else [row["id"] for row in api.pages("/tasks")]
    query = {"q": named}
    return [row for one in tasks for row in api.pages(f"/tasks/{one}/entities", query)]


_Names = Callable[[Any], list[str]]
_Found = tuple[list[Any], _Names]


def _tasks(api: ApiClient, _typed: str, _task: str) -> _Found:
    return list(api.pages("/tasks")), lambda row: [row["name"]]


def _deleted_tasks(api: ApiClient, _typed: str, _task: str) -> _Found:
    return list(api.pages("/tasks", {"trash": True})), lambda row: [row["name"]]


def _entities(api: ApiClient, typed: str, task: str) -> _Found:
    """Narrowed by the server first."""
    rows = entities_of(api, task, typed) or entities_of(api, task)
    return rows, lambda row: [row["email"], row["name"], f"ns:{row['namespace']}"]


def _users(api: ApiClient, _typed: str, _task: str) -> _Found:
    rows = [row["user"] for row in api.pages("/users")]
    return rows, lambda row: [row["email"], row["name"]]


def _connections(api: ApiClient, _typed: str, _task: str) -> _Found:
    rows = api.ask("GET", "/connections")["items"]
    return rows, lambda row: [row["team_name"]]


_FINDERS: dict[Meaning, Callable[[ApiClient, str, str], _Found]] = {
    "task": _tasks,
    "deleted task": _deleted_tasks,
    "entity": _entities,
    "user": _users,
    "connection": _connections,
}
