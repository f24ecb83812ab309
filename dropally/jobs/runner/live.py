"""How a running job stands, for people who watch: honest totals, rates, and when it may end."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dropally.jobs.context import CountedIn, PhaseProgress

_RATE_WINDOW_S = 30.0
_SAMPLE_EVERY_S = 1.0
_ETA_AFTER_S = 30.0
_ETA_SPREAD = 1.25


@dataclass(frozen=True)
class LivePhase:
    """One phase. `is_at_least`: the total is not all yet. `rate`: units per second of late."""

    name: str
    unit: CountedIn
    done: int
    total: int
    is_at_least: bool
    rate: float


@dataclass(frozen=True)
class LiveProgress:
    """A running job at one moment.

    `eta_s`: the least and the most seconds it may still take; None while that would be guessing.
    `is_hung`: it has given no sign of life for longer than a healthy job would.
    """

    phases: tuple[LivePhase, ...]
    elapsed_s: float
    eta_s: tuple[float, float] | None
    last_sign: datetime
    is_hung: bool
    pause: str
    is_cancelling: bool
    problems: int
    api_calls: int
    summary: dict[str, object]


class PhaseMeter:
    """Watches one phase's counter."""

    def __init__(self, at_s: float, done: int) -> None:
        self._begun_s = at_s
        self._first_done = done
        self._samples: deque[tuple[float, int]] = deque([(at_s, done)])

    def sample(self, at_s: float, done: int) -> None:
        """Note the counter."""
        if at_s - self._samples[-1][0] < _SAMPLE_EVERY_S and len(self._samples) > 1:
            return
        self._samples.append((at_s, done))
        while len(self._samples) > 2 and at_s - self._samples[1][0] >= _RATE_WINDOW_S:
            self._samples.popleft()

    def recent_rate(self, at_s: float, done: int) -> float:
        """Per second, over the last half minute."""
        then_s, before = self._samples[0]
        return (done - before) / (at_s - then_s) if at_s > then_s else 0.0

    def overall_rate(self, at_s: float, done: int) -> float:
        """Per second, since the phase began."""
        passed = at_s - self._begun_s
        return (done - self._first_done) / passed if passed > 0 else 0.0


class ProgressMeter:
    """Turns a job's counters into what people read. Not safe for threads."""

    def __init__(self, at_s: float) -> None:
        self._begun_s = at_s
        self._meters: dict[str, PhaseMeter] = {}

    def measure(
        self, at_s: float, phases: list[PhaseProgress]
    ) -> tuple[tuple[LivePhase, ...], tuple[float, float] | None]:
        """The phases with their rates, and the time that is left (least, most)."""
        shown = []
        for phase in phases:
            meter = self._meters.setdefault(phase.name, PhaseMeter(at_s, phase.done))
            meter.sample(at_s, phase.done)
            shown.append(_shown(phase, meter.recent_rate(at_s, phase.done)))
        return tuple(shown), self._eta(at_s, phases)

    def _eta(self, at_s: float, phases: list[PhaseProgress]) -> tuple[float, float] | None:
        """The longest of the phases that still have work; phases run beside each other.

        What is counted in entries (listing, sealing) is quick beside bytes, and may still grow.
        """
        if at_s - self._begun_s < _ETA_AFTER_S:
            return None
        if any(
            phase.total and not phase.is_total_known and phase.unit != "entries" for phase in phases
        ):
            return None
        least = most = 0.0
        for phase in phases:
            left = phase.total - phase.done
            if left <= 0 or not phase.is_total_known:
                continue
            meter = self._meters[phase.name]
            rates = (
                meter.recent_rate(at_s, phase.done),
                meter.overall_rate(at_s, phase.done),
            )
            if min(rates) <= 0:
                return None
            least = max(least, left / max(rates) / _ETA_SPREAD)
            most = max(most, left / min(rates) * _ETA_SPREAD)
        return (least, most) if most else None


def final_phases(phases: Sequence[LivePhase]) -> list[LivePhase]:
    """As they are when the job has ended: no total grows any more, nothing goes on."""
    return [
        replace(phase, total=max(phase.total, phase.done), is_at_least=False, rate=0.0)
        for phase in phases
    ]


def _shown(phase: PhaseProgress, rate: float) -> LivePhase:
    return LivePhase(
        phase.name,
        phase.unit,
        phase.done,
        max(phase.total, phase.done) if phase.total else 0,
        not phase.is_total_known,
        round(rate, 3),
    )
