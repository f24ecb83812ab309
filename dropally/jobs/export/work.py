"""What goes into and comes out of an export: plain data that can be pickled."""

from dataclasses import dataclass
from pathlib import Path

from dropally.jobs.chosen import Chosen
from dropally.jobs.handles import RepositoryHandle


@dataclass(frozen=True)
class ExportWork:
    """What to write where.

    `addresses` as an admin types them, `chosen` as a selection holds them. With `everything`, all entities of the restore point that
    `date` means, each namespace once. `portable`: only names that Windows takes too. `verify`:
    read back what lies there from an earlier run instead of trusting its size and time.
    """

    repository: RepositoryHandle
    group: str
    target: Path
    addresses: tuple[str, ...] = ()
    everything: bool = False
    date: str = "latest"
    portable: bool = False
    verify: bool = False
    chosen: tuple[Chosen, ...] = ()


@dataclass(frozen=True)
class ExportProblem:
    """A file that was not written, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Renamed:
    """A file or folder that had to be called otherwise on this disk."""

    path: str
    exported_as: str


@dataclass(frozen=True)
class ExportResult:
    """What was done. `skipped` files lay there already, complete, from an earlier run."""

    files: int
    folders: int
    bytes: int
    skipped: int
    problems: tuple[ExportProblem, ...]
    renamed: tuple[Renamed, ...]
