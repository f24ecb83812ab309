"""From `ENTITY[@DATE]:/path`, as people type it, to what the API calls entity, point and path."""

from dataclasses import dataclass
from typing import Any

from dropally.cli.api.client import ApiClient
from dropally.cli.api.names import id_of
from dropally.jobs.address import Address, parse_address

_ITEMS_AT_ONCE = 1000


@dataclass(frozen=True)
class FoundPlace:
    """Where something is. `path` is empty for everything."""

    entity_id: str
    point_id: str
    path: str

    @property
    def at_point(self) -> str:
        """The address of the entity at the restore point."""
        return f"/entities/{self.entity_id}/points/{self.point_id}"


def find_place(api: ApiClient, typed: str, task: str = "") -> FoundPlace:
    """Raises UsageError for no address, NotFoundError with the nearest names or dates."""
    return place_of(api, parse_address(typed), task)


def place_of(api: ApiClient, address: Address, task: str = "") -> FoundPlace:
    """Where an address leads. Raises NotFoundError."""
    entity_id = id_of(api, "entity", address.entity, task)
    point_id = id_of(api, "point", address.date, entity_id)
    return FoundPlace(entity_id, point_id, "" if address.path == "/" else address.path)


def change_selection(
    api: ApiClient, selection_id: str, action: str, places: list[FoundPlace]
) -> Any:
    """Tick or untick; returns the selection as it is then."""
    answer: Any = None
    for start in range(0, len(places), _ITEMS_AT_ONCE):
        items = [
            {"entity_id": one.entity_id, "point_id": one.point_id, "path": one.path}
            for one in places[start : start + _ITEMS_AT_ONCE]
        ]
        answer = api.ask(
            "POST",
            f"/selections/{selection_id}/items",
            body={"action": action, "items": items},
        )
    return answer
