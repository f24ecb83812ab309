"""One pace for several processes: one of them keeps it, the others ask for each of their turns.

A process that ends, however it does, closes its lines to the keeper; what turns it still had are
free again then. A line carries one question at a time, and belongs to one turn until that is over.
"""

import secrets
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import (
    Client,
    Connection,
    Listener,
    answer_challenge,
    deliver_challenge,
)
from typing import Any

import msgspec

from dropally.common.errors import CancelledError, TryLaterError
from dropally.dropbox_api.pacer import PacedTurn, PaceState, Pacing

_CANCEL_POLL_S = 0.25
_GONE = (EOFError, OSError)


class PaceAddress(msgspec.Struct, frozen=True):
    """Where a pace is kept, as plain data for another process of ours. `key` is a secret."""

    place: str
    key: bytes

    def __repr__(self) -> str:
        """Without the secret."""
        return f"PaceAddress({self.place!r})"


# -- the keeper ----------------------------------------------------------------------------


@contextmanager
def keeping_pace(pacer: Pacing) -> Iterator[PaceAddress]:
    """Let other processes of ours take their turns with this pacer while the block runs."""
    key = secrets.token_bytes(32)
    # An unnamed socket of Linux' abstract names: nothing is left behind, whatever happens.
    place = f"\0dropally-pace-{secrets.token_hex(16)}"
    # Without the key: the listener would let in one line at a time, and wait for ever for one
    # that says nothing.
    with Listener(place, "AF_UNIX", backlog=64) as listener:
        keeper = _Keeper(listener, key, pacer)
        keeper.start()
        try:
            yield PaceAddress(place, key)
        finally:
            keeper.stop()


class _Keeper:
    """Answers at the listener, each line in a thread of its own."""

    def __init__(self, listener: Listener, key: bytes, pacer: Pacing) -> None:
        self._listener = listener
        self._key = key
        self._pacer = pacer
        self._stopping = threading.Event()
        self._accepting = threading.Thread(target=self._accept, name="pace", daemon=True)
        self._serving: set[threading.Thread] = set()

    def start(self) -> None:
        self._accepting.start()

    def stop(self) -> None:
        """Every other process has ended by now, or is given up."""
        self._stopping.set()
        self._wake()
        self._accepting.join()
        for thread in self._serving.copy():
            thread.join()

    def _wake(self) -> None:
        """Knock: `accept` cannot be woken otherwise. It may be over already, and hear nothing."""
        with socket.socket(socket.AF_UNIX) as knock, suppress(OSError):
            knock.setblocking(False)
            knock.connect(self._listener.address)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            with suppress(*_GONE):  # somebody knocked and hung up
                line = self._listener.accept()
                threading.Thread(
                    target=self._serve, args=[line], name="pace line", daemon=True
                ).start()

    def _serve(self, line: Connection) -> None:
        """Let one in who knows the key, and answer until it hangs up."""
        with line, suppress(AuthenticationError, *_GONE):
            deliver_challenge(line, self._key)
            answer_challenge(line, self._key)
            # Only these are waited for: who never says the key would be waited for in vain.
            self._serving.add(threading.current_thread())
            try:
                self._answer_all(line)
            finally:
                self._serving.discard(threading.current_thread())

    def _answer_all(self, line: Connection) -> None:
        turn: PacedTurn | None = None
        try:
            while _wait_for_word(line, self._stopping):
                question, argument = msgspec.msgpack.decode(line.recv_bytes())
                if question == "take":
                    turn = self._pacer.take_turn(argument, _Hangup(line, self._stopping))
                    _say(line, True)
                elif turn is not None and question == "release":
                    turn.release()
                    turn = None
                elif turn is not None and question == "answered":
                    turn.answered()
                elif turn is not None and question == "told to wait":
                    turn.told_to_wait(argument)
                    _say(line, True)
                else:
                    _say(line, self._answer(question, argument, turn))
        except (CancelledError, *_GONE):
            pass  # the other one is gone, or wants no turn any more
        finally:
            if turn is not None:
                turn.release()

    def _answer(self, question: str, argument: Any, turn: PacedTurn | None) -> Any:
        if question == "may start":
            return turn is not None and turn.may_start()
        if question == "least busy":
            return self._pacer.least_busy(argument)
        if question == "frozen for":
            return self._pacer.frozen_for_s(argument)
        if question == "state":
            return self._pacer.state()
        if question == "hold":
            self._pacer.hold(*argument)
            return True
        raise ValueError(f"nobody asks for {question!r}")


