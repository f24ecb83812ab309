"""Rate limits as token buckets, one per identity, with the penalty that Dropbox imposes.

Dropbox limits per authorisation and, under Select-User, per member; an app over the limit is
nearly always told to wait 300 s, and calls refused for the limit count against it too.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateLimit:
    """`calls_per_s` steadily, `burst` at once; over it, `penalty_s` of refusals.

    With `refused_calls_count`, hammering during a penalty starts it anew.
    """

    calls_per_s: float
    burst: int
    penalty_s: float = 300.0
    refused_calls_count: bool = True


class _Bucket:
    __slots__ = ("blocked_until", "filled_at", "tokens")

    def __init__(self, tokens: float, now: float) -> None:
        self.tokens = tokens
        self.filled_at = now
        self.blocked_until = 0.0


class TokenBuckets:
    """The buckets of all identities under one limit. Times are monotonic seconds."""

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self._buckets: dict[str, _Bucket] = {}

    def take(self, identity: str, now: float) -> float:
        """Take one call; 0.0 when it may go on, else the seconds it has to wait."""
        bucket = self._buckets.get(identity)
        if bucket is None:
            bucket = self._buckets[identity] = _Bucket(self.limit.burst, now)
        if now < bucket.blocked_until:
            if self.limit.refused_calls_count:
                bucket.blocked_until = now + self.limit.penalty_s
            return bucket.blocked_until - now
        refill = (now - bucket.filled_at) * self.limit.calls_per_s
        bucket.tokens = min(float(self.limit.burst), bucket.tokens + refill)
        bucket.filled_at = now
        if bucket.tokens >= 1.0:
            bucket.tokens -= 1.0
            return 0.0
        bucket.blocked_until = now + self.limit.penalty_s
        return self.limit.penalty_s


class WriteLocks:
    """One commit at a time in a namespace: who comes while it is held is refused.

    Handlers of the simulator take no time, so the lock is held for `hold_s` per committed entry,
    and the answer is kept back as long.
    """

    def __init__(self, hold_s: float) -> None:
        self.hold_s = hold_s
        self._held_until: dict[str, float] = {}

    def acquire(self, namespace: str, entries: int, now: float) -> float | None:
        """Hold the namespace; the seconds it is held, or None when another commit holds it."""
        if now < self._held_until.get(namespace, 0.0):
            return None
        hold_s = self.hold_s * max(1, entries)
        self._held_until[namespace] = now + hold_s
        return hold_s
