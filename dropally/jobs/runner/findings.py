"""What a running job tells: log lines and problems, gathered here and written now and then."""

import sqlite3
import threading
from collections import deque
from dataclasses import dataclass

from dropally.catalog import job_details
from dropally.catalog.job_details import (
    KEPT_ITEMS,
    KEPT_LINES,
    CauseRow,
    LineRow,
    ProblemRow,
)
from dropally.common.clock import Clock
from dropally.jobs.context import Level

_LONGEST_TEXT = 2000
_MOST_CAUSES = 200
OTHER_CAUSES = "other causes"


class Findings:
    """Safe for threads. Bounded: what the database cannot take for long is dropped, oldest first."""

    def __init__(self, job: int, clock: Clock) -> None:
        self._job = job
        self._clock = clock
        self._lock = threading.Lock()
        self._line = 0
        self._lines: deque[LineRow] = deque(maxlen=KEPT_LINES)
        self._causes: dict[str, CauseRow] = {}
        self._seen: set[tuple[str, str]] = set()
        self._problems: list[ProblemRow] = []
        self._changed_causes: set[str] = set()
        self._is_cleared = False
        self._count = 0

    def load(self, connection: sqlite3.Connection) -> None:
        """Go on with what an earlier attempt of this job has told."""
        with self._lock:
            self._line = job_details.last_line(connection, self._job)
            self._causes = {row.cause: row for row in job_details.causes_of(connection, self._job)}
            rows = job_details.problems_after(connection, self._job, 0, KEPT_ITEMS)
            self._seen = {(row.cause, row.item) for row in rows}
            self._count = sum(row.items for row in self._causes.values())

    def add_line(self, level: Level, message: str) -> None:
        """A line for the log."""
        now = self._clock.now()
        with self._lock:
            self._line += 1
            self._lines.append(LineRow(self._line, now, level, message[:_LONGEST_TEXT]))

    def add_problem(self, cause: str, item: str, message: str, hint: str) -> None:
        """An item that went wrong. One that an earlier attempt told of counts once."""
        with self._lock:
            if (cause, item) in self._seen:
                return
            if cause not in self._causes and len(self._causes) >= _MOST_CAUSES:
                cause, hint = OTHER_CAUSES, ""
            before = self._causes.get(cause)
            self._causes[cause] = CauseRow(
                cause, hint or (before.hint if before else ""), (before.items if before else 0) + 1
            )
            self._changed_causes.add(cause)
            self._count += 1
            if len(self._seen) < KEPT_ITEMS:
                self._seen.add((cause, item))
                place = len(self._seen)
                self._problems.append(ProblemRow(place, cause, item, message[:_LONGEST_TEXT]))

    def clear_problems(self) -> None:
        """The job begins anew: what went wrong before no longer counts."""
        with self._lock:
            self._causes.clear()
            self._seen.clear()
            self._problems.clear()
            self._changed_causes.clear()
            self._count = 0
            self._is_cleared = True

    @property
    def problem_count(self) -> int:
        """How many items went wrong."""
        with self._lock:
            return self._count

    @property
    def last_line(self) -> int:
        """The newest line's number: it grows with each sign of life."""
        with self._lock:
            return self._line

    @property
    def has_news(self) -> bool:
        """True if there is something to write."""
        with self._lock:
            return bool(self._lines or self._changed_causes or self._is_cleared)

    def take(self) -> "News":
        """What is new, to be written; `give_back` it if that fails."""
        with self._lock:
            causes = [self._causes[cause] for cause in sorted(self._changed_causes)]
            news = News(self._job, list(self._lines), self._problems, causes, self._is_cleared)
            self._lines.clear()
            self._problems = []
            self._changed_causes.clear()
            self._is_cleared = False
        return news

    def give_back(self, news: "News") -> None:
        """It could not be written: keep it for the next time."""
        with self._lock:
            self._lines = deque([*news.lines, *self._lines], maxlen=KEPT_LINES)
            if self._is_cleared:
                return
            self._problems = [*news.problems, *self._problems]
            self._changed_causes.update(row.cause for row in news.causes)
            self._is_cleared = news.is_cleared


@dataclass(frozen=True)
class News:
    """What a job has told since the last time."""

    job: int
    lines: list[LineRow]
    problems: list[ProblemRow]
    causes: list[CauseRow]
    is_cleared: bool

    def write(self, connection: sqlite3.Connection) -> None:
        """Store it, in the caller's transaction."""
        if self.is_cleared:
            job_details.clear_problems(connection, self.job)
        job_details.append_lines(connection, self.job, self.lines)
        job_details.save_causes(connection, self.job, self.causes)
        job_details.append_problems(connection, self.job, self.problems)
