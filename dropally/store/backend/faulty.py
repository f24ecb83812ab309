"""A backend on which things go wrong as planned: for tests, and for drills on a copy."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from dropally.store.backend.contract import Backend, BytesLike, ObjectStat, Version
from dropally.store.errors import (
    BackendUnavailableError,
    ReadOnlyError,
    StoreFullError,
)

T = TypeVar("T")


class Fault(Enum):
    """What may happen at an operation."""

    UNAVAILABLE = "fails without effect; may be tried again"
    LOST_ANSWER = "takes effect, and the answer is lost"
    FULL = "fails without effect: no space"
    DENIED = "fails without effect: not permitted"
    SHORT_READ = "gives fewer bytes than it should"
    CRASH_BEFORE = "the process dies before it"
    CRASH_AFTER = "the process dies after it"


class SimulatedCrash(BaseException):
    """The process died here. Passes through `except Exception`, as death does."""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation: its number from 1, its name in `Backend`, its key (or prefix)."""

    number: int
    operation: str
    key: str


Plan = Mapping[int, Fault] | Callable[[Call], Fault | None]


class FaultyBackend:
    """Passes calls to `inner`, except where `plan` gives a fault for the call.

    A plan maps call numbers to faults, or is a function of the call. After a crash every call
    crashes: the process is dead; open `inner` again to see what it left. `calls` is the log.
    """

    def __init__(self, inner: Backend, plan: Plan | None = None) -> None:
        self.calls: list[Call] = []
        self._inner = inner
        self._plan: Plan = {} if plan is None else plan
        self._dead = False
        self._lock = threading.Lock()

    @property
    def location(self) -> str:
        """Where `inner` is."""
        return self._inner.location

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """As `Backend.put_new`."""
        self._call("put_new", key, lambda: self._inner.put_new(key, parts))

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """As `Backend.get`; a short read lacks the last byte."""
        return self._call(
            "get", key, lambda: self._inner.get(key, offset, length), shorten=_without_last_byte
        )

    def stat(self, key: str) -> ObjectStat:
        """As `Backend.stat`."""
        return self._call("stat", key, lambda: self._inner.stat(key))

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """As `Backend.list`; read whole at once, so that the log keeps the order of calls."""
        return iter(self._call("list", prefix, lambda: tuple(self._inner.list(prefix))))

    def delete(self, key: str) -> None:
        """As `Backend.delete`."""
        self._call("delete", key, lambda: self._inner.delete(key))

    def read_version(self, key: str) -> tuple[bytes, Version]:
        """As `Backend.read_version`."""
        return self._call("read_version", key, lambda: self._inner.read_version(key))

    def swap(self, key: str, data: bytes, expected: Version | None) -> Version:
        """As `Backend.swap`."""
        return self._call("swap", key, lambda: self._inner.swap(key, data, expected))

    def close(self) -> None:
        """Close `inner`."""
        self._inner.close()

    def _call(
        self,
        operation: str,
        key: str,
        run: Callable[[], T],
        *,
        shorten: Callable[[T], T] | None = None,
    ) -> T:
        fault = self._note(operation, key)
        _raise_before(fault, f"{operation} {key}")
        result = run()
        if fault is Fault.CRASH_AFTER:
            raise SimulatedCrash(f"after {operation} {key}")
        if fault is Fault.LOST_ANSWER:
            raise BackendUnavailableError(f"the answer to {operation} {key} was lost")
        if fault is Fault.SHORT_READ and shorten is not None:
            return shorten(result)
        return result

    def _note(self, operation: str, key: str) -> Fault | None:
        with self._lock:
            if self._dead:
                raise SimulatedCrash("the process is dead")
            call = Call(len(self.calls) + 1, operation, key)
            self.calls.append(call)
            fault = self._plan(call) if callable(self._plan) else self._plan.get(call.number)
            self._dead = fault in {Fault.CRASH_BEFORE, Fault.CRASH_AFTER}
            return fault


def _without_last_byte(data: bytes) -> bytes:
    return data[:-1]


def _raise_before(fault: Fault | None, what: str) -> None:
    if fault is Fault.CRASH_BEFORE:
        raise SimulatedCrash(f"before {what}")
    if fault is Fault.UNAVAILABLE:
        raise BackendUnavailableError(f"cannot {what}: planned failure")
    if fault is Fault.FULL:
        raise StoreFullError(f"cannot {what}: no space left (planned)")
    if fault is Fault.DENIED:
        raise ReadOnlyError(f"cannot {what}: not permitted (planned)")
