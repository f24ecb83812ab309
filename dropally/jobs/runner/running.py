"""A job while it runs: what its kind works with."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from dropally.catalog import job_changes, jobs
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.jobs import JobRow
from dropally.common.clock import Clock
from dropally.jobs.context import JobContext
from dropally.jobs.runner.findings import Findings
from dropally.jobs.runner.live import LiveProgress, ProgressMeter

ParamsT = TypeVar("ParamsT")


@dataclass(frozen=True)
class UnitPlaces:
    """Where work units run: arguments for `jobs.pool.run_units`."""

    kind: Literal["threads", "processes"] = "threads"
    workers: int = 1


class RunningJob:
    """What a kind of job is handed. Safe for threads."""

    def __init__(
        self,
        row: JobRow,
        database: DatabaseFile,
        clock: Clock,
        units: UnitPlaces,
        hung_after_s: float,
    ) -> None:
        self.row = row
        self.units = units
        self.findings = Findings(row.number, clock)
        self.context = JobContext(clock=clock, log=self.findings.add_line)
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._hung_after_s = hung_after_s
        self._summary: dict[str, object] = {}
        self._api_calls = row.api_calls
        self._is_stopping = False
        self._is_cancelled = row.cancel_requested is not None
        self._begun_s = clock.monotonic()
        self._meter = ProgressMeter(self._begun_s)
        self._signs: tuple[object, ...] = ()
        self._last_sign = (self._begun_s, clock.now())
        self._state: bytes | None = None

    @property
    def id(self) -> str:
        """The job's id."""
        return self.row.id

    # -- what the kind reads -----------------------------------------------------------------

    def params(self, kind: type[ParamsT]) -> ParamsT:
        """What the job was given, as this type. Raises msgspec.ValidationError if it is not."""
        with self._database.read() as connection:
            return msgspec.json.decode(jobs.params_of(connection, self.id), type=kind)

    def entity_ids(self) -> tuple[str, ...]:
        """The entities that it is about; none if it is about its whole task."""
        with self._database.read() as connection:
            return jobs.entities_of(connection, self.row.number)

    @property
    def state(self) -> bytes:
        """What an earlier attempt noted with `set_state`; b"" at the first."""
        if self._state is None:
            with self._database.read() as connection:
                self._state = jobs.state_of(connection, self.id)
        return self._state

    @property
    def is_stopping(self) -> bool:
        """The appliance stops; the job goes on at the next start. Nobody cancelled it."""
        return self._is_stopping and not self._is_cancelled

    @property
    def is_cancelled(self) -> bool:
        """Somebody asked for its end."""
        return self._is_cancelled

    # -- what the kind tells -----------------------------------------------------------------

    def set_state(self, state: bytes) -> None:
        """Note what is needed to go on after a stop; durable on return. Keep it small.

        Raises DatabaseFaultError.
        """
        with self._database.write() as database:
            job_changes.save_state(database.conn, self.id, state, self._clock.now())
        self._state = state

    def note_steps(self, steps: int) -> None:
        """Tell how much is done for good, over all attempts: at each start, and as it grows.

        A job that has got on since it last told does not count as what ends the process.
        Raises DatabaseFaultError.
        """
        with self._database.write() as database:
            job_changes.note_steps(database.conn, self.id, steps)

    def set_summary(self, summary: Mapping[str, object]) -> None:
        """Counts and bytes so far; they stay if the job fails or is cancelled. Plain data only."""
        msgspec.json.encode(summary)
        with self._lock:
            self._summary = dict(summary)

    def problem(self, cause: str, item: str, message: str = "", hint: str = "") -> None:
        """An item that went wrong. `cause` is the same short text for all items of its sort.

        All are counted, the first 1,000 of a job are kept.
        """
        self.findings.add_problem(cause, item, message, hint)

    def clear_problems(self) -> None:
        """Forget what earlier attempts reported: everything is done again."""
        self.findings.clear_problems()

    def add_api_calls(self, count: int) -> None:
        """So many more requests were sent to Dropbox, beside those that connections count."""
        with self._lock:
            self._api_calls += count

    # -- what the runner asks and says --------------------------------------------------------

    @property
    def summary(self) -> dict[str, object]:
        """Counts and bytes so far."""
        with self._lock:
            return dict(self._summary)

    @property
    def api_calls(self) -> int:
        """Requests sent to Dropbox so far, earlier attempts included."""
        with self._lock:
            return self._api_calls + self.context.calls

    def cancel(self) -> None:
        """Somebody wants its end."""
        self._is_cancelled = True
        self.context.cancelled.set()

    def stop(self) -> None:
        """The appliance stops."""
        self._is_stopping = True
        self.context.cancelled.set()

    def observe(self) -> bool:
        """Look for signs of life; True if anything that people see has changed."""
        phases = self.context.progress()
        pause = self.context.pause
        shown = (*phases, pause, self.findings.last_line, self.findings.problem_count)
        signs = (*shown, self.context.checks, self.api_calls)
        with self._lock:
            before, self._signs = self._signs, signs
            if signs != before:
                self._last_sign = (self._clock.monotonic(), self._clock.now())
            return shown != before[:-2]

    @property
    def last_sign(self) -> datetime:
        """When it last showed that it is alive."""
        return self._last_sign[1]

    def live(self) -> LiveProgress:
        """How it stands."""
        self.observe()
        now_s = self._clock.monotonic()
        api_calls = self.api_calls
        with self._lock:
            phases, eta = self._meter.measure(now_s, self.context.progress())
            sign_s, sign = self._last_sign
            return LiveProgress(
                phases=phases,
                elapsed_s=now_s - self._begun_s,
                eta_s=eta,
                last_sign=sign,
                is_hung=now_s - sign_s >= self._hung_after_s,
                pause=self.context.pause,
                is_cancelling=self._is_cancelled,
                problems=self.findings.problem_count,
                api_calls=api_calls,
                summary=dict(self._summary),
            )
