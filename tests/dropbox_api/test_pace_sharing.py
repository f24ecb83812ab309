"""Processes that share a team's pace: who is told to wait holds up the others, wherever they are."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from dropally.common.clock import SystemClock
from dropally.common.errors import CancelledError, TryLaterError
from dropally.dropbox_api import PaceAddress, PacingSettings
from dropally.dropbox_api.pace_sharing import RemotePacer, keeping_pace
from dropally.dropbox_api.pacer import Pacer

ANN = "dbmid:ann"
NOBODY_STOPS = threading.Event()
SETTINGS = PacingSettings(start_concurrency=1, max_concurrency=1, start_calls_per_s=1000.0)
TAKE_AND_DIE = """
import os, sys, threading
from dropally.dropbox_api.pace_sharing import PaceAddress, RemotePacer
pacer = RemotePacer(PaceAddress("\\0" + sys.argv[1], bytes.fromhex(sys.argv[2])))
turn = pacer.take_turn(sys.argv[3], threading.Event())
turn.told_to_wait(float(sys.argv[4]))
print("told", flush=True)
sys.stdin.read()
os._exit(9)
"""


@pytest.fixture
def pacer() -> Pacer:
    return Pacer(SETTINGS, SystemClock())


@pytest.fixture
def address(pacer: Pacer) -> Iterator[PaceAddress]:
    with keeping_pace(pacer) as address:
        yield address


@pytest.fixture
def remote(address: PaceAddress) -> Iterator[RemotePacer]:
    opened = RemotePacer(address)
    yield opened
    opened.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it does not come about"
        time.sleep(0.01)


def in_flight(pacer: Pacer) -> int:
    return sum(state.in_flight for state in pacer.state())


def test_a_turn_elsewhere_counts_here(pacer: Pacer, remote: RemotePacer) -> None:
    turn = remote.take_turn(ANN, NOBODY_STOPS)
    assert in_flight(pacer) == 1
    assert turn.may_start()
    turn.answered()
    turn.release()
    turn.release()
    until(lambda: in_flight(pacer) == 0)
    assert [(state.identity, state.calls) for state in remote.state()] == [(ANN, 1)]


def test_the_next_one_waits_for_a_place_wherever_it_is(pacer: Pacer, remote: RemotePacer) -> None:
    first = pacer.take_turn(ANN, NOBODY_STOPS)
    taken: list[object] = []
    thread = threading.Thread(target=lambda: taken.append(remote.take_turn(ANN, NOBODY_STOPS)))
    thread.start()
    time.sleep(0.1)
    assert not taken
    first.release()
    thread.join(60)
    assert len(taken) == 1


def test_another_process_is_told_to_wait_and_everybody_waits(
    pacer: Pacer, address: PaceAddress, remote: RemotePacer
) -> None:
    held = remote.take_turn(ANN, NOBODY_STOPS)
    held.release()
    until(lambda: in_flight(pacer) == 0)
    place = address.place.removeprefix("\0")
    command = [sys.executable, "-c", TAKE_AND_DIE, place, address.key.hex(), ANN, "300"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"told\n"
        assert pacer.frozen_for_s(ANN) > 250
        assert remote.frozen_for_s(ANN) > 250
        assert in_flight(pacer) == 1
        process.kill()
    until(lambda: in_flight(pacer) == 0)  # what it held is free again


def test_a_wait_between_turn_and_call_keeps_the_call_from_starting(
    pacer: Pacer, remote: RemotePacer
) -> None:
    turn = remote.take_turn(ANN, NOBODY_STOPS)
    pacer.hold(ANN, 300)
    assert not turn.may_start()
    turn.release()


def test_who_waits_for_a_turn_can_be_cancelled(pacer: Pacer, remote: RemotePacer) -> None:
    pacer.hold(ANN, 300)
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    with pytest.raises(CancelledError):
        remote.take_turn(ANN, cancelled)
    remote.hold("dbmid:bob", 300)
    assert remote.least_busy([ANN, "dbmid:bob", "dbmid:cleo"]) == "dbmid:cleo"


def test_without_its_keeper_nothing_is_called(pacer: Pacer) -> None:
    with keeping_pace(pacer) as address:
        remote = RemotePacer(address)
        turn = remote.take_turn(ANN, NOBODY_STOPS)
    with pytest.raises(TryLaterError):
        turn.may_start()
    turn.release()
    with pytest.raises(TryLaterError):
        remote.take_turn(ANN, NOBODY_STOPS)
    remote.close()
    assert in_flight(pacer) == 0


def test_strangers_are_not_let_in(address: PaceAddress, remote: RemotePacer) -> None:
    stranger = RemotePacer(PaceAddress(address.place, b"guessed"))
    with pytest.raises(TryLaterError):
        stranger.take_turn(ANN, NOBODY_STOPS)
    assert address.key.hex() not in repr(address)
    remote.take_turn(ANN, NOBODY_STOPS).release()


def test_strangers_who_say_nothing_hold_up_nobody(pacer: Pacer) -> None:
    with socket.socket(socket.AF_UNIX) as silent, keeping_pace(pacer) as address:
        silent.connect(address.place)
        remote = RemotePacer(address)
        remote.take_turn(ANN, NOBODY_STOPS).release()
        remote.close()


def test_a_keeper_that_let_nobody_in_can_stop_at_once(pacer: Pacer) -> None:
    for _ in range(50):
        with keeping_pace(pacer) as address, socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(address.place)
            stranger.close()
