"""A restore point as the admin sees it: members, team folders and shared folders with their trees.

Every namespace is stored once. A member's tree is the home with the shared folders mounted in it;
walking it crosses from one namespace's snapshot into another's of the same restore point.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import msgspec

from dropally.common.errors import NotFoundError, UsageError
from dropally.dropbox_api import Namespace, Roster
from dropally.jobs.address import Address, choose_point, nearest_names, short_id
from dropally.jobs.paths import likely_lower, same_name
from dropally.store import DamagedError, Entry, Point, Reader, Repository, Snapshot, TreeView

EntityKind = Literal["member", "team folder", "shared folder", "app folder"]
_KINDS: dict[str, EntityKind] = {
    "member": "member",
    "team_folder": "team folder",
    "shared_folder": "shared folder",
    "app_folder": "app folder",
}
_DEEPEST_NESTING = 32


@dataclass(frozen=True)
class Entity:
    """What the admin names. `key` is the word to type: an address, a name, or ns:ID."""

    kind: EntityKind
    key: str
    namespace: str
    member_id: str = ""


class Place(NamedTuple):
    """Where an item is stored: a namespace and the server's lower-case path in it ("" = root)."""

    namespace: str
    path: str


class Item(NamedTuple):
    """One file or folder met on a walk.

    `path` is for people, from the folder where the walk began (which is ""); `place` is where the
    item is stored, which for a mounted folder's contents is the mounted namespace.
    """

    path: str
    place: Place
    entry: Entry


