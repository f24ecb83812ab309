"""Runs jobs: takes them from the database by priority, in threads, and writes down how they end.

A job's row is the truth. What was submitted survives everything; a job that runs when the process
ends waits again at the next start. Whoever listens is told of each end at least once.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec

from dropally.catalog import job_changes, jobs
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.job_changes import JobEnd
from dropally.catalog.jobs import JobRow
from dropally.common.clock import Clock, SystemClock
from dropally.common.errors import DropallyError
from dropally.jobs.events import EventBus
from dropally.jobs.runner import requests
from dropally.jobs.runner.ending import Ending, ending_of_error, ending_of_outcome, words_for
from dropally.jobs.runner.findings import News
from dropally.jobs.runner.live import LiveProgress
from dropally.jobs.runner.queue import JobQueue, Limits, WaitingJob
from dropally.jobs.runner.request import Initiator, JobKind, JobRequest
from dropally.jobs.runner.restarting import take_back
from dropally.jobs.runner.running import RunningJob, UnitPlaces

_LOG = logging.getLogger(__name__)
_TICK_S = 0.5
_IDLE_S = 30.0
_FLUSH_EVERY_S = 1.0
_SEEN_EVERY_S = 60.0
_RETRY_AFTER_S = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0)
_ROWS_AT_ONCE = 500
_LAST_MOMENTS_S = 1.0

FinishedCallback = Callable[[JobRow], None]


@dataclass(frozen=True)
class RunnerSettings:
    """How much runs at once and where, and when a silent job counts as hung."""

    limits: Limits = field(default_factory=Limits)
    executor: Literal["threads", "processes"] = "threads"
    processes: int = 1
    hung_after_s: float = 900.0

    @property
    def units(self) -> UnitPlaces:
        """Where jobs run their work units."""
        if self.executor == "processes":
            return UnitPlaces("processes", max(1, self.processes))
        return UnitPlaces()


@dataclass(frozen=True)
class Trouble:
    """Why the runner cannot write just now. It goes on trying by itself."""

    message: str
    hint: str
    since: datetime


@dataclass
class _Slot:
    """A running job and its thread."""

    job: RunningJob
    kind: JobKind
    thread: threading.Thread
    flushed_s: float = 0.0
    seen_s: float = 0.0
    told_s: float = 0.0
    has_changed: bool = False
    is_abandoned: bool = False


class JobRunner:
    """Safe for threads. `start` it once everything is registered, `stop` it in the end."""

    def __init__(
        self,
        database: DatabaseFile,
        clock: Clock,
        events: EventBus,
        settings: RunnerSettings | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._events = events
        self._settings = settings or RunnerSettings()
        self._pace = SystemClock()  # threads wait in real time, whatever the time is set to
        self._kinds: dict[str, JobKind] = {}
        self._callbacks: list[FinishedCallback] = []
        self._queue = JobQueue(self._settings.limits)
        self._newest = 0
        self._lock = threading.Lock()
        self._slots: dict[str, _Slot] = {}
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._trouble: Trouble | None = None
        self._dispatcher = threading.Thread(target=self._dispatch, name="jobs", daemon=True)
        self._is_started = False

    # -- before the start ----------------------------------------------------------------------

    def register(self, kind: JobKind) -> None:
        """Make a kind of job known."""
        self._kinds[kind.name] = kind

    def on_finished(self, callback: FinishedCallback) -> None:
        """Be told of each job's end, in a thread of the runner; at least once, so be idempotent."""
        self._callbacks.append(callback)

    def start(self) -> None:
        """Take back what ran when the process ended, and begin. Raises DatabaseFaultError."""
        with self._database.write() as database:
            take_back(database.conn, self._is_resumable, self._clock.now())
        self._is_started = True
        self._dispatcher.start()

    def _is_resumable(self, kind: str) -> bool:
        known = self._kinds.get(kind)
        return known is None or known.is_resumable

    # -- requests --------------------------------------------------------------------------------

    def submit(self, request: JobRequest, connection: sqlite3.Connection | None = None) -> JobRow:
        """Store a job; it starts when its turn comes.

        With `connection` it becomes part of the caller's transaction: call `wake` after the
        commit. An unfinished job with the same `dedupe` key is returned instead of a new one.
        Raises DatabaseFaultError.
        """
        return self._change(connection, lambda found: requests.add(found, request, self._now()))

    def cancel(
        self, job_id: str, by: Initiator, connection: sqlite3.Connection | None = None
    ) -> JobRow:
        """Ask for a job's end. A waiting one is canceled at once, a running one within seconds.

        `connection`: as in `submit`. Raises NotFoundError, ConflictError for a finished job,
        DatabaseFaultError.
        """
        return self._change(
            connection, lambda found: requests.cancel(found, job_id, by, self._now())
        )

    def retry(
        self,
        job_id: str,
        by: Initiator,
        connection: sqlite3.Connection | None = None,
        *,
        only_failed: bool = False,
    ) -> JobRow:
        """Do a finished job again as a new one that links to it.

        `only_failed` is passed on to the kind (`job.row.only_failed`). `connection`: as in
        `submit`. Raises NotFoundError, ConflictError for an unfinished job, DatabaseFaultError.
        """
        return self._change(
            connection,
            lambda found: requests.repeat(found, job_id, by, self._now(), only_failed=only_failed),
        )

    def _change(
        self,
        connection: sqlite3.Connection | None,
        change: Callable[[sqlite3.Connection], JobRow],
    ) -> JobRow:
        if connection is not None:
            return change(connection)
        with self._database.write() as database:
            row = change(database.conn)
        self.wake()
        return row

    def wake(self) -> None:
        """Look at the database now. Call it after a commit that submitted or cancelled something."""
        self._woken.set()

    def _now(self) -> datetime:
        return self._clock.now()

    # -- questions -------------------------------------------------------------------------------

    def get(self, job_id: str) -> JobRow:
        """The job as stored. Raises NotFoundError."""
        with self._database.read() as connection:
            return requests.find(connection, job_id)

    def live(self, job_id: str) -> LiveProgress | None:
        """How a running job stands; None if it does not run."""
        with self._lock:
            slot = self._slots.get(job_id)
        return slot.job.live() if slot else None

    def running_ids(self) -> tuple[str, ...]:
        """The jobs that run, in the order in which they started."""
        with self._lock:
            return tuple(self._slots)

    def trouble(self) -> Trouble | None:
        """Why nothing can be written just now; None while all is well. For readiness."""
        return self._trouble

    # -- the dispatcher ----------------------------------------------------------------------------

    def _dispatch(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                self._round()
            except DropallyError as error:
                self._note_trouble(error)
                delay = _RETRY_AFTER_S[min(failures, len(_RETRY_AFTER_S) - 1)]
                failures += 1
                self._stopping.wait(delay)
                continue
            failures = 0
            self._trouble = None
            self._woken.wait(_TICK_S if self.running_ids() else _IDLE_S)

    def _round(self) -> None:
        self._apply_cancellations()
        self._load_pending()
        self._start_jobs()
        self._observe()
        self._announce()

    def _apply_cancellations(self) -> None:
        if not self.running_ids():
            return
        with self._database.read() as connection:
            wanted = job_changes.cancel_requests(connection)
        with self._lock:
            slots = [self._slots[job_id] for job_id in wanted if job_id in self._slots]
        for slot in slots:
            if not slot.job.is_cancelled:
                slot.job.cancel()
                slot.has_changed = True

    def _load_pending(self) -> None:
        while True:
            with self._database.read() as connection:
                rows = jobs.pending_after(connection, self._newest, _ROWS_AT_ONCE)
            for row in rows:
                self._newest = row.number
                self._queue.add(
                    WaitingJob(row.priority, row.number, row.id, row.team_id, row.locks)
                )
                self._publish("job_changed", row)
            if len(rows) < _ROWS_AT_ONCE:
                return

    def _start_jobs(self) -> None:
        while not self._stopping.is_set():
            with self._lock:
                waiting = self._queue.take()
            if waiting is None:
                return
            try:
                is_started = self._start_job(waiting)
            except DropallyError:
                with self._lock:
                    self._queue.release(waiting.id)
                    self._queue.add(waiting)
                raise
            if not is_started:
                with self._lock:
                    self._queue.release(waiting.id)

    def _start_job(self, waiting: WaitingJob) -> bool:
        """False if it is not to be run any more."""
        with self._database.write() as database:
            if not job_changes.claim(database.conn, waiting.id, self._now()):
                return False
            row = requests.find(database.conn, waiting.id)
            kind = self._kinds.get(row.kind)
            if kind is None:
                end = JobEnd(
                    "failed",
                    error=f"this version of Dropally has no job of kind {row.kind!r}",
                    hint="it was asked for by another version",
                )
                job_changes.finish(database.conn, row.id, end, self._now())
                return False
        job = RunningJob(
            row, self._database, self._clock, self._settings.units, self._settings.hung_after_s
        )
        thread = threading.Thread(
            target=self._work, args=(job, kind), name=f"job {row.id}", daemon=True
        )
        with self._lock:
            self._slots[row.id] = _Slot(job, kind, thread, seen_s=self._pace.monotonic())
        self._publish("job_changed", row)
        thread.start()
        return True

    # -- one job, in its own thread -------------------------------------------------------------------

    def _work(self, job: RunningJob, kind: JobKind) -> None:
        ending = self._run(job, kind)
        if self._write_end(job, ending):
            with self._lock:
                del self._slots[job.id]
                self._queue.release(job.id)
        self.wake()

    def _run(self, job: RunningJob, kind: JobKind) -> Ending:
        try:
            if job.row.attempt > 1:
                with self._database.read() as connection:
                    job.findings.load(connection)
            return ending_of_outcome(job, kind.run(job))
        except Exception as error:  # noqa: BLE001  whatever a job raises ends that job, not the runner
            return ending_of_error(job, error, is_resumable=kind.is_resumable)

    def _write_end(self, job: RunningJob, ending: Ending) -> bool:
        """Write how it ended, however long the disk refuses; False if the stop came first."""
        news = job.findings.take()
        failures = 0
        while True:
            try:
                return self._write_end_once(job, ending, news)
            except DropallyError as error:
                self._note_trouble(error)
            if self._stopping.is_set():
                return False  # the row still says that it runs: the next start takes it back
            self._stopping.wait(_RETRY_AFTER_S[min(failures, len(_RETRY_AFTER_S) - 1)])
            failures += 1

    def _write_end_once(self, job: RunningJob, ending: Ending, news: News) -> bool:
        with self._database.write() as database:
            with self._lock:
                if self._slots[job.id].is_abandoned:
                    return False
            news.write(database.conn)
            if ending.status:
                job_changes.finish(database.conn, job.id, _end(job, ending), self._now())
            else:
                job_changes.put_back(
                    database.conn, job.id, "interrupted", crashes=0, api_calls=job.api_calls
                )
        return True

    # -- telling -----------------------------------------------------------------------------------------

    def _observe(self) -> None:
        now_s = self._pace.monotonic()
        with self._lock:
            slots = list(self._slots.values())
        for slot in slots:
            slot.has_changed |= slot.job.observe()
            if slot.has_changed and now_s - slot.told_s >= _TICK_S:
                slot.has_changed, slot.told_s = False, now_s
                self._publish("job_changed", slot.job.row, slot.job.live())
        due = [slot for slot in slots if self._is_due(slot, now_s)]
        if due:
            self._flush(due, now_s)

    def _is_due(self, slot: _Slot, now_s: float) -> bool:
        if now_s - slot.seen_s >= _SEEN_EVERY_S:
            return True
        return slot.job.findings.has_news and now_s - slot.flushed_s >= _FLUSH_EVERY_S

    def _flush(self, slots: list[_Slot], now_s: float) -> None:
        """Write log lines, problems and signs of life of these jobs, in one transaction."""
        taken = [(slot, slot.job.findings.take()) for slot in slots]
        try:
            with self._database.write() as database:
                for slot, news in taken:
                    news.write(database.conn)
                    summary = msgspec.json.encode(slot.job.summary).decode()
                    job_changes.mark_seen(database.conn, slot.job.id, summary, slot.job.last_sign)
        except BaseException:
            for slot, news in taken:
                slot.job.findings.give_back(news)
            raise
        for slot in slots:
            slot.flushed_s = slot.seen_s = now_s

    def _announce(self) -> None:
        """Tell of every end that was not told of yet, the oldest first."""
        while True:
            with self._database.read() as connection:
                rows = jobs.unannounced(connection, _ROWS_AT_ONCE)
            if not rows:
                return
            for row in rows:
                self._publish("job_finished", row)
                for callback in self._callbacks:
                    _call(callback, row)
            with self._database.write() as database:
                job_changes.mark_announced(database.conn, [row.id for row in rows])

    def _publish(self, name: str, row: JobRow, live: LiveProgress | None = None) -> None:
        data: dict[str, object] = {
            "job_id": row.id,
            "kind": row.kind,
            "title": row.title,
            "status": row.status,
            "storage_id": row.storage_id,
        }
        if live is not None:
            data["live"] = msgspec.to_builtins(live)
        if row.is_finished:
            data["summary"] = msgspec.json.decode(row.summary)
        self._events.publish(name, data, task_id=row.task_id, entity_id=self._only_entity(row))

    def _only_entity(self, row: JobRow) -> str:
        """Somebody who may see one entity may see a job about that one alone."""
        with self._database.read() as connection:
            entity_ids = jobs.entities_of(connection, row.number)
        return entity_ids[0] if len(entity_ids) == 1 else ""

    def _note_trouble(self, error: DropallyError) -> None:
        message, hint = words_for(error)
        before = self._trouble
        self._trouble = Trouble(message, hint, before.since if before else self._now())

    # -- the stop -----------------------------------------------------------------------------------------

    def stop(self, timeout_s: float = 10.0) -> None:
        """Stop within this time. Running jobs wait again and go on at the next start."""
        if not self._is_started:
            return
        deadline = self._pace.monotonic() + timeout_s - _LAST_MOMENTS_S
        self._stopping.set()
        self.wake()
        self._tell_all_to_stop()
        self._dispatcher.join(timeout_s - _LAST_MOMENTS_S)
        for slot in self._tell_all_to_stop():  # it may just have started one more
            slot.thread.join(max(0.0, deadline - self._pace.monotonic()))
        try:
            self._abandon()
            self._announce()
        except DropallyError as error:
            self._note_trouble(error)  # the next start takes back what could not be written

    def _tell_all_to_stop(self) -> list[_Slot]:
        with self._lock:
            slots = list(self._slots.values())
        for slot in slots:
            slot.job.stop()
        return slots

    def _abandon(self) -> None:
        """Jobs that do not react wait again all the same; what their threads still do is ignored."""
        with self._database.write() as database:
            with self._lock:
                slots = [slot for slot in self._slots.values() if slot.thread.is_alive()]
                for slot in slots:
                    slot.is_abandoned = True
            for slot in slots:
                slot.job.findings.take().write(database.conn)
                job_changes.put_back(
                    database.conn,
                    slot.job.id,
                    "interrupted",
                    crashes=0,
                    api_calls=slot.job.api_calls,
                )


def _end(job: RunningJob, ending: Ending) -> JobEnd:
    return JobEnd(
        status=ending.status,
        summary=msgspec.json.encode(ending.outcome.summary).decode(),
        result=msgspec.json.encode(ending.outcome.result).decode(),
        phases=msgspec.json.encode(job.live().phases).decode(),
        error=ending.error,
        hint=ending.hint,
        problems=job.findings.problem_count,
        api_calls=job.api_calls,
    )


def _call(callback: FinishedCallback, row: JobRow) -> None:
    try:
        callback(row)
    except Exception:  # noqa: BLE001  one listener's failure must not keep the others from hearing
        _LOG.exception("a listener failed when it was told of the end of %s", row.id)
