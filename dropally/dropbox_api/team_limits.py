"""What Dropbox limits for a team as a whole, shared by all connections of this process to it.

Jobs of one team run side by side, each with a connection of its own. When one of them is told to
wait, all have to; and a namespace has one committer, whichever job it works for.
"""

import threading
from dataclasses import dataclass

from dropally.common.clock import Clock
from dropally.dropbox_api.pacer import Pacer, Pacing
from dropally.dropbox_api.settings import ConnectionSettings
from dropally.dropbox_api.upload_meter import MemoryUploadMeter, UploadMeter


class TeamLimits:
    """One team's pace, its namespaces' commit locks, and the meter of its uploads."""

    def __init__(self, pacer: Pacing, clock: Clock) -> None:
        self.pacer = pacer
        self.uploads: UploadMeter = MemoryUploadMeter(clock)
        self.upload_lock = threading.Lock()
        self._commit_locks: dict[str, threading.Lock] = {}

    def commit_lock(self, namespace_id: str) -> threading.Lock:
        """The lock that a committer of this namespace holds."""
        return self._commit_locks.setdefault(namespace_id, threading.Lock())


@dataclass
class _Known:
    """A team that this process is connected to, or was."""

    limits: TeamLimits
    pacer: Pacer
    connections: int = 0


class LimitsRegistry:
    """The limits of all teams that this process is connected to.

    They are kept while somebody is connected, and beyond that as long as the team has told
    anybody to wait. The pacing settings of the connection that was opened last are in force. A
    wait is measured by the clock of whoever was told: where clocks differ (only tests have such),
    nothing is shared.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._teams: dict[tuple[str, str], _Known] = {}

    def join(self, team_id: str, settings: ConnectionSettings, clock: Clock) -> TeamLimits:
        """The limits of a team; limits of its own for a link whose team is not known yet."""
        if not team_id:
            return TeamLimits(Pacer(settings.pacing, clock), clock)
        with self._lock:
            self._forget_idle()
            key = (settings.api_url, team_id)
            known = self._teams.get(key)
            if known is None or not known.pacer.keeps_time_with(clock):
                pacer = Pacer(settings.pacing, clock)
                known = self._teams[key] = _Known(TeamLimits(pacer, clock), pacer)
            known.pacer.adopt(settings.pacing)
            known.connections += 1
            return known.limits

    def leave(self, limits: TeamLimits) -> None:
        """A connection has closed."""
        with self._lock:
            for known in self._teams.values():
                if known.limits is limits:
                    known.connections -= 1
            self._forget_idle()

    def _forget_idle(self) -> None:
        for key, known in list(self._teams.items()):
            if known.connections <= 0 and not known.pacer.anybody_waits():
                del self._teams[key]


PROCESS = LimitsRegistry()
"""Of this process."""
