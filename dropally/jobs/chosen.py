"""Items named exactly, as a console's selection holds them: by entity, restore point and stored path.

An address that people type is looked up by name, and two names may look alike. What somebody ticked
in a listing is known by its key, so that nothing else can be meant.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dropally.common.errors import NotFoundError
from dropally.jobs.address import parse_address, short_id
from dropally.jobs.team_view import Entity, Item, Place, TeamView, find_entity, locate
from dropally.store import ObjectNotFoundError, PointId, Reader, Repository


@dataclass(frozen=True)
class Chosen:
    """One item of an entity at a restore point, with everything below it but `without`.

    `namespace` is the entity's own; `path` is as Dropbox's server lower-cased it, "" for all the
    entity has. `without` are such paths, too, below `path`.
    """

    namespace: str
    point: str
    path: str = ""
    without: tuple[str, ...] = ()


class Located(NamedTuple):
    """A chosen item, found. `without` are the places that are left out."""

    view: TeamView
    entity: Entity
    item: Item
    without: frozenset[Place] = frozenset()
    is_exact: bool = False

    def walk(self, *, cross_mounts: bool = True) -> Iterator[Item]:
        """The item itself if it is a file, else everything below it that is not left out."""
        items = self.view.walk(self.entity, self.item, cross_mounts=cross_mounts)
        if not self.without:
            return items
        return (item for item in items if not self._is_left_out(item.place))

    def _is_left_out(self, place: Place) -> bool:
        path = place.path
        while True:
            if Place(place.namespace, path) in self.without:
                return True
            if not path:
                return False
            path = path.rpartition("/")[0]


class Beside:
    """How items of several entities, restore points or folders are kept apart below one folder."""

    def __init__(self, located: Sequence[Located]) -> None:
        self._has_entities = len({one.entity.key for one in located}) > 1
        points: dict[str, set[str]] = {}
        for one in located:
            points.setdefault(one.entity.key, set()).add(one.view.point.id)
        self._several_points = {key for key, ids in points.items() if len(ids) > 1}
        # Two files of one name, ticked in two folders, would meet if both went into one.
        self._keeps_paths = len(located) > 1 and all(one.is_exact for one in located)

    def folders_of(self, one: Located) -> list[str]:
        """Names of the folders between the job's own one and the item."""
        folders = [one.entity.key] if self._has_entities else []
        if one.is_exact and one.entity.key in self._several_points:
            folders.append(f"{one.view.point.time:%Y-%m-%d %H%M%S}")
        if self._keeps_paths:
            folders += one.item.path.split("/")[1:-1]
        return folders


def locate_all(
    repository: Repository,
    reader: Reader,
    group: str,
    addresses: Sequence[str],
    chosen: Sequence[Chosen],
) -> list[Located]:
    """Everything that a job is asked for, typed addresses first. Raises NotFoundError."""
    found = [Located(*locate(repository, reader, group, parse_address(text))) for text in addresses]
    views: dict[str, TeamView] = {}
    return found + [_locate(repository, reader, group, one, views) for one in chosen]


def _locate(
    repository: Repository, reader: Reader, group: str, chosen: Chosen, views: dict[str, TeamView]
) -> Located:
    view = views.get(chosen.point)
    if view is None:
        view = views[chosen.point] = _open_point(repository, reader, group, chosen.point)
    entity = find_entity(view.roster, f"ns:{chosen.namespace}")
    without = set()
    for path in chosen.without:
        # A mounted folder is two places: where it is mounted, and its own root.
        without.add(view.stored_place(entity, path))
        without.add(view.find_stored(entity, path).place)
    item = view.find_stored(entity, chosen.path)
    return Located(view, entity, item, frozenset(without), is_exact=True)


def _open_point(repository: Repository, reader: Reader, group: str, point_id: str) -> TeamView:
    try:
        point = repository.point(PointId(point_id))
    except ObjectNotFoundError:
        point = None
    if point is None or point.group != group:
        raise NotFoundError(
            f"the restore point {short_id(point_id)} is not in the repository",
            hint="it may have been forgotten since: choose another one",
        )
    return TeamView(repository, reader, point)
