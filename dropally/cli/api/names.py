"""From the names that people type to the ids of the API."""

from collections.abc import Callable
from typing import Any, Literal

from dropally.cli.api.client import ApiClient
from dropally.common.errors import NotFoundError, UsageError
from dropally.jobs.address import nearest_names

Meaning = Literal["task", "deleted task", "entity", "user", "connection"]
_PREFIX: dict[Meaning, str] = {
    "task": "tsk_",
    "deleted task": "tsk_",
    "entity": "ent_",
    "user": "usr_",
    "connection": "con_",
}


def id_of(api: ApiClient, meaning: Meaning, typed: str, within_task: str = "") -> str:
    """The id of what is called so. Raises NotFoundError with the nearest names, UsageError for twins."""
    if typed.startswith(_PREFIX[meaning]):
        return typed
    rows, names = _FINDERS[meaning](api, typed, within_task)
    wanted = typed.casefold()
    found = [row for row in rows if wanted in {name.casefold() for name in names(row)}]
    if len(found) > 1:
        choices = ", ".join(f"{row['id']} ({' / '.join(names(row))})" for row in found)
        raise UsageError(f"{len(found)} are called {typed!r}", hint=f"write one of: {choices}")
    if not found:
        known = [name for row in rows for name in names(row) if name]
        raise NotFoundError(f"no {meaning} is called {typed!r}", hint=nearest_names(typed, known))
    return str(found[0]["id"])


_Names = Callable[[Any], list[str]]
_Found = tuple[list[Any], _Names]


def _tasks(api: ApiClient, _typed: str, _task: str) -> _Found:
    return list(api.pages("/tasks")), lambda row: [row["name"]]


def _deleted_tasks(api: ApiClient, _typed: str, _task: str) -> _Found:
    return list(api.pages("/tasks", {"trash": True})), lambda row: [row["name"]]


def _entities(api: ApiClient, typed: str, task: str) -> _Found:
    """In the task that was named, else in all of them; narrowed by the server first."""
    tasks = [id_of(api, "task", task)] if task else [row["id"] for row in api.pages("/tasks")]
    rows = [row for one in tasks for row in api.pages(f"/tasks/{one}/entities", {"q": typed})]
    if not rows:
        rows = [row for one in tasks for row in api.pages(f"/tasks/{one}/entities", limit=500)]
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
