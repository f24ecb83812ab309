"""What the commands print: text or JSON on stdout, progress on stderr."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from dropally.common.clock import SystemClock
from dropally.common.text import format_bytes
from dropally.jobs.context import JobContext, Level, PhaseProgress

_REFRESH_S = 0.2
_PLAIN_EVERY_S = 10.0
_WIDEST_TABLE = 10_000
_WORDS = {
    "list": "listed",
    "known": "already stored",
    "fetch": "fetched",
    "download": "downloaded",
    "seal": "sealed",
    "export": "exported",
    "write": "written",
    "plan": "planned",
    "restore": "restored",
    "upload": "uploaded",
}


class Screen:
    """Where a command speaks. With `as_json`, stdout carries one JSON value and nothing else."""

    def __init__(
        self, *, as_json: bool = False, quiet: bool = False, shows_notes: bool = True
    ) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self._shows_notes = shows_notes and not quiet
        self._err = Console(stderr=True, highlight=False, soft_wrap=True)
        self._out = Console(highlight=False, soft_wrap=True)

    def say(self, text: str = "") -> None:
        """A line for people."""
        if not self.as_json and not self.quiet:
            self._out.print(text, markup=False)

    def problem(self, text: str) -> None:
        """A line about what did not work; `--quiet` does not hide it."""
        if self.quiet and not self.as_json:
            self._err.print(text, markup=False)
        else:
            self.say(text)

    def result(self, value: Any) -> None:
        """The command's answer, for programs."""
        if self.as_json:
            sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
            sys.stdout.flush()

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table for people; numbers are the caller's to format."""
        if self.as_json:
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(_plain(cell) for cell in row))
        # A terminal wraps to its width; what goes to a file or a program is one line a row.
        self._out.print(table, width=None if self._out.is_terminal else _WIDEST_TABLE)

    def log(self, level: Level, message: str) -> None:
        """A line of a job's log."""
        if level == "warning":
            self._err.print(f"warning: {message}", markup=False, style="yellow")
        elif self._shows_notes:
            self._err.print(message, markup=False, style="dim")

    @contextmanager
    def watching(self, context: JobContext) -> Iterator[None]:
        """Show a job's counters while the block runs: bars on a terminal, else a line now and then."""
        if self.quiet:
            yield
            return
        with _Watcher(context, self._err):
            yield


class _Watcher:
    """A thread that looks at the counters; the job itself knows no screen."""

    def __init__(self, context: JobContext, console: Console) -> None:
        self._context = context
        self._console = console
        self._done = threading.Event()
        self._watch = self._draw if console.is_terminal else self._tell
        self._thread = threading.Thread(target=self._watch, name="progress")

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._done.set()
        self._thread.join()

    def _draw(self) -> None:
        tasks: dict[str, TaskID] = {}
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description:<16}"),
            BarColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console, transient=True) as bars:
            while True:
                finished = SystemClock().wait(self._done, _REFRESH_S)
                for phase in self._context.progress():
                    if phase.name not in tasks:
                        tasks[phase.name] = bars.add_task(_word(phase), figures="", total=None)
                    bars.update(
                        tasks[phase.name],
                        completed=phase.done,
                        total=phase.total or None,
                        figures=_figures(phase),
                    )
                if finished:
                    return

    def _tell(self) -> None:
        last = ""
        while not SystemClock().wait(self._done, _PLAIN_EVERY_S):
            line = ", ".join(
                f"{_figures(phase)} {_word(phase)}" for phase in self._context.progress()
            )
            if line and line != last:
                self._console.print(line, markup=False)
                last = line


def _word(phase: PhaseProgress) -> str:
    return _WORDS.get(phase.name, phase.name)


def _figures(phase: PhaseProgress) -> str:
    if phase.unit == "bytes":
        done = format_bytes(phase.done)
        return f"{done} of {format_bytes(phase.total)}" if phase.total else done
    if phase.total:
        return f"{phase.done:,} of {phase.total:,} {phase.unit}"
    return f"{phase.done:,} {phase.unit}"


def _plain(cell: str) -> str:
    """Names come from strangers: no markup, no control characters that would move the cursor."""
    shown = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in cell
    )
    return shown.replace("[", "\\[")
