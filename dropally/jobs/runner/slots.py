"""The jobs that run, each with its thread; what they tell is written and published from here."""

import threading
from dataclasses import dataclass

import msgspec

from dropally.catalog import job_changes
from dropally.catalog.database_file import DatabaseFile
from dropally.common.clock import SystemClock
from dropally.jobs.runner.running import RunningJob
from dropally.jobs.runner.telling import Teller

TICK_S = 0.5
_FLUSH_EVERY_S = 1.0
_SEEN_EVERY_S = 60.0


@dataclass
class Slot:
    """A running job and its thread. The times are of the runner's own pace."""

    job: RunningJob
    thread: threading.Thread
    begun_s: float
    seen_s: float
    flushed_s: float = 0.0
    told_s: float = 0.0
    has_changed: bool = False
    is_abandoned: bool = False


class Slots:
    """Safe for threads."""

    def __init__(self, database: DatabaseFile, teller: Teller) -> None:
        self._database = database
        self._teller = teller
        self._pace = SystemClock()  # threads look in real time, whatever the time is set to
        self._lock = threading.Lock()
        self._slots: dict[str, Slot] = {}

    def begin(self, job: RunningJob, thread: threading.Thread) -> None:
        """Start a job's thread. Nobody sees a slot whose thread has not begun."""
        with self._lock:
            now_s = self._pace.monotonic()
            thread.start()
            self._slots[job.id] = Slot(job, thread, begun_s=now_s, seen_s=now_s)

    def remove(self, job_id: str) -> None:
        """A job has ended."""
        with self._lock:
            del self._slots[job_id]

    def get(self, job_id: str) -> Slot | None:
        """The running job with this id."""
        with self._lock:
            return self._slots.get(job_id)

    def all(self) -> list[Slot]:
        """In the order in which they started."""
        with self._lock:
            return list(self._slots.values())

    def observe(self) -> None:
        """Publish progress (at most twice a second for each job) and write what jobs have told.

        Raises DatabaseFaultError; what could not be written is kept for the next time.
        """
        now_s = self._pace.monotonic()
        slots = self.all()
        for slot in slots:
            slot.has_changed |= slot.job.observe()
            if slot.has_changed and now_s - slot.told_s >= TICK_S:
                slot.has_changed, slot.told_s = False, now_s
                self._teller.job_changed(slot.job.row, slot.job.live())
        due = [slot for slot in slots if _is_due(slot, now_s)]
        if due:
            self._flush(due, now_s)

    def _flush(self, slots: list[Slot], now_s: float) -> None:
        """Log lines, problems and signs of life of these jobs, in one transaction."""
        taken = [(slot, slot.job.findings.take()) for slot in slots]
        try:
            with self._database.write() as database:
                for slot, news in taken:
                    news.write(database.conn)
                    job_changes.mark_seen(
                        database.conn,
                        slot.job.id,
                        msgspec.json.encode(slot.job.summary).decode(),
                        slot.job.findings.problem_count,
                        slot.job.last_sign,
                    )
        except BaseException:
            for slot, news in taken:
                slot.job.findings.give_back(news)
            raise
        for slot in slots:
            slot.flushed_s = slot.seen_s = now_s

    def stop_all(self) -> list[Slot]:
        """Tell every job that the appliance stops."""
        slots = self.all()
        for slot in slots:
            slot.job.stop()
        return slots

    def abandon_living(self) -> None:
        """Let jobs wait again whose threads do not react; what those still do is ignored.

        Raises DatabaseFaultError.
        """
        with self._database.write() as database:
            for slot in self.all():
                if slot.thread.is_alive():
                    slot.is_abandoned = True
                    slot.job.findings.take().write(database.conn)
                    job_changes.put_back(
                        database.conn,
                        slot.job.id,
                        "interrupted",
                        crashes=0,
                        api_calls=slot.job.api_calls,
                    )


def _is_due(slot: Slot, now_s: float) -> bool:
    if now_s - slot.seen_s >= _SEEN_EVERY_S:
        return True
    return slot.job.findings.has_news and now_s - slot.flushed_s >= _FLUSH_EVERY_S
