"""Which job starts next: a pure decision over what waits and what runs."""

from bisect import insort
from collections import Counter
from dataclasses import dataclass

from dropally.jobs.runner.request import URGENT


@dataclass(frozen=True)
class Limits:
    """How many jobs run at once.

    `urgent_extra`: so many more may run, if they are restores or exports that people wait for: a
    first backup takes days, and nobody should wait that long for a file. One of them is also
    allowed beyond `per_team`.
    """

    jobs_at_once: int = 4
    per_team: int = 2
    urgent_extra: int = 2


@dataclass(frozen=True)
class WaitingJob:
    """What the decision needs to know of a job.

    `is_suspect`: the process ended while it ran; it is tried alone before anything else starts.
    """

    priority: int
    number: int
    id: str
    team_id: str = ""
    locks: tuple[str, ...] = ()
    is_suspect: bool = False

    @property
    def is_urgent(self) -> bool:
        """Somebody waits for it."""
        return self.priority <= URGENT

    @property
    def order(self) -> tuple[bool, int, int]:
        """Suspects, then by priority, then by age."""
        return (not self.is_suspect, self.priority, self.number)


class JobQueue:
    """Jobs that wait and run. Not safe for threads."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: list[WaitingJob] = []
        self._running: dict[str, WaitingJob] = {}
        self._teams: Counter[str] = Counter()
        self._held: set[str] = set()
        self._on_trial = ""
        self._is_settled = True

    def add(self, job: WaitingJob) -> None:
        """A job waits."""
        insort(self._waiting, job, key=lambda one: one.order)
        self._is_settled = False

    def drop(self, job_id: str) -> None:
        """A job has ended while it waited: it keeps nothing from others any more."""
        kept = [job for job in self._waiting if job.id != job_id]
        if len(kept) < len(self._waiting):
            self._waiting = kept
            self._is_settled = False

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self) -> WaitingJob | None:
        """The next job that may start; it counts as running from now on.

        A job that waits for a lock keeps it from the jobs behind it: one that needs two locks
        would otherwise wait for ever.
        """
        if self._on_trial:
            return None
        if self._waiting and self._waiting[0].is_suspect:
            return self._try_alone()
        if self._is_settled or len(self._running) >= self._total(is_urgent=True):
            return None
        reserved = set(self._held)
        for place, job in enumerate(self._waiting):
            if not reserved.isdisjoint(job.locks):
                reserved.update(job.locks)
            elif self._has_room(job):
                del self._waiting[place]
                self._start(job)
                return job
        self._is_settled = True
        return None

    def _try_alone(self) -> WaitingJob | None:
        """When the process ends again, it is known what was running."""
        if self._running:
            return None
        job = self._waiting.pop(0)
        self._start(job)
        self._on_trial = job.id
        return job

    def pass_trial(self, job_id: str) -> None:
        """The suspect has run for long enough: others may run beside it."""
        if self._on_trial == job_id:
            self._on_trial = ""
            self._is_settled = False

    def _has_room(self, job: WaitingJob) -> bool:
        if len(self._running) >= self._total(is_urgent=job.is_urgent):
            return False
        limit = self._limits.per_team + (1 if job.is_urgent and self._limits.urgent_extra else 0)
        return not job.team_id or self._teams[job.team_id] < limit

    def _total(self, *, is_urgent: bool) -> int:
        return self._limits.jobs_at_once + (self._limits.urgent_extra if is_urgent else 0)

    def _start(self, job: WaitingJob) -> None:
        self._running[job.id] = job
        self._held.update(job.locks)
        if job.team_id:
            self._teams[job.team_id] += 1

    def release(self, job_id: str) -> None:
        """A job has ended."""
        job = self._running.pop(job_id)
        self.pass_trial(job_id)
        self._held.difference_update(job.locks)
        if job.team_id:
            self._teams[job.team_id] -= 1
        self._is_settled = False
