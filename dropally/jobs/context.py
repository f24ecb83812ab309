"""The narrow controller a work unit sees: counters by phase, cancelled?, log, clock.

A unit never prints and knows no screen: whoever started it polls `progress()` as often as it
likes and gets log lines through a callback.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dropally.common.clock import Clock, SystemClock
from dropally.common.errors import CancelledError

Level = Literal["note", "warning"]
CountedIn = Literal["entries", "files", "bytes", "calls"]
_CALLS = "calls"
LogLine = Callable[[Level, str], None]


@dataclass(frozen=True)
class PhaseProgress:
    """How far one phase is.

    `total` is 0 while nobody knows; it may grow until `is_total_known`.
    """

    name: str
    unit: CountedIn
    done: int
    total: int
    is_total_known: bool = False


class Phase:
    """One phase of a job. Many threads may count on it at once."""

    def __init__(self, name: str, unit: CountedIn) -> None:
        self.name = name
        self.unit = unit
        self._lock = threading.Lock()
        self._done = 0
        self._total = 0
        self._is_total_known = False

    def expect(self, amount: int) -> None:
        """More work of this phase was found, even if it had looked like all."""
        with self._lock:
            self._total += amount
            self._is_total_known = self._is_total_known and amount == 0

    def add(self, amount: int = 1) -> None:
        """Some of the work is done."""
        with self._lock:
            self._done += amount

    def settle(self) -> None:
        """All work of this phase has been found, as far as one can tell now."""
        with self._lock:
            self._is_total_known = True

    def progress(self) -> PhaseProgress:
        """Both counters at one moment."""
        with self._lock:
            return PhaseProgress(
                self.name, self.unit, self._done, self._total, self._is_total_known
            )


def _silent(_level: Level, _message: str) -> None:
    """Where log lines go when nobody listens."""


class JobContext:
    """What every work unit is handed beside its plain data."""

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        cancelled: threading.Event | None = None,
        log: LogLine = _silent,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.cancelled = cancelled or threading.Event()
        self._log = log
        self._lock = threading.Lock()
        self._phases: dict[str, Phase] = {}
        self._checks = 0
        self._pause = ""

    def phase(self, name: str, unit: CountedIn) -> Phase:
        """The phase of this name; made when first asked for, shared after that."""
        with self._lock:
            return self._phases.setdefault(name, Phase(name, unit))

    def progress(self) -> list[PhaseProgress]:
        """Every phase so far, in the order in which they began; calls are `calls`."""
        return [counted for counted in self.counters() if counted.name != _CALLS]

    def counters(self) -> list[PhaseProgress]:
        """All counters, calls among them: what is carried from one process to another."""
        with self._lock:
            phases = list(self._phases.values())
        return [phase.progress() for phase in phases]

    @property
    def calls(self) -> int:
        """Requests sent to Dropbox."""
        return self.phase(_CALLS, "calls").progress().done

    def check(self) -> None:
        """Raise CancelledError if somebody asked for a stop. Cheap: call it in every loop."""
        self._checks += 1  # unlocked: whoever looks only wants to see it change
        if self.cancelled.is_set():
            raise CancelledError("the job was stopped")

    @property
    def checks(self) -> int:
        """How often the unit has asked whether to stop: a sign of life."""
        return self._checks

    @property
    def pause(self) -> str:
        """What the unit waits for just now, in words; "" if for nothing."""
        return self._pause

    def set_pause(self, reason: str) -> None:
        """Say what the unit waits for ("Dropbox asks to wait 41 s"); "" when it goes on."""
        self._pause = reason

    def called(self) -> None:
        """A request was sent to Dropbox: it is counted, and nobody waits any more."""
        self.phase(_CALLS, "calls").add()
        self._pause = ""

    def told_to_wait(self, wait_s: float) -> None:
        """Dropbox asked for a wait; shown until the next request."""
        self._pause = f"Dropbox asks to wait {wait_s:.0f} s"

    def note(self, message: str) -> None:
        """Something a curious admin wants to read."""
        self._log("note", message)

    def warn(self, message: str) -> None:
        """Something that went wrong without stopping the job."""
        self._log("warning", message)
