"""How fast to call: as fast as Dropbox answers, and not at all while it says wait.

Each identity has its own pace, because Dropbox counts per member. A pace has two bounds:
how many calls at once, and how many started per second. It opens quickly (every answer raises
the rate by an eighth, so an unlimited server is at full speed within a second), closes at the
first sign of a limit, and then grows carefully. Numbers: `docs/connecting-dropbox.md`.
"""

import random
import threading
from collections import deque
from collections.abc import Iterable
from typing import Protocol

import msgspec

from dropally.common.clock import Clock
from dropally.common.errors import CancelledError
from dropally.dropbox_api.settings import PacingSettings

# A wait this long is a real rate limit; shorter ones are moments (two writers in one namespace).
LONG_WAIT_S = 10.0
OPENING_GROWTH = 1.125
SLOWEST_CALLS_PER_S = 0.5
QUIET_S = 60.0
FASTEST_CALLS_PER_S = 100_000.0
# When this share of the identities in use is frozen, the limit is the team's, not one member's.
BREAKER_SHARE = 0.3
BREAKER_LEAST_FROZEN = 3
BREAKER_PAUSE_S = 30.0
_SLOT_POLL_S = 0.25
_MEASURED_CALLS = 64
_SAME_TIME_S = 1.0

# Jitter only spreads load, but the system's source is as good and needs no exception.
_chance = random.SystemRandom()


class PacedTurn(Protocol):
    """Leave to make one call. Release it when the answer, body included, is through."""

    def answered(self) -> None:
        """Dropbox answered without asking for a wait."""
        ...

    def told_to_wait(self, wait_s: float) -> None:
        """Dropbox asked for a wait: nobody calls in this name before it is over."""
        ...

    def may_start(self) -> bool:
        """False if a wait was asked for since the turn was given."""
        ...

    def release(self) -> None:
        """Give the place to the next; harmless when repeated."""
        ...


class Pacing(Protocol):
    """What calls are paced by: a `Pacer` of this process, or one that another process keeps."""

    def take_turn(self, bucket: str, cancelled: threading.Event) -> PacedTurn:
        """Wait until a call in this name may start. Raises CancelledError."""
        ...

    def least_busy(self, buckets: Iterable[str]) -> str:
        """The bucket in whose name a call would start soonest."""
        ...

    def frozen_for_s(self, bucket: str) -> float:
        """How long nobody may call in this name, because Dropbox asked for a wait; 0 if one may."""
        ...

    def hold(self, bucket: str, wait_s: float) -> None:
        """Let nobody call in this name for a while, without slowing down afterwards."""
        ...

    def state(self) -> "list[PaceState]":
        """Every identity used so far, frozen ones first."""
        ...


class PaceState(msgspec.Struct, frozen=True):
    """One identity's pace as a console may show it."""

    identity: str
    in_flight: int
    concurrency: int
    calls_per_s: float
    frozen_for_s: float
    calls: int
    refusals: int


class Pace:
    """One identity's bounds. Only `Pacer` touches it, under `cond`."""

    def __init__(self, settings: PacingSettings, now: float) -> None:
        self.cond = threading.Condition()
        self.in_flight = 0
        self.concurrency = float(settings.start_concurrency)
        self.rate = settings.start_calls_per_s
        self.next_start = float("-inf")
        self.frozen_until = 0.0
        self.frozen_long_until = 0.0
        self.ceiling = 0.0
        self.grown_at = now
        self.calls = 0
        self.refusals = 0
        self.starts: deque[float] = deque(maxlen=_MEASURED_CALLS)

    def measured_rate(self) -> float:
        """Calls per second over the last few dozen starts."""
        if len(self.starts) < 2:
            return self.rate
        return (len(self.starts) - 1) / max(self.starts[-1] - self.starts[0], 1e-3)


