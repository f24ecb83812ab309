"""Counting: calls, bytes, concurrency, and the calls that should have waited.

No real server tells its clients how polite they were; this one does. A call counts as impolite
when its identity had been told to wait and the time was not over. Calls already on their way when
the refusal was sent are forgiven for `GRACE_S`, not counting the time in which the machine stood
still.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final, NamedTuple

GRACE_S: Final = 0.25


class _Wait(NamedTuple):
    """Until when somebody was told to wait, when that was, and how much had been lost by then."""

    told_at: float
    lost_s: float
    until: float


class Metrics:
    """Counters since the start or the last reset; used by the server's one thread only."""

    def __init__(self) -> None:
        self.lost_s: Callable[[], float] = lambda: 0.0
        """How long this server could not run so far: neither could who calls it."""
        self.reset()

    def reset(self) -> None:
        """Forget everything but the calls under way."""
        self._calls: Counter[tuple[str, str]] = Counter()
        self._statuses: Counter[int] = Counter()
        self._faults: Counter[str] = Counter()
        self._impolite: Counter[str] = Counter()
        self._latest_after_told_s = 0.0
        self._waits: dict[str, _Wait] = {}
        self._refusals = 0
        self._bytes_in = 0
        self._bytes_out: Counter[str] = Counter()
        self._running = getattr(self, "_running", 0)
        self._max_running = self._running

    def start_call(self) -> None:
        """A request's head has arrived."""
        self._running += 1
        if self._running > self._max_running:
            self._max_running = self._running

    def end_call(self, route: str, status: int, bytes_in: int, bytes_out: int) -> None:
        """The answer is written, or the connection is gone (status 0)."""
        self._running -= 1
        self._statuses[status] += 1
        self._bytes_in += bytes_in
        self._bytes_out[route] += bytes_out
        if status == 429:
            self._refusals += 1

    def count_call(self, route: str, identity: str, bucket: str, now: float) -> None:
        """Count a call by route and identity, and whether its bucket should have waited."""
        self._calls[route, identity] += 1
        if self._waits:
            self.check_wait(bucket, now)

    def count_fault(self, action: str) -> None:
        """A rule, a rate limit or a write lock disturbed a call."""
        self._faults[action] += 1

    def tell_to_wait(self, bucket: str, wait_s: float, now: float) -> None:
        """Remember that everybody who shares `bucket` was told to wait."""
        wait = self._waits.get(bucket)
        if wait is None or now >= wait.until:
            wait = _Wait(now, self.lost_s(), 0.0)
        self._waits[bucket] = wait._replace(until=max(wait.until, now + wait_s))

    def check_wait(self, bucket: str, now: float) -> None:
        """Count a call that should not have come yet."""
        wait = self._waits.get(bucket)
        if wait is None:
            return
        late_s = now - wait.told_at - (self.lost_s() - wait.lost_s)
        if now >= wait.until:
            del self._waits[bucket]
        elif late_s > GRACE_S:
            self._impolite[bucket] += 1
            self._latest_after_told_s = max(self._latest_after_told_s, late_s)

    def report(self) -> dict[str, Any]:
        """All counters as JSON-ready values."""
        by_route: Counter[str] = Counter()
        by_identity: dict[str, dict[str, int]] = {}
        for (route, identity), calls in sorted(self._calls.items()):
            by_route[route] += calls
            by_identity.setdefault(identity, {})[route] = calls
        return {
            "calls": sum(by_route.values()),
            "calls_by_route": dict(by_route),
            "calls_by_identity": by_identity,
            "answers_by_status": {str(status): n for status, n in sorted(self._statuses.items())},
            "rate_limited": self._refusals,
            "bytes_in": self._bytes_in,
            "bytes_out": sum(self._bytes_out.values()),
            "bytes_out_by_route": dict(sorted(self._bytes_out.items())),
            "running": self._running,
            "max_concurrency": self._max_running,
            "faults": dict(self._faults),
            "calls_while_told_to_wait": sum(self._impolite.values()),
            "calls_while_told_to_wait_by_identity": dict(self._impolite),
            # Little more than the grace speaks for a busy machine, much more for a rude client.
            "latest_call_after_told_s": round(self._latest_after_told_s, 3),
        }