class _Hangup(threading.Event):
    """Set when the other end hangs up, or says anything at all while it should wait."""

    def __init__(self, line: Connection, stopping: threading.Event) -> None:
        super().__init__()
        self._line = line
        self._stopping = stopping

    def is_set(self) -> bool:
        return self._stopping.is_set() or self._line.poll(0)

    def wait(self, timeout: float | None = None) -> bool:
        return self._stopping.is_set() or self._line.poll(
            _CANCEL_POLL_S if timeout is None else min(timeout, _CANCEL_POLL_S)
        )


def _wait_for_word(line: Connection, stopping: threading.Event) -> bool:
    while not line.poll(_CANCEL_POLL_S):
        if stopping.is_set():
            return False
    return True


def _say(line: Connection, word: Any) -> None:
    line.send_bytes(msgspec.msgpack.encode(word))


# -- the others ----------------------------------------------------------------------------


class RemotePacer(Pacing):
    """The pace that another process keeps; safe for many threads."""

    def __init__(self, address: PaceAddress) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._is_closed = False

    def close(self) -> None:
        """Hang up; lines in use are closed when their turn is over."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for line in idle:
            line.close()

    def take_turn(self, bucket: str, cancelled: threading.Event) -> "RemoteTurn":
        """Wait until a call in this name may start. Raises CancelledError, TryLaterError."""
        line = self._borrow()
        try:
            with _translated():
                _say(line, ("take", bucket))
                _wait_for_answer(line, cancelled)
        except BaseException:
            line.close()  # which also takes the question back
            raise
        return RemoteTurn(line, self._give_back)

    def least_busy(self, buckets: Iterable[str]) -> str:
        """The bucket in whose name a call would start soonest."""
        return str(self._ask("least busy", list(buckets)))

    def frozen_for_s(self, bucket: str) -> float:
        """How long nobody may call in this name, because Dropbox asked for a wait; 0 if one may."""
        return float(self._ask("frozen for", bucket))

    def hold(self, bucket: str, wait_s: float) -> None:
        """Let nobody call in this name for a while, without slowing down afterwards."""
        self._ask("hold", (bucket, wait_s))

    def state(self) -> list[PaceState]:
        """Every identity used so far, frozen ones first."""
        return msgspec.convert(self._ask("state", None), list[PaceState])

    def _ask(self, question: str, argument: Any) -> Any:
        line = self._borrow()
        try:
            with _translated():
                _say(line, (question, argument))
                answer = msgspec.msgpack.decode(line.recv_bytes())
        except BaseException:
            line.close()
            raise
        self._give_back(line)
        return answer

    def _borrow(self) -> Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        with _translated():
            return Client(self._address.place, "AF_UNIX", authkey=self._address.key)

    def _give_back(self, line: Connection) -> None:
        with self._lock:
            if not self._is_closed:
                self._idle.append(line)
                return
        line.close()


def _wait_for_answer(line: Connection, cancelled: threading.Event) -> None:
    if not _wait_for_word(line, cancelled):
        raise CancelledError("Stopped while waiting for Dropbox.")
    line.recv_bytes()


class RemoteTurn:
    """Leave to make one call, by the process that keeps the pace."""

    def __init__(self, line: Connection, done: Callable[[Connection], None]) -> None:
        self._line = line
        self._done = done
        self._is_released = False

    def answered(self) -> None:
        """Dropbox answered without asking for a wait."""
        with _translated():
            _say(self._line, ("answered", None))

    def told_to_wait(self, wait_s: float) -> None:
        """Dropbox asked for a wait: when this returns, nobody calls in this name any more."""
        with _translated():
            _say(self._line, ("told to wait", wait_s))
            self._line.recv_bytes()

    def may_start(self) -> bool:
        """False if a wait was asked for since the turn was given."""
        with _translated():
            _say(self._line, ("may start", None))
            return bool(msgspec.msgpack.decode(self._line.recv_bytes()))

    def release(self) -> None:
        """Give the place to the next; harmless when repeated."""
        if self._is_released:
            return
        self._is_released = True
        try:
            _say(self._line, ("release", None))
        except _GONE:
            self._line.close()
            return
        self._done(self._line)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (AuthenticationError, *_GONE) as error:
        raise TryLaterError(
            "the process that keeps the pace of calls is gone", hint="the job is run again"
        ) from error
