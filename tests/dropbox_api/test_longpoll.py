"""Longpolls: without a token, in nobody's name, patient, and stopped at once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from dropally.common.clock import SystemClock
from dropally.common.errors import CancelledError, UsageError
from dropally.dropbox_api import (
    ConnectionSettings,
    Credentials,
    CursorResetError,
    LongpollAnswer,
    NamespaceClient,
)
from dropally.dropbox_api.gateway import Gateway
from dropally.dropbox_api.listing import longpoll
from dropally.dropbox_api.pacer import Pacer
from dropally.dropbox_api.team_limits import TeamLimits
from tests.dropbox_api.scripted_server import ScriptedServer, answer
from tests.dropbox_api.team_of_three import Stage, StageClock, open_home, until


def cursor_of(client: NamespaceClient) -> str:
    return list(client.list())[-1].cursor


def until_parked(stage: Stage, calls: int = 1) -> None:
    """A longpoll waits from the moment at which it is counted."""
    stage.until_called("files/list_folder/longpoll", calls)


def test_it_goes_out_without_token_member_or_root(servers: list[ScriptedServer]) -> None:
    server = ScriptedServer([answer(b'{"changes": true}')])
    server.start()
    servers.append(server)
    settings = ConnectionSettings(api_url=server.url)
    clock = SystemClock()
    credentials = Credentials(app_key="k", refresh_token="r", access_token="secret")
    gateway = Gateway(
        credentials, settings, clock, TeamLimits(Pacer(settings.pacing, clock), clock)
    )
    assert longpoll(gateway, "77", "user:dbmid:1|AAA", 30, threading.Event()).changes
    gateway.close()
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /2/files/list_folder/longpoll ")
    for name in (b"authorization", b"select-user", b"select-admin", b"path-root"):
        assert name not in head.lower()
    assert b"secret" not in head
    assert body == b'{"cursor":"AAA","timeout":30}'


@pytest.mark.parametrize("timeout_s", [29, 481])
def test_lengths_dropbox_does_not_take_are_refused_here(
    home: NamespaceClient, timeout_s: int
) -> None:
    with pytest.raises(UsageError, match="longpoll"):
        home.longpoll("user:x|y", timeout_s)


def test_dropbox_may_take_up_to_90_s_longer(stage: Stage, home: NamespaceClient) -> None:
    stage.simulator.control.set_knobs(longpoll_jitter_s=90)
    cursor = cursor_of(home)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(home.longpoll, cursor, 30)
        until_parked(stage)
        stage.simulator.control.advance_clock(60)
        time.sleep(0.1)
        assert not waiting.done()
        stage.simulator.control.advance_clock(61)
        assert waiting.result(60) == LongpollAnswer(changes=False, backoff_s=0)


def test_the_next_one_waits_as_long_as_dropbox_asked(stage: Stage) -> None:
    stage.simulator.control.set_knobs(longpoll_backoff_s=30)
    clock = StageClock(stage.simulator)
    with stage.connect(clock=clock) as connection:
        home = open_home(connection, connection.discover(), stage.people.ann)
        cursor = cursor_of(home)
        stage.put(stage.people.ann.home_namespace, "/new.txt", b"new")
        assert home.longpoll(cursor) == LongpollAnswer(changes=True, backoff_s=30)
        began = clock.monotonic()
        assert list(home.list(cursor))  # only longpolls wait
        assert clock.monotonic() - began < 5
        home.longpoll(cursor)
        assert 30 <= clock.monotonic() - began < 35


def test_a_reset_cursor_is_told_at_once_and_while_waiting(
    stage: Stage, home: NamespaceClient
) -> None:
    cursor = cursor_of(home)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(home.longpoll, cursor)
        until_parked(stage)
        stage.simulator.control.reset_cursors()
        with pytest.raises(CursorResetError):
            waiting.result(60)
    with pytest.raises(CursorResetError):
        home.longpoll(cursor)


def test_it_ends_soon_when_cancelled(stage: Stage) -> None:
    cancelled = threading.Event()
    with stage.connect(cancelled=cancelled) as connection:
        home = open_home(connection, connection.discover(), stage.people.ann)
        cursor = cursor_of(home)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(home.longpoll, cursor, 480)
            until_parked(stage)
            cancelled.set()
            with pytest.raises(CancelledError):
                waiting.result(60)


def test_many_of_them_take_nobody_s_turn(stage: Stage) -> None:
    cancelled = threading.Event()
    with stage.connect() as connection:
        roster = connection.discover()
        people = stage.people
        spaces = [people.ann.home_namespace, people.ben.home_namespace, people.sales.ns_id]
        with ThreadPoolExecutor(8) as pool:
            waiting = []
            for space in spaces:
                client = connection.namespace(space, roster, cancelled=cancelled)
                waiting += [pool.submit(client.longpoll, cursor_of(client)) for _ in range(2)]
            until_parked(stage, len(waiting))
            busy = {state.identity for state in connection.pacer.state() if state.in_flight}
            assert busy == set(spaces)
            assert list(connection.members())
            cancelled.set()
    assert all(isinstance(one.exception(), CancelledError) for one in waiting)


def refuse_one(stage: Stage, wait_s: int) -> None:
    args = {"retry_after": wait_s}
    stage.disturb({"action": "rate_limit", "route": "*longpoll", "count": 1, "args": args})


def test_a_refused_longpoll_is_made_again(stage: Stage, home: NamespaceClient) -> None:
    cursor = cursor_of(home)
    stage.put(home.namespace_id, "/a", b"a")
    refuse_one(stage, 1)
    assert home.longpoll(cursor).changes
    assert stage.calls("files/list_folder/longpoll") == 2


def test_a_refused_longpoll_does_not_hold_other_namespaces(stage: Stage) -> None:
    cancelled = threading.Event()
    refuse_one(stage, 300)
    with stage.connect() as connection:
        roster = connection.discover()
        home = stage.people.ann.home_namespace
        ann = connection.namespace(home, roster, cancelled=cancelled)
        ben = open_home(connection, roster, stage.people.ben)
        cursors = cursor_of(ann), cursor_of(ben)
        stage.put(ann.namespace_id, "/a", b"a")
        stage.put(ben.namespace_id, "/b", b"b")
        with ThreadPoolExecutor(1) as pool:
            limited = pool.submit(ann.longpoll, cursors[0])
            until(lambda: any(state.frozen_for_s > 250 for state in connection.pacer.state()))
            assert ben.longpoll(cursors[1]).changes
            assert not limited.done()
            cancelled.set()
            assert isinstance(limited.exception(60), CancelledError)
