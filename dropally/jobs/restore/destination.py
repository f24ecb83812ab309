"""Where restored items go in today's team, whatever it was called when they were backed up."""

from dataclasses import dataclass

from dropally.common.errors import UsageError
from dropally.dropbox_api import Roster
from dropally.jobs.paths import likely_lower
from dropally.jobs.team_view import Entity, Item, Place, TeamView, find_entity


@dataclass(frozen=True)
class Spot:
    """A path of a namespace as it is to be written, with its case."""

    namespace: str
    path: str


def parse_target(roster: Roster, text: str) -> Spot:
    """`ENTITY` or `ENTITY:/path` in today's team. Raises NotFoundError, UsageError."""
    name, colon, path = text.partition(":/")
    entity = find_entity(roster, name.removesuffix(":"))
    parts = [part for part in path.split("/") if part] if colon else []
    if ".." in parts or "." in parts:
        raise UsageError(f"{text!r} contains a part . or ..", hint="write the path in Dropbox")
    return _through_mounts(roster, entity, "".join(f"/{part}" for part in parts))


def home_of(roster: Roster, entity: Entity) -> Spot:
    """An entity's own top folder today. Raises UsageError if it left the team."""
    if not any(namespace.id == entity.namespace for namespace in roster.namespaces):
        raise UsageError(
            f"{entity.key} is no longer in the team",
            hint="say where to restore: --to MEMBER or --to TEAMFOLDER",
        )
    return Spot(entity.namespace, "")


def _through_mounts(roster: Roster, entity: Entity, path: str) -> Spot:
    """A path inside a shared folder that the member mounts belongs to that folder's namespace."""
    lower = likely_lower(path)
    for mount in roster.mounts:
        inside = lower == mount.path_lower or lower.startswith(mount.path_lower + "/")
        if mount.member_id == entity.member_id and entity.member_id and inside:
            return Spot(mount.namespace, path[len(mount.path_lower) :])
    return Spot(entity.namespace, path)


class DisplayPaths:
    """Paths as they were shown, rebuilt from each folder's own name.

    Dropbox's own display path is reliable only in its last part.
    """

    def __init__(self, view: TeamView) -> None:
        self._view = view
        self._known: dict[Place, str] = {}

    def of(self, item: Item) -> str:
        """The item's path in its own namespace, with its case."""
        folder, _, last = item.place.path.rpartition("/")
        return f"{self._folder(Place(item.place.namespace, folder))}/{item.entry.name or last}"

    def _folder(self, place: Place) -> str:
        if not place.path:
            return ""
        shown = self._known.get(place)
        if shown is None:
            above, _, last = place.path.rpartition("/")
            tree = self._view.tree(place.namespace)
            entry = tree.get(place.path) if tree is not None else None
            name = entry.name if entry is not None and entry.name else last
            shown = f"{self._folder(Place(place.namespace, above))}/{name}"
            self._known[place] = shown
        return shown
