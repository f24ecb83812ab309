"""What is to be uploaded, and what became of it."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from dropally.dropbox_api.errors import ItemFailure


class UploadItem(msgspec.Struct, frozen=True, kw_only=True):
    """One file to write at `path` of a namespace.

    `mode`: "add" never replaces, "overwrite" does, "update" does only while `rev` is the current
    revision. `autorename`: take a free name when the place is taken. `content_hash`: what the
    bytes must hash to, checked before anything is committed. `pieces` may be called again when
    an upload must start anew; an ItemFailure raised by it fails this file only.
    """

    path: str
    size_bytes: int
    content_hash: str
    pieces: Callable[[], Iterable[bytes]]
    client_modified: datetime | None = None
    mode: Literal["add", "overwrite", "update"] = "add"
    rev: str = ""
    autorename: bool = False

    def commit_info(self) -> dict[str, Any]:
        """The item as Dropbox's CommitInfo."""
        mode = {".tag": self.mode, "update": self.rev} if self.mode == "update" else self.mode
        info: dict[str, Any] = {
            "path": self.path,
            "mode": mode,
            "autorename": self.autorename,
            "mute": True,
        }
        if self.client_modified is not None:
            moment = self.client_modified.astimezone(UTC)
            info["client_modified"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        return info


class UploadOutcome(msgspec.Struct, frozen=True):
    """Either `entry`, what Dropbox says is there now, or `failure`."""

    item: UploadItem
    entry: dict[str, Any] | None = None
    failure: ItemFailure | None = None
