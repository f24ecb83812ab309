"""Try again what may work later, and take back answers that were lost on the way."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dropally.store.backend.contract import Backend, BytesLike, ObjectStat, Version
from dropally.store.errors import (
    AlreadyExistsError,
    ConflictError,
    ObjectNotFoundError,
    StoreError,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently: waits grow from `first_wait_s`, doubling, up to the longest."""

    attempts: int = 7
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0

    def wait_s(self, failures: int, draw: float) -> float:
        """The wait after so many failures; `draw` in [0, 1) spreads clients that failed at once."""
        whole = min(self.longest_wait_s, self.first_wait_s * 2.0 ** (failures - 1))
        return whole * (0.5 + draw / 2)


class RetryingBackend:
    """Repeats calls of `inner` that fail with a retryable error.

    `wait` sleeps so many seconds and returns True when somebody asked to stop, upon which the last
    error is raised at once: `threading.Event.wait` is one. Safe for every operation: a put or swap
    that took effect although its answer was lost is recognised by its bytes.
    """

    def __init__(
        self,
        inner: Backend,
        *,
        wait: Callable[[float], bool] | None = None,
        policy: RetryPolicy | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._inner = inner
        self._wait = wait or threading.Event().wait
        self._policy = policy or RetryPolicy()
        self._draw = draw

    @property
    def location(self) -> str:
        """Where `inner` is."""
        return self._inner.location

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """As `Backend.put_new`."""

        def put(*, again: bool) -> None:
            try:
                self._inner.put_new(key, parts)
            except AlreadyExistsError:
                if not (again and self.get(key) == b"".join(parts)):
                    raise

        self._repeat(put)

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """As `Backend.get`."""
        return self._repeat(lambda *, again: self._inner.get(key, offset, length))

    def stat(self, key: str) -> ObjectStat:
        """As `Backend.stat`."""
        return self._repeat(lambda *, again: self._inner.stat(key))

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """As `Backend.list`; begins anew after a failure and passes over what it gave already."""
        last = ""
        failures = 0
        while True:
            try:
                for stat in self._inner.list(prefix):
                    if stat.key > last:
                        last = stat.key
                        yield stat
            except StoreError as error:
                failures += 1
                self._pause(error, failures)
            else:
                return

    def delete(self, key: str) -> None:
        """As `Backend.delete`."""
        self._repeat(lambda *, again: self._inner.delete(key))

    def read_version(self, key: str) -> tuple[bytes, Version]:
        """As `Backend.read_version`."""
        return self._repeat(lambda *, again: self._inner.read_version(key))

    def swap(self, key: str, data: bytes, expected: Version | None) -> Version:
        """As `Backend.swap`."""

        def swap(*, again: bool) -> Version:
            try:
                return self._inner.swap(key, data, expected)
            except ConflictError:
                if again and (mine := self._version_if(key, data)):
                    return mine
                raise

        return self._repeat(swap)

    def close(self) -> None:
        """Close `inner`."""
        self._inner.close()

    def _version_if(self, key: str, data: bytes) -> Version | None:
        """The version of an object that holds exactly `data`."""
        try:
            found, version = self.read_version(key)
        except ObjectNotFoundError:
            return None
        return version if found == data else None

    def _repeat(self, call: "Callable[..., T]") -> T:
        failures = 0
        while True:
            try:
                return call(again=failures > 0)
            except StoreError as error:
                failures += 1
                self._pause(error, failures)

    def _pause(self, error: StoreError, failures: int) -> None:
        """Wait before the next attempt, or raise `error` when there is none."""
        if not error.retryable or failures >= self._policy.attempts:
            raise error
        if self._wait(self._policy.wait_s(failures, self._draw())):
            raise error