class TeamView:
    """One restore point, opened for reading."""

    def __init__(self, repository: Repository, reader: Reader, point: Point) -> None:
        self.point = point
        self.reader = reader
        self._repository = repository
        self._trees: dict[str, TreeView | None] = {}
        self._snapshots: dict[str, Snapshot | None] = {}

    @cached_property
    def roster(self) -> Roster:
        """Who the team was then."""
        if self.point.about is None:
            raise NotFoundError(f"the restore point {self.point.id} says nothing about its team")
        stored = b"".join(self.reader.read(self.point.about))
        try:
            return msgspec.msgpack.decode(stored, type=Roster)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise DamagedError(
                f"the roster of the restore point {self.point.id} cannot be read",
                hint="choose another restore point",
            ) from error

    @cached_property
    def entities(self) -> list[Entity]:
        """Everything that can be named, members first."""
        return entities_of(self.roster)

    def entity(self, name: str) -> Entity:
        """The entity with this address, name or ns:ID. NotFoundError offers similar names."""
        return find_entity(self.roster, name)

    def snapshot(self, namespace: str) -> Snapshot | None:
        """The snapshot that a namespace had at this point; None if it was not backed up."""
        if namespace not in self._snapshots:
            snapshot_id = self._repository.point_snapshot(self.point, namespace)
            self._snapshots[namespace] = (
                self._repository.snapshot(snapshot_id) if snapshot_id else None
            )
        return self._snapshots[namespace]

    def tree(self, namespace: str) -> TreeView | None:
        """The namespace's tree at this point."""
        if namespace not in self._trees:
            snapshot = self.snapshot(namespace)
            self._trees[namespace] = self.reader.tree(snapshot.root) if snapshot else None
        return self._trees[namespace]

    # -- one path --------------------------------------------------------------------------

    def find(self, entity: Entity, path: str) -> Item:
        """The item at a path as people write it. NotFoundError names the part that is missing."""
        place = Place(entity.namespace, "")
        entry = Entry("folder", entity.key)
        shown = ""
        for name in path.strip("/").split("/") if path.strip("/") else []:
            child = self._child(entity, place, name)
            if child is None:
                names = [item.entry.name for item in self.children(entity, place, shown)]
                raise NotFoundError(
                    f"{entity.key} has no {shown}/{name} at this restore point",
                    hint=nearest_names(name, names),
                )
            shown = f"{shown}/{child.entry.name}"
            place, entry = self._through_mount(child)
        return Item(shown, place, entry)

    def find_stored(self, entity: Entity, path: str) -> Item:
        """The item at a path whose parts are the server's own keys ("" for the root).

        Raises NotFoundError. The item's own path is as people write it.
        """
        place = Place(entity.namespace, "")
        entry = Entry("folder", entity.key)
        shown = ""
        for key in path.split("/")[1:]:
            child = self._stored_child(entity, place, key)
            if child is None:
                raise NotFoundError(
                    f"{entity.key} has no {shown}/{key} at this restore point",
                    hint="list the folder again: it may be in another restore point",
                )
            shown = f"{shown}/{child.entry.name or key}"
            place, entry = self._through_mount(child)
        return Item(shown, place, entry)

    def stored_place(self, entity: Entity, path: str) -> Place:
        """Where a path itself is stored: for a mounted folder, the place it is mounted at."""
        folder, _, key = path.rpartition("/")
        place = self.find_stored(entity, folder).place
        return Place(place.namespace, f"{place.path}/{key}")

    def _stored_child(self, entity: Entity, folder: Place, key: str) -> Item | None:
        path = f"{folder.path}/{key}"
        tree = self.tree(folder.namespace)
        entry = tree.get(path) if tree is not None else None
        if entry is None:
            entry = dict(self._unlisted_mounts(entity, folder.namespace)).get(path)
        return Item("", Place(folder.namespace, path), entry) if entry is not None else None

    def _child(self, entity: Entity, folder: Place, name: str) -> Item | None:
        """A child by name: by its likely key first, since a folder may hold a million others."""
        tree = self.tree(folder.namespace)
        likely = f"{folder.path}/{likely_lower(name)}"
        if tree is not None and (entry := tree.get(likely)) is not None:
            return Item("", Place(folder.namespace, likely), entry)
        for item in self.children(entity, folder, ""):
            if same_name(item.entry.name, name):
                return item
        return None

    def _through_mount(self, item: Item) -> tuple[Place, Entry]:
        """A mount point's content is the mounted namespace's root, if that was backed up."""
        if item.entry.mount and self.tree(item.entry.mount) is not None:
            return Place(item.entry.mount, ""), item.entry
        return item.place, item.entry

    # -- walking ---------------------------------------------------------------------------

    def children(self, entity: Entity, folder: Place, shown: str) -> Iterator[Item]:
        """What lies directly in a folder, sorted as stored; mount points included."""
        tree = self.tree(folder.namespace)
        seen = set()
        if tree is not None:
            for path, entry in tree.children(folder.path):
                seen.add(path)
                yield Item(f"{shown}/{_shown(entry, path)}", Place(folder.namespace, path), entry)
        for path, entry in self._unlisted_mounts(entity, folder.namespace):
            if path not in seen and path.rpartition("/")[0] == folder.path:
                yield Item(f"{shown}/{entry.name}", Place(folder.namespace, path), entry)

    def walk(self, entity: Entity, top: Item, *, cross_mounts: bool = True) -> Iterator[Item]:
        """Everything below a folder (or the one file itself), folders before their contents.

        Paths begin at the folder's own contents. Mounted folders that were backed up are crossed
        into unless `cross_mounts` is off; a folder mounted in itself ends the walk.
        """
        if top.entry.kind != "folder":
            yield Item(f"/{_shown(top.entry, top.place.path)}", top.place, top.entry)
            return
        entered = frozenset({top.place.namespace})
        yield from self._walk(entity, top.place, "", entered, cross_mounts=cross_mounts)

    def mounts_below(self, entity: Entity, top: Item) -> Iterator[Item]:
        """The mount points below a folder, those inside mounted folders included."""
        return (item for item in self.walk(entity, top) if item.entry.mount)

    def _walk(
        self,
        entity: Entity,
        top: Place,
        shown_top: str,
        entered: frozenset[str],
        *,
        cross_mounts: bool,
    ) -> Iterator[Item]:
        if len(entered) > _DEEPEST_NESTING:
            return
        shown = {top.path: shown_top}
        mounts: list[Item] = []
        for path, entry in self._entries(entity, top):
            parent = path.rpartition("/")[0]
            above = shown.get(parent, shown_top + parent[len(top.path) :])
            name = f"{above}/{_shown(entry, path)}"
            if entry.kind == "folder":
                shown[path] = name
            item = Item(name, Place(top.namespace, path), entry)
            yield item
            if entry.mount and cross_mounts:
                mounts.append(item)
        for item in mounts:
            target, _ = self._through_mount(item)
            if target.namespace not in entered:
                inside = entered | {target.namespace}
                yield from self._walk(entity, target, item.path, inside, cross_mounts=True)

    def _entries(self, entity: Entity, top: Place) -> Iterator[tuple[str, Entry]]:
        tree = self.tree(top.namespace)
        listed = set()
        if tree is not None:
            for path, entry in tree.scan(top.path):
                if entry.mount:
                    listed.add(path)
                yield path, entry
        for path, entry in self._unlisted_mounts(entity, top.namespace):
            if path.startswith(top.path + "/") and path not in listed:
                yield path, entry

    def _unlisted_mounts(self, entity: Entity, namespace: str) -> list[tuple[str, Entry]]:
        """Mount points that Dropbox told of by the member, not in the home's own listing."""
        if not entity.member_id or namespace != entity.namespace:
            return []
        return [
            (
                mount.path_lower,
                Entry("folder", mount.path_display.rpartition("/")[2], mount=mount.namespace),
            )
            for mount in self.roster.mounts
            if mount.member_id == entity.member_id
        ]


