"""What goes into and comes out of a restore: plain data that can be pickled."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dropally.jobs.chosen import Chosen
from dropally.jobs.handles import RepositoryHandle, TeamHandle

Mode = Literal["new-folder", "in-place"]
Conflict = Literal["duplicate", "skip", "replace"]


@dataclass(frozen=True)
class RestoreWork:
    """What to restore and where to.

    `addresses` as an admin types them, `chosen` as a selection holds them. `target` is an entity, perhaps with a path
    ("bob@example.com:/Inbox"); "" means where each item came from. Mode "new-folder" makes
    `folder_name` there and changes nothing else; "in-place" puts items where they were (or into
    `target`), and `conflict` says what happens when something else is there now.

    `log_name` is for a caller that starts the same restore twice and means two restores: each has a
    log of its own then, which is found again by that name only. With `keep_log` it stays.
    """

    repository: RepositoryHandle
    team: TeamHandle
    group: str
    addresses: tuple[str, ...]
    log_dir: Path
    target: str = ""
    mode: Mode = "new-folder"
    conflict: Conflict = "duplicate"
    folder_name: str = "Restored by Dropally"
    chosen: tuple[Chosen, ...] = ()
    log_name: str = ""
    keep_log: bool = False

    def log_path(self, point_ids: tuple[str, ...]) -> Path:
        """The log of this very restore: the same request finds what an interrupted one left."""
        if self.log_name:
            return self.log_dir / f"restore-{self.log_name}.db"
        request = (self.group, self.addresses, point_ids, self.target, self.mode, self.conflict)
        digest = hashlib.sha256(repr(request).encode()).hexdigest()[:24]
        return self.log_dir / f"restore-{digest}.db"


@dataclass(frozen=True)
class RestorePlan:
    """What a restore is going to do. Nothing has been changed yet.

    `items` counts files. Of those, `identical` are there already and `skipped` stay as they are;
    `revisions` and `copies` cost Dropbox no upload; `impossible` cannot be restored at all.
    `upload_calls` count against Dropbox's monthly limit for uploads by apps.
    """

    log: Path
    is_resumed: bool
    destination: str
    items: int
    folders: int
    bytes: int
    conflicts: int
    identical: int
    skipped: int
    revisions: int
    copies: int
    uploads: int
    upload_bytes: int
    impossible: int
    upload_calls: int
    other_calls: int
    upload_limit: int | None


@dataclass(frozen=True)
class RestoreProblem:
    """An item that was not restored, or not under its own name."""

    source: str
    path: str
    detail: str


@dataclass(frozen=True)
class RestoreResult:
    """How the items fared. `renamed` ones are restored, beside what has their name now."""

    destination: str
    restored: int
    restored_bytes: int
    identical: int
    skipped: int
    renamed: tuple[RestoreProblem, ...]
    failed: tuple[RestoreProblem, ...]
