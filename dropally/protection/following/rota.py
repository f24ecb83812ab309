"""Whom to ask next. Pure: no calls, no threads, the time comes from the caller.

Every namespace is asked in turn. Those that changed lately are *busy* and asked more often, with
at most half of the calls; the *quiet* ones share the rest, the longest unasked first. If there
are more namespaces than the calls allow for, each waits longer, and `oldest_s` says how long.
"""

import heapq
import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

_BUSY_SHARE = 0.5
_BUSY_HALF_LIFE_S = 6 * 3600.0
_FORGOTTEN_SCORE = 0.05
_NEVER = math.inf


@dataclass(frozen=True)
class FollowPace:
    """How often to ask, in calls per second for a whole task, and in seconds for one namespace."""

    calls_per_s: float = 90.0
    quiet_every_s: float = 180.0
    busy_every_s: float = 60.0


@dataclass
class _Watched:
    asked: float
    due: float
    score: float = 0.0
    """How much it changed lately: halves in six hours, and grows by one with each change."""
    scored: float = 0.0
    turns: int = field(default=0)


class Rota:
    """The namespaces of one task. Times are seconds of one clock that never goes back."""

    def __init__(self, pace: FollowPace) -> None:
        self._pace = pace
        self._watched: dict[str, _Watched] = {}
        self._queue: list[tuple[float, int, str]] = []
        self._numbers = itertools.count()
        self._busy: set[str] = set()

    def __len__(self) -> int:
        return len(self._watched)

    def watch_only(self, namespaces: Iterable[str], now: float, *, asked: float) -> None:
        """Watch exactly these; `asked` is when the new ones among them were last looked at."""
        wanted = set(namespaces)
        for gone in self._watched.keys() - wanted:
            del self._watched[gone]
            self._busy.discard(gone)
        # Not all at once: the new ones are spread over the time within which each has its turn.
        new = sorted(wanted - self._watched.keys())
        every = self.quiet_every_s(len(self._watched) + len(new))
        for number, namespace in enumerate(new):
            self._watched[namespace] = _Watched(asked, 0.0)
            self._set_due(namespace, min(now, asked + every) + every * number / len(new))

    def take(self, now: float, count: int) -> list[str]:
        """Up to `count` namespaces whose turn it is; each must be answered for before its next."""
        taken: list[str] = []
        while self._queue and len(taken) < count and self._queue[0][0] <= now:
            due, _, namespace = heapq.heappop(self._queue)
            watched = self._watched.get(namespace)
            if watched is not None and watched.due == due:
                watched.due = _NEVER
                taken.append(namespace)
        return taken

    def answered(self, namespace: str, now: float, *, changed: bool) -> None:
        """It was asked just now. One that changed has no turn before `resume`."""
        watched = self._watched.get(namespace)
        if watched is None:
            return
        watched.asked = now
        if changed:
            watched.score = self._score(watched, now) + 1
            watched.scored = now
            self._busy.add(namespace)
            watched.due = _NEVER
        else:
            self.resume(namespace, now)

    def resume(self, namespace: str, now: float, *, after_s: float | None = None) -> None:
        """Ask it again when its turn comes, or in `after_s`."""
        watched = self._watched.get(namespace)
        if watched is None:
            return
        if after_s is None:
            busy = self._is_busy(namespace, watched, now)
            after_s = self.busy_every_s if busy else self.quiet_every_s()
        self._set_due(namespace, now + after_s)

    def hurry(self, namespace: str, now: float) -> None:
        """Something tells that it changed: it is next, unless it is being looked after already."""
        watched = self._watched.get(namespace)
        if watched is not None and watched.due != _NEVER:
            self._set_due(namespace, now)

    def busiest(self, now: float, count: int) -> list[str]:
        """Those that changed most lately, as far as it is not their turn to be backed up."""
        scores = [
            (self._score(self._watched[namespace], now), namespace)
            for namespace in self._busy
            if self._watched[namespace].due != _NEVER
        ]
        return [namespace for score, namespace in heapq.nlargest(count, scores) if score > 0]

    def oldest_s(self, now: float) -> float:
        """How long ago the namespace that waits longest was asked."""
        return max((now - watched.asked for watched in self._watched.values()), default=0.0)

    @property
    def busy_every_s(self) -> float:
        """The time between two questions to a busy namespace."""
        fitting = len(self._busy) / (self._pace.calls_per_s * _BUSY_SHARE)
        return max(self._pace.busy_every_s, fitting)

    def quiet_every_s(self, count: int | None = None) -> float:
        """The time between two questions to a quiet namespace, of `count` in all."""
        quiet = (len(self._watched) if count is None else count) - len(self._busy)
        left = self._pace.calls_per_s - len(self._busy) / self.busy_every_s
        return max(self._pace.quiet_every_s, quiet / left)

    def calls_per_hour(self) -> float:
        """The calls that asking takes while nothing changes."""
        busy = len(self._busy)
        quiet = len(self._watched) - busy
        return 3600 * (busy / self.busy_every_s + quiet / self.quiet_every_s())

    def _is_busy(self, namespace: str, watched: _Watched, now: float) -> bool:
        if namespace in self._busy and self._score(watched, now) < _FORGOTTEN_SCORE:
            self._busy.discard(namespace)
        return namespace in self._busy

    def _score(self, watched: _Watched, now: float) -> float:
        return watched.score * math.pow(0.5, (now - watched.scored) / _BUSY_HALF_LIFE_S)

    def _set_due(self, namespace: str, due: float) -> None:
        self._watched[namespace].due = due
        heapq.heappush(self._queue, (due, next(self._numbers), namespace))