def _shown(entry: Entry, path: str) -> str:
    """An item's name in a path; by its key if it has none, or one that Dropbox cannot have given."""
    return entry.name if entry.name and "/" not in entry.name else path.rpartition("/")[2]


def entities_of(roster: Roster) -> list[Entity]:
    """Everything that can be named, members first."""
    emails = {member.member_id: member.email for member in roster.members}
    order = list(_KINDS.values())
    found = [_entity(namespace, emails) for namespace in roster.namespaces]
    return sorted(found, key=lambda entity: (order.index(entity.kind), entity.key.casefold()))


def find_entity(roster: Roster, name: str) -> Entity:
    """The entity with this address, name or ns:ID. NotFoundError offers similar names."""
    entities = entities_of(roster)
    wanted = name.casefold()
    found = [entity for entity in entities if f"ns:{entity.namespace}" == name]
    found = found or [entity for entity in entities if entity.key.casefold() == wanted]
    if len(found) > 1:
        choices = ", ".join(f"ns:{entity.namespace} ({entity.kind})" for entity in found)
        raise UsageError(f"{len(found)} are called {name!r}", hint=f"write one of: {choices}")
    if not found:
        raise NotFoundError(
            f"no member, team folder or shared folder is called {name!r}",
            hint=nearest_names(name, [entity.key for entity in entities]),
        )
    return found[0]


def open_view(repository: Repository, reader: Reader, group: str, date: str) -> TeamView:
    """The restore point that `date` means. NotFoundError names the nearest ones."""
    return TeamView(repository, reader, choose_point(list(repository.points(group)), date))


def locate(
    repository: Repository, reader: Reader, group: str, address: Address
) -> tuple[TeamView, Entity, Item]:
    """Everything an address means. Raises NotFoundError for an unknown entity, date or path.

    An entity that has left the team is pointed out with the last restore point that has it.
    """
    points = list(repository.points(group))
    view = TeamView(repository, reader, choose_point(points, address.date))
    try:
        entity = view.entity(address.entity)
    except NotFoundError as error:
        hint = _last_seen(repository, reader, points, view.point, address)
        raise NotFoundError(error.message, hint=hint or error.hint) from error
    return view, entity, view.find(entity, address.path)


def _last_seen(
    repository: Repository, reader: Reader, points: list[Point], chosen: Point, address: Address
) -> str:
    for point in reversed([point for point in points if point.time < chosen.time]):
        view = TeamView(repository, reader, point)
        try:
            view.entity(address.entity)
        except NotFoundError:
            continue
        return f"it was last seen in {address.entity}@{short_id(point.id)}:{address.path}"
    return ""


def _entity(namespace: Namespace, emails: dict[str, str]) -> Entity:
    if namespace.kind == "member":
        key = emails.get(namespace.member_id, namespace.name)
        return Entity("member", key, namespace.id, namespace.member_id)
    return Entity(_KINDS[namespace.kind], namespace.name, namespace.id)
