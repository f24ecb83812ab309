"""The team's event log: who did what, as team_log/get_events tells it.

Only the facts are kept here; `api.team_log` puts them into Dropbox's words.
"""

from typing import Literal

import msgspec

from dropally.simulator.state.clock import SimClock
from dropally.simulator.state.tables import Table

EventKind = Literal[
    "file_add",
    "file_edit",
    "file_delete",
    "file_move",
    "file_rename",
    "file_copy",
    "file_restore",
    "create_folder",
    "shared_folder_create",
    "shared_folder_mount",
    "shared_folder_unmount",
    "shared_content_add_member",
    "shared_content_unshare",
    "shared_link_create",
    "team_folder_create",
    "team_folder_rename",
    "team_folder_change_status",
    "member_change_status",
    "member_change_name",
    "member_change_email",
    "app_link_team",
    "app_unlink_team",
]


class Event(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One line of the log."""

    kind: EventKind
    number: int = 0
    at: float = 0
    actor: str = ""
    """Account id of who did it; empty when Dropbox itself or an app did."""
    ns: str = ""
    """The namespace of the file or folder concerned."""
    path: str = ""
    """Its path within the namespace."""
    item_id: str = ""
    folder: bool = False
    target_ns: str = ""
    """For moves and copies: where it went."""
    target_path: str = ""
    subject: str = ""
    """Account id of the person concerned, where that is another than the actor."""
    old: str = ""
    new: str = ""
    """What changed: a status, a name, an address, an access level."""


class EventLog:
    """Events in the order they happened."""

    def __init__(self, clock: SimClock) -> None:
        self._clock = clock
        self.table = Table("events", Event)

    def record(self, event: Event) -> None:
        """Write one event; its number, and its time unless given, are filled in here."""
        event.number = len(self.table) + 1
        event.at = event.at or self._clock.epoch_s()
        self.table.put(str(event.number), event)

    def newest(self) -> int:
        """The number of the last event; 0 when there is none."""
        return len(self.table)

    def get(self, number: int) -> Event:
        """One event. Raises KeyError."""
        return self.table[str(number)]
