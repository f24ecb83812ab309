"""Questions about what is stored: folders, versions of a file, differences, contents."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dropally.common.errors import NotFoundError, UsageError
from dropally.jobs.address import Address, short_id
from dropally.jobs.team_view import Entity, Item, Place, TeamView, locate
from dropally.store import Entry, Point, Reader, Repository

Change = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Version:
    """One version of a file, and the first restore point that has it."""

    point: str
    point_time: datetime
    entry: Entry


@dataclass(frozen=True)
class Difference:
    """One path that differs between two restore points."""

    change: Change
    path: str
    before: Entry | None
    after: Entry | None


def list_folder(
    repository: Repository, reader: Reader, group: str, address: Address, *, recursive: bool = False
) -> Iterator[Item]:
    """What lies in a folder; a file lists itself. Raises NotFoundError."""
    view, entity, item = locate(repository, reader, group, address)
    if item.entry.kind != "folder":
        yield Item(item.path, item.place, item.entry)
    elif recursive:
        yield from view.walk(entity, item)
    else:
        yield from view.children(entity, item.place, "")


def read_file(
    repository: Repository, reader: Reader, group: str, address: Address
) -> Iterator[bytes]:
    """The bytes of one file. Raises NotFoundError, UsageError for a folder."""
    _, _, item = locate(repository, reader, group, address)
    entry = item.entry
    if entry.kind == "folder":
        raise UsageError(f"{address} is a folder", hint="`dropally export` writes whole folders")
    content = entry.content
    if content is None and entry.export is not None:
        content = next(iter(entry.export.formats.values()), None)
    if content is None:
        raise NotFoundError(
            f"{address} has no content at this restore point: {entry.failure or entry.kind}",
            hint="`dropally versions` shows whether an earlier one has it",
        )
    yield from reader.read(content)


def file_versions(
    repository: Repository, reader: Reader, group: str, address: Address
) -> list[Version]:
    """Every version of a path, newest first, also of a file that is deleted by now.

    Raises NotFoundError if no restore point ever had it.
    """
    points = list(repository.points(group))
    place = _last_place(repository, reader, group, points, address)
    found: list[Version] = []
    last: str | None = None
    for snapshot in repository.snapshots(place.namespace):
        entry = reader.tree(snapshot.root).get(place.path)
        seen = None if entry is None or entry.kind == "folder" else entry.rev
        if entry is not None and seen is not None and seen != last:
            point = next((point for point in points if point.time >= snapshot.time), None)
            if point is not None:
                found.append(Version(short_id(point.id), point.time, entry))
        last = seen
    return found[::-1]


def _last_place(
    repository: Repository, reader: Reader, group: str, points: list[Point], address: Address
) -> Place:
    try:
        return locate(repository, reader, group, address)[2].place
    except NotFoundError:
        for point in reversed(points):
            view = TeamView(repository, reader, point)
            try:
                return view.find(view.entity(address.entity), address.path).place
            except NotFoundError:
                continue
        raise


def differences(
    repository: Repository, reader: Reader, group: str, older: Address, newer: Address
) -> Iterator[Difference]:
    """What changed below a folder between two restore points, mounted folders included.

    Raises UsageError when the addresses name two different folders.
    """
    before, _, old_item = locate(repository, reader, group, older)
    after, entity, new_item = locate(repository, reader, group, newer)
    if old_item.place != new_item.place:
        raise UsageError(
            f"{older} and {newer} are not the same folder", hint="compare one folder at two dates"
        )
    yield from _compare(before, after, new_item.place, "")
    for item in after.mounts_below(entity, new_item):
        yield from _compare(before, after, Place(item.entry.mount, ""), item.path)


def _compare(before: TeamView, after: TeamView, top: Place, shown: str) -> Iterator[Difference]:
    old, new = before.tree(top.namespace), after.tree(top.namespace)
    empty = before.reader.tree(None)
    for path, was, now in (old or empty).diff(new or empty):
        if not path.startswith(top.path + "/"):
            continue
        name = f"{shown}{path[len(top.path) :]}"
        change: Change = "added" if was is None else "removed" if now is None else "changed"
        yield Difference(change, name, was, now)


def entity_points(
    repository: Repository, reader: Reader, group: str, name: str
) -> Iterator[tuple[Point, Entity, dict[str, int]]]:
    """The restore points that contain an entity, oldest first, with its statistics in each."""
    for point in repository.points(group):
        view = TeamView(repository, reader, point)
        try:
            entity = view.entity(name)
        except NotFoundError:
            continue
        snapshot = view.snapshot(entity.namespace)
        if snapshot is not None:
            yield point, entity, dict(snapshot.stats)
