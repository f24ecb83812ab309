"""`ls`, `versions`, `diff`, `cat` and `snapshots`, asked of a server."""

import sys
from typing import Any

from dropally.cli.api.cells import Column, table_rows
from dropally.cli.api.client import ApiClient
from dropally.cli.api.names import entities_of, id_of
from dropally.cli.api.places import find_place
from dropally.cli.screen import Screen
from dropally.common.errors import UsageError

_ENTITIES = (Column("name", "name"), Column("e-mail", "email"), Column("kind", "kind"), Column("id", "id"))  # fmt: skip
_ITEMS = (
    Column("size", "size_bytes", "bytes"), Column("modified", "modified", "time"), Column("name", "shown"),
)  # fmt: skip
_VERSIONS = (
    Column("since", "first_time", "time"), Column("restore point", "first_point", "point"), Column("size", "size_bytes", "bytes"),
    Column("modified", "modified", "time"), Column("by", "modified_by"),
)  # fmt: skip
_POINTS = (
    Column("id", "id", "point"), Column("time", "time", "time"), Column("files", "files", "count"), Column("size", "size_bytes", "bytes"),
    Column("added", "added", "count"), Column("changed", "changed", "count"), Column("deleted", "deleted", "count"),
)  # fmt: skip
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def list_points(api: ApiClient, screen: Screen, entity: str, task: str) -> None:
    """The restore points of an entity, the newest first."""
    if not entity:
        raise UsageError(
            "a server lists the restore points of one member or folder",
            hint="name one: dropally snapshots ann@example.com",
        )
    entity_id = id_of(api, "entity", entity, task)
    rows = list(api.pages(f"/entities/{entity_id}/points"))
    _table(screen, _POINTS, rows, "No backup yet.")


def list_folder(
    api: ApiClient, screen: Screen, address: str, task: str, *, recursive: bool
) -> None:
    """A folder as it was; without an address, all that can be named."""
    if recursive:
        raise UsageError(
            "a server lists one folder at a time", hint="leave --recursive out, or use `export`"
        )
    if not address:
        rows = entities_of(api, task)
        _table(screen, _ENTITIES, rows, "Nothing is protected yet: dropally task add")
        return
    place = find_place(api, address, task)
    rows = list(api.pages(f"{place.at_point}/tree", {"path": place.path}))
    told = [{**row, "shown": _shown(row)} for row in rows]
    screen.table([one.title for one in _ITEMS], table_rows(_ITEMS, told))
    screen.result(rows)


def _shown(row: Any) -> str:
    if row["kind"] == "folder":
        return f"{row['name']}/"
    return f"{row['name']}  ({row['failure']})" if row["failure"] else str(row["name"])


def list_versions(api: ApiClient, screen: Screen, address: str, task: str) -> None:
    """The versions of a file, the newest first."""
    place = find_place(api, address, task)
    query = {"path": place.path, "point": place.point_id}
    rows = api.ask("GET", f"/entities/{place.entity_id}/versions", query=query)
    _table(screen, _VERSIONS, rows, "No version.")


def list_differences(api: ApiClient, screen: Screen, addresses: tuple[str, str], task: str) -> None:
    """What changed below a folder between two dates."""
    before, after = (find_place(api, one, task) for one in addresses)
    if (before.entity_id, before.path) != (after.entity_id, after.path):
        raise UsageError("these are two different places", hint="name one folder at two dates")
    query = {"since": before.point_id, "path": after.path}
    rows = list(api.pages(f"{after.at_point}/differences", query))
    for row in rows:
        screen.say(f"{_SIGNS[row['change']]} {row['shown']}")
    screen.result(rows)


def write_content(api: ApiClient, address: str, task: str) -> None:
    """A file's bytes to the standard output."""
    place = find_place(api, address, task)
    with api.stream(f"{place.at_point}/content", query={"path": place.path}) as answer:
        for piece in answer.iter_bytes():
            sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _table(screen: Screen, columns: tuple[Column, ...], rows: list[Any], empty: str) -> None:
    if rows:
        screen.table([one.title for one in columns], table_rows(columns, rows))
    else:
        screen.say(empty)
    screen.result(rows)
