"""Who is in a team, for some minutes: finding that out takes many calls."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dropally.dropbox_api import Roster

_KEPT = timedelta(minutes=10)


@dataclass
class RosterCache:
    """What was found out about each team in the last minutes. Safe for threads."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: dict[str, tuple[datetime, Roster]] = field(default_factory=dict)

    def get(self, team_id: str, now: datetime) -> Roster | None:
        """What was found out in the last minutes."""
        with self._lock:
            since, roster = self._kept.get(team_id, (None, None))
        return roster if since is not None and now - since < _KEPT else None

    def put(self, team_id: str, now: datetime, roster: Roster) -> None:
        """Keep what was found out."""
        with self._lock:
            self._kept[team_id] = (now, roster)
