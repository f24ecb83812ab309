"""What goes into and comes out of a backup work unit: plain data that can be pickled."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dropally.dropbox_api import Roster
from dropally.jobs.handles import RepositoryHandle, TeamHandle

Status = Literal["new", "unchanged", "failed"]


@dataclass(frozen=True)
class NamespaceWork:
    """One namespace to back up. `name` is for people."""

    namespace: str
    name: str


@dataclass(frozen=True)
class BackupWork:
    """Some namespaces of one team, to be backed up by one work unit.

    `stage_dir` keeps listings under way; it belongs to one repository and one team.
    `fetchers` downloads run at the same time, for `listers` namespaces at the same time.
    """

    repository: RepositoryHandle
    team: TeamHandle
    roster: Roster
    namespaces: tuple[NamespaceWork, ...]
    stage_dir: Path
    fetchers: int = 8
    listers: int = 4
    memory_bytes: int = 128 << 20


@dataclass(frozen=True)
class ItemProblem:
    """A file that is listed in the snapshot without its content."""

    namespace: str
    path: str
    reason: str
    detail: str


@dataclass(frozen=True)
class NamespaceOutcome:
    """How one namespace fared. `snapshot` is the one to use now: new, or the previous one.

    `stats` counts what the snapshot holds (files, folders, bytes) and what it changed
    (added, changed, deleted). A failed namespace keeps its previous snapshot, if it has one.
    `cursor`: where the listing goes on next time; "" if that is not known better than before.
    """

    namespace: str
    name: str
    status: Status
    snapshot: str = ""
    cursor: str = ""
    stats: dict[str, int] = field(default_factory=dict)
    problems: tuple[ItemProblem, ...] = ()
    error: str = ""
    hint: str = ""


@dataclass(frozen=True)
class BackupResult:
    """What one work unit did."""

    outcomes: tuple[NamespaceOutcome, ...]
    fetched_files: int = 0
    fetched_bytes: int = 0