class Turn:
    """A turn of a `Pacer`."""

    __slots__ = ("_pace", "_pacer", "_released")

    def __init__(self, pacer: "Pacer", pace: Pace) -> None:
        self._pacer = pacer
        self._pace = pace
        self._released = False

    def answered(self) -> None:
        """Dropbox answered without asking for a wait."""
        self._pacer.note_answer(self._pace)

    def told_to_wait(self, wait_s: float) -> None:
        """Dropbox asked for a wait: nobody calls in this name before it is over."""
        self._pacer.note_wait(self._pace, wait_s)

    def may_start(self) -> bool:
        """False if a wait was asked for since the turn was given."""
        return not self._pacer.frozen(self._pace)

    def release(self) -> None:
        """Give the place to the next; harmless when repeated."""
        if self._released:
            return
        self._released = True
        with self._pace.cond:
            self._pace.in_flight -= 1
            self._pace.cond.notify()


class Pacer:
    """The paces of all identities of a team; safe for many threads."""

    def __init__(self, settings: PacingSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._paces: dict[str, Pace] = {}
        self._paused_until = 0.0

    def take_turn(self, bucket: str, cancelled: threading.Event) -> Turn:
        """Wait until a call in this name may start. Raises CancelledError."""
        pace = self._pace(bucket)
        while not cancelled.is_set():
            with pace.cond:
                delay = self._delay(pace)
                if delay <= 0:
                    if pace.in_flight < min(int(pace.concurrency), self._settings.max_concurrency):
                        return self._start(pace)
                    pace.cond.wait(_SLOT_POLL_S)
                    continue
            self._clock.wait(cancelled, delay)
        raise CancelledError("Stopped while waiting for Dropbox.")

    def least_busy(self, buckets: Iterable[str]) -> str:
        """The bucket in whose name a call would start soonest."""
        return min(buckets, key=self._load)

    def adopt(self, settings: PacingSettings) -> None:
        """Follow other settings from now on; paces that have begun keep what they have learnt."""
        self._settings = settings

    def anybody_waits(self) -> bool:
        """Tell if Dropbox asked anybody for a wait that is not over."""
        with self._lock:
            buckets = list(self._paces)
        return any(self.frozen_for_s(bucket) > 0 for bucket in buckets)

    def hold(self, bucket: str, wait_s: float) -> None:
        """Let nobody call in this name for a while, without slowing down afterwards."""
        pace = self._pace(bucket)
        with pace.cond:
            until = self._clock.monotonic() + wait_s
            pace.frozen_until = max(pace.frozen_until, until)
            pace.next_start = max(pace.next_start, until)

    def keeps_time_with(self, clock: Clock) -> bool:
        """Tell if moments of this pacer's clock mean the same on another one."""
        return abs(self._clock.monotonic() - clock.monotonic()) < _SAME_TIME_S

    def frozen_for_s(self, bucket: str) -> float:
        """How long nobody may call in this name, because Dropbox asked for a wait; 0 if one may."""
        with self._lock:
            pace = self._paces.get(bucket)
            until = max(pace.frozen_until if pace else 0.0, self._paused_until)
        return max(0.0, until - self._clock.monotonic())

    def state(self) -> list[PaceState]:
        """Every identity used so far, frozen ones first."""
        now = self._clock.monotonic()
        with self._lock:
            paces = list(self._paces.items())
        states = [
            PaceState(
                identity=bucket,
                in_flight=pace.in_flight,
                concurrency=int(pace.concurrency),
                calls_per_s=round(pace.rate, 2),
                frozen_for_s=round(max(0.0, pace.frozen_until - now), 1),
                calls=pace.calls,
                refusals=pace.refusals,
            )
            for bucket, pace in paces
        ]
        return sorted(states, key=lambda state: (-state.frozen_for_s, state.identity))

    def frozen(self, pace: Pace) -> bool:
        """Tell if this identity, or the whole team, has to wait."""
        return max(pace.frozen_until, self._paused_until) > self._clock.monotonic()

    def note_answer(self, pace: Pace) -> None:
        """An answer without a wait: grow."""
        with pace.cond:
            self._grow(pace)

    def note_wait(self, pace: Pace, wait_s: float) -> None:
        """Freeze the identity for the wait and a bit, and slow it down afterwards."""
        now = self._clock.monotonic()
        freeze_s = wait_s + _chance.uniform(0.05, 0.2) + min(5.0, wait_s * 0.05)
        with pace.cond:
            already_frozen = pace.frozen_until > now
            pace.refusals += 1
            pace.frozen_until = max(pace.frozen_until, now + freeze_s)
            if wait_s >= LONG_WAIT_S:
                pace.frozen_long_until = pace.frozen_until
            # Calls already under way when the first refusal came say nothing new.
            if not already_frozen:
                self._slow_down(pace, wait_s)
            pace.next_start = pace.frozen_until
            pace.grown_at = pace.frozen_until
        if wait_s >= LONG_WAIT_S:
            self._pause_all_if_many_frozen(now)

    def _pace(self, bucket: str) -> Pace:
        pace = self._paces.get(bucket)
        if pace is None:
            with self._lock:
                pace = self._paces.setdefault(bucket, Pace(self._settings, self._clock.monotonic()))
        return pace

    def _delay(self, pace: Pace) -> float:
        now = self._clock.monotonic()
        frozen_s = max(pace.frozen_until, self._paused_until) - now
        if frozen_s > 0:
            return frozen_s
        return pace.next_start - now

    def _start(self, pace: Pace) -> Turn:
        now = self._clock.monotonic()
        pace.in_flight += 1
        pace.calls += 1
        pace.starts.append(now)
        # Unused time is saved up to a burst, except right after a freeze.
        interval = 1 / pace.rate
        saved = now - (self._settings.burst_calls - 1) * interval
        earliest = saved if pace.frozen_until == 0.0 else max(saved, pace.frozen_until)
        pace.next_start = max(pace.next_start, earliest) + interval
        return Turn(self, pace)

    def _grow(self, pace: Pace) -> None:
        now = self._clock.monotonic()
        if pace.ceiling == 0.0:
            pace.rate = min(pace.rate * OPENING_GROWTH, FASTEST_CALLS_PER_S)
        elif pace.rate < pace.ceiling:
            pace.rate = min(pace.rate + pace.ceiling / 50, pace.ceiling)
        if now - pace.grown_at >= QUIET_S:
            pace.grown_at = now
            pace.concurrency = min(pace.concurrency + 1, self._settings.max_concurrency)
            if pace.ceiling:
                pace.ceiling += 1
                pace.rate += 1

    def _slow_down(self, pace: Pace, wait_s: float) -> None:
        if wait_s < LONG_WAIT_S:
            pace.rate = max(pace.rate / 2, self._settings.start_calls_per_s)
            return
        measured = min(pace.measured_rate(), pace.rate)
        pace.ceiling = max(measured * 0.9, SLOWEST_CALLS_PER_S)
        pace.rate = max(measured / 2, SLOWEST_CALLS_PER_S)
        pace.concurrency = max(pace.concurrency / 2, 1.0)

    def _pause_all_if_many_frozen(self, now: float) -> None:
        with self._lock:
            paces = list(self._paces.values())
            frozen = sum(1 for pace in paces if pace.frozen_long_until > now)
            many = frozen >= BREAKER_LEAST_FROZEN and frozen > BREAKER_SHARE * len(paces)
            if many and self._paused_until <= now:
                self._paused_until = now + BREAKER_PAUSE_S

    def _load(self, bucket: str) -> tuple[float, float]:
        pace = self._paces.get(bucket)
        if pace is None:
            return (0.0, 0.0)
        frozen_s = max(0.0, pace.frozen_until - self._clock.monotonic())
        return (frozen_s, pace.in_flight / pace.concurrency)
