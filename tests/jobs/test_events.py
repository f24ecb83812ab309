"""Events reach every listener, in order, or the listener is told that it missed some."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

from dropally.common.clock import ManualClock, SystemClock
from dropally.jobs.events import RING, Event, EventBus, Missed

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


def test_a_listener_that_comes_back_gets_what_it_has_not_seen() -> None:
    bus = EventBus(SystemClock())
    seen = bus.publish("job_changed", {"n": 1})
    bus.publish("job_changed", {"n": 2})
    bus.publish("job_finished", {"n": 3})
    assert [event.data["n"] for event in bus.after(seen.id)] == [2, 3]
    with bus.subscribe(seen.id) as listener:
        bus.publish("task_changed", {"n": 4})
        got = [listener.take(1) for _ in range(3)]
    assert [event.data["n"] for event in got if isinstance(event, Event)] == [2, 3, 4]


def test_ids_grow_across_restarts() -> None:
    clock = ManualClock(START)
    first = EventBus(clock)
    last = [first.publish("job_changed", {}).id for _ in range(100)][-1]
    clock.advance(1)
    second = EventBus(clock)
    assert second.publish("job_changed", {}).id > last


def test_who_was_away_over_a_restart_is_told() -> None:
    clock = ManualClock(START)
    seen = EventBus(clock).publish("job_changed", {}).id
    clock.advance(5)
    bus = EventBus(clock)
    with bus.subscribe(seen) as listener:
        assert isinstance(listener.take(0.1), Missed)


def test_who_was_away_for_too_long_is_told() -> None:
    bus = EventBus(SystemClock())
    seen = bus.publish("job_changed", {})
    for _ in range(RING + 1):
        bus.publish("job_changed", {})
    with bus.subscribe(seen.id) as listener:
        first = listener.take(1)
        assert isinstance(first, Missed)
        assert isinstance(listener.take(1), Event)


def test_who_is_too_slow_is_told_and_holds_nobody_up() -> None:
    bus = EventBus(SystemClock())
    with bus.subscribe() as listener:
        for number in range(RING + 5):
            bus.publish("job_changed", {"n": number})
        got = []
        while (event := listener.take(0.01)) is not None:
            got.append(event)
    assert isinstance(got[0], Missed)
    last = got[-1]
    assert isinstance(last, Event)
    assert last.data["n"] == RING + 4


def test_an_event_has_the_clocks_time() -> None:
    clock = ManualClock(START)
    bus = EventBus(clock)
    clock.advance(60)
    assert bus.publish("job_changed", {}).time == START + timedelta(minutes=1)


async def collect(bus: EventBus, count: int) -> list[Event]:
    got = []
    with bus.subscribe() as listener:
        threading.Thread(
            target=lambda: [bus.publish("job_changed", {"n": n}) for n in range(count)]
        ).start()
        async for event in listener:
            assert isinstance(event, Event)
            got.append(event)
            if len(got) == count:
                break
    return got


def test_other_threads_reach_a_listener_in_the_event_loop() -> None:
    got = asyncio.run(collect(EventBus(SystemClock()), 500))
    assert [event.data["n"] for event in got] == list(range(500))
    assert [event.id for event in got] == sorted(event.id for event in got)


def test_closing_the_bus_ends_every_listener() -> None:
    bus = EventBus(SystemClock())

    async def listen() -> int:
        with bus.subscribe() as listener:
            threading.Timer(0.1, bus.close).start()
            return len([event async for event in listener])

    assert asyncio.run(asyncio.wait_for(listen(), 60)) == 0


def test_without_events_a_listener_wakes_for_its_heartbeat() -> None:
    bus = EventBus(SystemClock())

    async def wait() -> object:
        with bus.subscribe() as listener:
            return await listener.next(timeout_s=0.05)

    assert asyncio.run(wait()) is None
