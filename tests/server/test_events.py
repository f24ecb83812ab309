"""The stream of events: who is told what, coming back, and the stream's end."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import msgspec
import pytest
from dropally.auth import sessions
from dropally.auth.actors import Reach
from dropally.auth.users import deactivate
from dropally.auth.verbs import Role, Verb
from dropally.jobs.events import EventBus
from dropally.server.routes import events as route
from tests.server.appliance import Served

EVENTS = "/api/v1/events"
SOON_S = 60.0


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks every time who listens, and has a quick heart."""
    monkeypatch.setattr(route, "_LOOK_AGAIN_AFTER_S", 0.0)
    monkeypatch.setattr(route, "HEARTBEAT_S", 0.05)


class Listener:
    """Reads a stream's messages."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines()

    def block(self) -> dict[str, str]:
        """The next message: its fields; "" is a comment. Raises StopIteration at the end."""
        found: dict[str, str] = {}
        while line := next(self._lines):
            name, _, value = line.partition(":")
            found[name] = value.strip()
        return found

    def message(self) -> tuple[str, dict[str, object]]:
        """The next event."""
        while "event" not in (found := self.block()):
            pass
        content = msgspec.json.decode(found["data"], type=dict[str, object])
        assert int(found["id"]) == content.get("id", content.get("last_id"))
        return found["event"], content

    def is_over(self) -> bool:
        """Reads to the end; False if it does not come soon."""
        deadline = time.monotonic() + SOON_S
        while time.monotonic() < deadline:
            try:
                self.block()
            except StopIteration:
                return True
        return False


@contextmanager
def listening(client: httpx.Client, **headers: str) -> Iterator[Listener]:
    with client.stream("GET", EVENTS, headers=headers) as answer:
        assert answer.status_code == 200
        listener = Listener(answer)
        assert listener.block() == {"retry": "3000"}
        yield listener


def publish(bus: EventBus, number: int, **options: str) -> int:
    return bus.publish("job_changed", {"number": number}, **options).id


def test_f104_events_come_as_they_happen(appliance: Served) -> None:
    bus = appliance.parts.events
    with listening(appliance.as_admin()) as listener:
        assert listener.answer.headers["Content-Type"].startswith("text/event-stream")
        assert listener.answer.headers["X-Accel-Buffering"] == "no"
        for number in (1, 2, 3):
            publish(bus, number, task_id="tsk_1")
        (name, content), *later = [listener.message() for _ in range(3)]
    assert name == "job_changed"
    assert [update["data"] for _, update in later] == [{"number": 2}, {"number": 3}]
    assert content["data"] == {"number": 1}
    assert content["task_id"] == "tsk_1"
    assert content["time"] == "2026-03-02T09:00:00Z"


def test_strangers_are_told_nothing(appliance: Served) -> None:
    assert appliance.stranger().get(EVENTS).status_code == 401


def test_a_listener_hears_only_of_their_own_reach(appliance: Served) -> None:
    bus = appliance.parts.events
    reach = Reach(tasks=frozenset({"tsk_1"}), entities=frozenset({"ent_9"}))
    with listening(appliance.as_role(Role.VIEWER, reach)) as listener:
        publish(bus, 1, task_id="tsk_2")
        publish(bus, 2, task_id="tsk_2", entity_id="ent_9")
        publish(bus, 3, task_id="tsk_1", needs="storage.read")
        publish(bus, 4, task_id="tsk_1", needs="no.such.verb")
        publish(bus, 5, task_id="tsk_1")
        heard = [listener.message()[1]["data"], listener.message()[1]["data"]]
    assert heard == [{"number": 2}, {"number": 5}]


def test_a_token_hears_what_it_was_given(appliance: Served) -> None:
    with listening(appliance.program(verbs=frozenset({Verb.STORAGE_READ}))) as listener:
        publish(appliance.parts.events, 1)
        publish(appliance.parts.events, 2, needs="storage.read")
        assert listener.message()[1]["data"] == {"number": 2}


def test_a_listener_comes_back_where_they_were(appliance: Served) -> None:
    bus, client = appliance.parts.events, appliance.as_admin()
    first = publish(bus, 1)
    publish(bus, 2)
    with listening(client, **{"Last-Event-ID": str(first)}) as listener:
        assert listener.message()[1]["data"] == {"number": 2}
    with client.stream("GET", EVENTS, params={"after": str(first)}) as answer:
        assert Listener(answer).message()[1]["data"] == {"number": 2}


def test_who_was_away_too_long_is_told_so(appliance: Served) -> None:
    publish(appliance.parts.events, 1)
    with listening(appliance.as_admin(), **{"Last-Event-ID": "17"}) as listener:
        assert listener.message()[0] == "missed"
        assert listener.message()[0] == "job_changed"


@pytest.mark.parametrize("sent", ["x", "-1", "1e3", "9" * 30, "\u0661"], ids=range(5))
def test_ids_that_are_none_are_refused(appliance: Served, sent: str) -> None:
    answer = appliance.as_admin().get(EVENTS, params={"after": sent})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_quiet_stream_has_a_heartbeat(appliance: Served) -> None:
    with listening(appliance.as_admin()) as listener:
        assert listener.block() == {"": "still here"}


def test_the_stream_ends_with_the_session(appliance: Served) -> None:
    with listening(appliance.as_admin()) as listener:
        sessions.end_own(appliance.people.ctx, appliance.admin, appliance.admin.session_id)
        publish(appliance.parts.events, 1)
        assert listener.is_over()


def test_listening_does_not_keep_an_idle_session_going(appliance: Served) -> None:
    with listening(appliance.as_admin()) as listener:
        for _ in range(3):
            appliance.clock.advance(8 * 60)
            listener.block()
        appliance.clock.advance(8 * 60)
        assert listener.is_over()


def test_the_stream_ends_with_the_account_and_the_token(appliance: Served) -> None:
    person = appliance.person(Role.ADMINISTRATOR)
    program = appliance.program(person)
    with listening(appliance.browser(person)) as one, listening(program) as other:
        deactivate(appliance.people.ctx, appliance.fresh_admin(), person.id)
        assert one.is_over()
        assert other.is_over()


def test_the_stream_ends_when_the_appliance_stops(appliance: Served) -> None:
    with listening(appliance.as_admin()) as listener:
        threading.Timer(0.1, appliance.parts.events.close).start()
        assert listener.is_over()
