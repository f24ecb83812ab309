"""Medians of the runs, and their ratios to each other program."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MIB = 1 << 20
_PARTS_SHOWN = 6


class Row(NamedTuple):
    """One step of one program in one run."""

    tool: str
    step: str
    wall_s: float
    cpu_s: float
    peak_bytes: int
    stored_bytes: int
    """How much the repository grew by the step; prune makes it less than nothing."""


class Median(NamedTuple):
    """The medians of a step over the runs."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    stored_mib: float


def medians(rows: Iterable[Row]) -> dict[tuple[str, str], Median]:
    """By step and tool."""
    grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.step, row.tool].append(row)
    return {place: _median(found) for place, found in grouped.items()}


def _median(rows: list[Row]) -> Median:
    return Median(
        statistics.median(row.wall_s for row in rows),
        statistics.median(row.cpu_s for row in rows),
        statistics.median(row.peak_bytes for row in rows) / MIB,
        statistics.median(row.stored_bytes for row in rows) / MIB,
    )


def render(rows: Sequence[Row], steps: Sequence[str], ours: str, others: Sequence[str]) -> str:
    """A table in Markdown: a line for each step and program, with our ratio to it."""
    found = medians(rows)
    lines = [
        "| step | program | wall s | CPU s | peak MiB | stored MiB | our wall | our CPU |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for step in steps:
        mine = found.get((step, ours))
        for tool in (ours, *others):
            one = found.get((step, tool))
            if one is None:
                continue
            cells = [step, tool, f"{one.wall_s:.2f}", f"{one.cpu_s:.2f}", f"{one.peak_mib:.0f}"]
            cells.append(f"{one.stored_mib:.1f}")
            compared = mine is not None and tool != ours
            cells += _ratios(mine, one) if mine is not None and compared else ["", ""]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def render_parts(rows: Iterable[tuple[Row, dict[str, float]]]) -> str:
    """A line for each step: how many cores it kept busy, and what took their time."""
    lines = ["| step | wall s | CPU s | cores | of the CPU seconds |", "|---|---:|---:|---:|---|"]
    for row, cpu_s in rows:
        seen_s = sum(cpu_s.values())
        largest = sorted(cpu_s, key=lambda part: cpu_s[part], reverse=True)
        shares = [f"{part} {cpu_s[part] / seen_s:.0%}" for part in largest]
        text = ", ".join(shares[:_PARTS_SHOWN])
        figures = f"{row.wall_s:.2f} | {row.cpu_s:.2f} | {row.cpu_s / row.wall_s:.1f}"
        lines.append(f"| {row.step} | {figures} | {text} |")
    return "\n".join(lines)


def _ratios(mine: Median, other: Median) -> list[str]:
    pairs = ((mine.wall_s, other.wall_s), (mine.cpu_s, other.cpu_s))
    return [f"{a / b:.2f} x" if b else "" for a, b in pairs]
