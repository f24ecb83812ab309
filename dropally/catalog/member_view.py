"""A member's tree at a restore point: the home, and the shared folders mounted in it.

Every namespace is recorded once. What an entity sees goes from one namespace's snapshot into
another's of the same restore point, wherever a folder is mounted.
"""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from dropally.catalog.history import SAME_PATH
from dropally.catalog.items import ItemState, Totals
from dropally.catalog.listing import (
    BY_NAME,
    MOST_ROWS,
    ListedItem,
    Order,
    PageMark,
    get_item,
    list_folder,
)
from dropally.catalog.places import SnapshotRow, find_child, find_item, folder_totals
from dropally.catalog.points import PointRow, snapshot_at
from dropally.catalog.roster_recording import EntityFacts

_DEEPEST_NESTING = 32
_MOUNT_AT = f"""
SELECT mount FROM item WHERE id = :item AND first <= :number
UNION ALL
SELECT past.mount FROM item CROSS JOIN past INDEXED BY past_name ON {SAME_PATH}
WHERE item.id = :item AND past.first <= :number AND until > :number
"""  # noqa: S608  constants


class Place(NamedTuple):
    """Where an item is stored: a namespace and the server's lower-case path in it ("" = root)."""

    namespace: str
    path: str


class MemberView:
    """One entity at one restore point, within one reading of the catalog."""

    def __init__(
        self, connection: sqlite3.Connection, point: PointRow, entity: EntityFacts
    ) -> None:
        self._connection = connection
        self._point = point
        self._entity = entity
        self._snapshots: dict[str, SnapshotRow | None] = {}
        self._roster_mounts = self._read_mounts()

    def place(self, path: str) -> Place:
        """Where a path of the entity's tree is stored; it need not be there at this point.

        `path` is lower-cased as the server does it, "" for the root.
        """
        place = Place(self._entity.namespace, "")
        item = self._root(place.namespace)
        for key in path.split("/")[1:]:
            if item is not None:
                item = find_child(self._connection, item, key)
            place = Place(place.namespace, f"{place.path}/{key}")
            target = self._mounted_at(place, item)
            if target is not None:
                place = Place(target, "")
                item = self._root(target)
        return place

    def list_folder(
        self,
        path: str,
        *,
        order: Order = BY_NAME,
        after: PageMark | None = None,
        limit: int = MOST_ROWS,
        name_part: str = "",
    ) -> list[ListedItem]:
        """The next rows of a folder, mount points included; an empty list ends it.

        `name_part` (lower-cased) leaves only those whose name has it.
        """
        place = self.place(path)
        snapshot = self._snapshot(place.namespace)
        found = (
            list_folder(
                self._connection,
                snapshot,
                place.path,
                order=order,
                after=after,
                limit=limit,
                name_part=name_part,
            )
            if snapshot is not None
            else []
        )
        if after is not None and after.is_file:
            return found
        mounts = [
            one for one in self._unlisted(place, snapshot, order, after) if name_part in one.key
        ]
        return _merge(found, mounts, order, limit) if mounts else found

    def get(self, path: str) -> ListedItem | None:
        """The item at a path, a mount point included; None if it is not there at this point."""
        parent, _, key = path.rpartition("/")
        place = self.place(parent)
        snapshot = self._snapshot(place.namespace)
        stored = f"{place.path}/{key}"
        found = get_item(self._connection, snapshot, stored) if snapshot is not None else None
        if found is None and place.namespace == self._entity.namespace:
            return self._roster_mount(stored)
        return found

    def totals(self, path: str) -> Totals:
        """What is below a folder, mounted folders included; each namespace counts once."""
        return self._totals(self.place(path), {self._entity.namespace})

    def mounts_below(self, path: str) -> list[tuple[str, str]]:
        """(path in the entity's tree, namespace) of folders mounted below a folder, by path.

        Mounts within mounted folders are included; each namespace is there once.
        """
        found: dict[str, str] = {}
        self._gather_mounts(path, {self.place(path).namespace}, found)
        return sorted(found.items())

    def _gather_mounts(self, shown: str, entered: set[str], found: dict[str, str]) -> None:
        place = self.place(shown)
        for namespace, path, _ in self._mounts_in(place, self._snapshot(place.namespace)):
            if namespace in entered or self._snapshot(namespace) is None:
                continue
            entered.add(namespace)
            inner = f"{shown}{path[len(place.path) :]}"
            found[inner] = namespace
            self._gather_mounts(inner, entered, found)

    # -- mounts ----------------------------------------------------------------------------

    def _mounted_at(self, place: Place, item: int | None) -> str | None:
        """The namespace mounted at a place, if it was backed up."""
        snapshot = self._snapshot(place.namespace)
        mount = self._mount_of(item, snapshot) if item is not None and snapshot else None
        if mount is None and place.namespace == self._entity.namespace:
            mount, _ = self._roster_mounts.get(place.path, (None, ""))
            if mount and snapshot and get_item(self._connection, snapshot, place.path):
                mount = None  # something of the member's own lies there
        return mount if mount and self._snapshot(mount) is not None else None

    def _mount_of(self, item: int, snapshot: SnapshotRow) -> str | None:
        row = self._connection.execute(
            _MOUNT_AT, {"item": item, "number": snapshot.number}
        ).fetchone()
        return row[0] if row else None

    def _unlisted(
        self,
        place: Place,
        snapshot: SnapshotRow | None,
        order: Order,
        after: PageMark | None,
    ) -> list[ListedItem]:
        """Mount points that Dropbox told of by the member, not in the home's own listing."""
        if place.namespace != self._entity.namespace:
            return []
        is_backwards = order.by == "name" and order.descending
        found = []
        for path in self._roster_mounts:
            folder, _, key = path.rpartition("/")
            if folder != place.path:
                continue
            if after is not None and (key >= after.key if is_backwards else key <= after.key):
                continue
            is_listed = snapshot and get_item(self._connection, snapshot, path)
            if not is_listed and (mount := self._roster_mount(path)) is not None:
                found.append(mount)
        return found

    def _roster_mount(self, path: str) -> ListedItem | None:
        if path not in self._roster_mounts:
            return None
        namespace, name = self._roster_mounts[path]
        key = path.rpartition("/")[2]
        state = ItemState("folder", name, mount=namespace)
        return ListedItem(key, state, Totals(), PageMark(False, key))

    def _totals(self, place: Place, entered: set[str], depth: int = 0) -> Totals:
        snapshot = self._snapshot(place.namespace)
        total = Totals()
        if snapshot is not None:
            folder = find_item(self._connection, snapshot.root, place.path)
            if folder is not None:
                total = folder_totals(self._connection, folder, snapshot.number)
        for namespace, _, is_listed in self._mounts_in(place, snapshot):
            if not is_listed:
                total += Totals(folders=1)
            is_known = namespace in entered or depth > _DEEPEST_NESTING
            if not is_known and self._snapshot(namespace) is not None:
                entered.add(namespace)
                total += self._totals(Place(namespace, ""), entered, depth + 1)
        return total

    def _mounts_in(
        self, place: Place, snapshot: SnapshotRow | None
    ) -> Iterator[tuple[str, str, bool]]:
        """What is mounted below a folder, where in its namespace, and whether a listing has it."""
        if snapshot is not None:
            rows = self._connection.execute(
                "SELECT item FROM mounted WHERE root = ?", (snapshot.root,)
            ).fetchall()
            for (item,) in rows:
                namespace = self._mount_of(item, snapshot)
                path = self._path(item, snapshot.root) if namespace else ""
                if namespace and path.startswith(place.path + "/"):
                    yield namespace, path, True
        if place.namespace == self._entity.namespace:
            for path, (namespace, _) in self._roster_mounts.items():
                if path.startswith(place.path + "/") and (
                    snapshot is None or get_item(self._connection, snapshot, path) is None
                ):
                    yield namespace, path, False

    def _path(self, item: int, root: int) -> str:
        keys: list[str] = []
        while item != root:
            key, item = self._connection.execute(
                "SELECT key, parent FROM item WHERE id = ?", (item,)
            ).fetchone()
            keys.append(key)
        return "".join(f"/{key}" for key in reversed(keys))

    # -- plumbing --------------------------------------------------------------------------

    def _snapshot(self, namespace: str) -> SnapshotRow | None:
        if namespace not in self._snapshots:
            self._snapshots[namespace] = snapshot_at(self._connection, self._point, namespace)
        return self._snapshots[namespace]

    def _root(self, namespace: str) -> int | None:
        snapshot = self._snapshot(namespace)
        return snapshot.root if snapshot is not None else None

    def _read_mounts(self) -> dict[str, tuple[str, str]]:
        """Path -> (namespace, name) of the member's mounts at the point."""
        if not self._entity.member:
            return {}
        rows = self._connection.execute(
            "SELECT path, namespace, name FROM mount"
            " WHERE team = ? AND member = ? AND first <= ? AND until > ?",
            (self._point.team, self._entity.member, self._point.number, self._point.number),
        )
        return {path: (namespace, name) for path, namespace, name in rows}


def _merge(
    found: list[ListedItem], mounts: list[ListedItem], order: Order, limit: int
) -> list[ListedItem]:
    """Mount points in their places among the folders of a page."""
    folders = [row for row in found if not row.mark.is_file] + mounts
    folders.sort(key=lambda row: row.key, reverse=order.by == "name" and order.descending)
    return (folders + [row for row in found if row.mark.is_file])[:limit]
