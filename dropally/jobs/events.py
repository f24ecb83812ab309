"""What happened, told to whoever listens: screens, the mailer, other parts.

Events are kept in a ring in memory; ids go on growing across restarts, so that a listener who
comes back with the last id it saw gets what is left after it, or is told that it missed some.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dropally.catalog.moments import to_micros
from dropally.common.clock import Clock

RING = 10_000
_WAITING_AT_MOST = RING


@dataclass(frozen=True)
class Event:
    """One thing that happened. `name` is in the past tense.

    `needs` is the permission that somebody must have, for `task_id` and `entity_id`, to be told.
    """

    id: int
    name: str
    time: datetime
    data: Mapping[str, object] = field(default_factory=dict)
    task_id: str = ""
    entity_id: str = ""
    needs: str = "job.read"


@dataclass(frozen=True)
class Missed:
    """A listener was too slow, or came back too late: some events are gone; look anew."""

    last_id: int


class Subscription:
    """What one listener has not seen yet. Iterate with `async for`; close it in the end."""

    def __init__(self, bus: "EventBus", last_id: int) -> None:
        self._bus = bus
        self._lock = threading.Lock()
        self._waiting: deque[Event | Missed] = deque()
        self._listener: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._arrived = threading.Event()
        self._is_closed = False
        self._last_id = last_id

    def push(self, event: Event) -> None:
        """Add an event. For the bus; never blocks."""
        with self._lock:
            if self._is_closed:
                return
            if len(self._waiting) >= _WAITING_AT_MOST:
                self._waiting.clear()
                self._waiting.append(Missed(event.id))
            self._waiting.append(event)
            self._wake()

    def mark_missed(self, last_id: int) -> None:
        """Tell the listener first that there were events which are gone."""
        with self._lock:
            self._waiting.appendleft(Missed(last_id))

    def _wake(self) -> None:
        self._arrived.set()
        if self._listener is not None:
            loop, arrived = self._listener
            if not loop.is_closed():
                loop.call_soon_threadsafe(arrived.set)

    def take(self, timeout_s: float) -> Event | Missed | None:
        """The next event; waits for it from a thread. None after the timeout, or when closed."""
        self._arrived.wait(timeout_s)
        return self._pop()

    def _pop(self) -> Event | Missed | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            if not self._is_closed:
                self._arrived.clear()
            return None

    async def next(self, timeout_s: float) -> Event | Missed | None:
        """The next event; None after the timeout (send a heartbeat) or when closed."""
        loop = asyncio.get_running_loop()
        if self._listener is None or self._listener[0] is not loop:
            with self._lock:
                self._listener = (loop, asyncio.Event())
        found = self._pop()
        if found is not None or self._is_closed:
            return found
        arrived = self._listener[1]
        arrived.clear()
        found = self._pop()  # one may have come between the look and the clearing
        if found is not None:
            return found
        try:
            await asyncio.wait_for(arrived.wait(), timeout_s)
        except TimeoutError:
            return None
        return self._pop()

    async def __aiter__(self) -> AsyncIterator[Event | Missed]:
        while not self._is_closed:
            event = await self.next(timeout_s=60)
            if event is not None:
                yield event

    @property
    def is_closed(self) -> bool:
        """True once nothing more will come."""
        return self._is_closed

    def close(self) -> None:
        """Stop listening; whoever waits is woken."""
        self._bus.forget(self)
        with self._lock:
            self._is_closed = True
            self._wake()

    def __enter__(self) -> "Subscription":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class EventBus:
    """Where events are published. Safe for threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ring: deque[Event] = deque(maxlen=RING)
        self._listeners: set[Subscription] = set()
        self._first_id = to_micros(clock.now())
        self._last_id = self._first_id

    def publish(
        self,
        name: str,
        data: Mapping[str, object],
        *,
        task_id: str = "",
        entity_id: str = "",
        needs: str = "job.read",
    ) -> Event:
        """Tell everybody who listens. Never blocks and never fails."""
        now = self._clock.now()
        with self._lock:
            self._last_id = max(self._last_id + 1, to_micros(now))
            event = Event(self._last_id, name, now, data, task_id, entity_id, needs)
            self._ring.append(event)
            for listener in self._listeners:
                listener.push(event)
        return event

    @property
    def last_id(self) -> int:
        """The newest event's id."""
        with self._lock:
            return self._last_id

    def after(self, last_id: int) -> list[Event]:
        """Kept events after this id, the oldest first."""
        with self._lock:
            return [event for event in self._ring if event.id > last_id]

    def is_gap(self, last_id: int) -> bool:
        """True if events after this id may be gone from the ring."""
        with self._lock:
            oldest = self._ring[0].id if len(self._ring) == RING else self._first_id
            return last_id < oldest

    def subscribe(self, after_id: int | None = None) -> Subscription:
        """Listen from now on, or from after an id on: what is kept since then comes first."""
        with self._lock:
            listener = Subscription(self, self._last_id)
            if after_id is not None:
                for event in self._ring:
                    if event.id > after_id:
                        listener.push(event)
            self._listeners.add(listener)
        if after_id is not None and self.is_gap(after_id):
            listener.mark_missed(self.last_id)
        return listener

    def forget(self, listener: Subscription) -> None:
        """A listener has gone."""
        with self._lock:
            self._listeners.discard(listener)

    def close(self) -> None:
        """End every subscription: the appliance stops."""
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener.close()
