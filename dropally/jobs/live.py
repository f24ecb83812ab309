"""What a namespace holds in Dropbox right now: the newest snapshot and what changed since.

Asking the snapshot's cursor for changes costs a call or two, where a listing of everything could
cost hundreds.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from dropally.catalog.stage import Stage
from dropally.dropbox_api import NamespaceClient
from dropally.jobs.context import JobContext
from dropally.jobs.listing import list_namespace
from dropally.store import Entry, Reader, Snapshot, TreeView, decode_entry, path_key


class LiveNamespace:
    """One namespace as it is now. Use it in a `with` statement."""

    def __init__(
        self,
        context: JobContext,
        client: NamespaceClient,
        latest: Snapshot | None,
        reader: Reader,
        work_dir: Path,
    ) -> None:
        """List what is new since `latest`. Raises ItemFailure when the namespace is closed to us."""
        work_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = tempfile.TemporaryDirectory(prefix="live-", dir=work_dir)
        self._stage = Stage(
            Path(self._folder.name) / "stage.db",
            parent=latest.id if latest else "",
            parent_cursor=latest.cursor if latest else None,
        )
        try:
            list_namespace(context, client, self._stage)
        except BaseException:
            self.close()
            raise
        self._tree: TreeView | None = None
        if latest is not None and not self._stage.is_full:
            self._tree = reader.tree(latest.root)
        self._cleared = set(self._stage.cleared_paths())

    def __enter__(self) -> "LiveNamespace":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget the listing."""
        self._stage.close()
        self._folder.cleanup()

    def get_many(self, paths: Iterable[str]) -> dict[str, Entry]:
        """What is at these paths (lower-case, as the server writes them) now, where something is."""
        found: dict[str, Entry] = {}
        unchanged: list[str] = []
        for path in paths:
            change = self._stage.get(path)
            if change is None:
                unchanged.append(path)
            elif change.entry is not None:
                found[path] = decode_entry(change.entry)
        if self._tree is not None:
            kept = {path for path in unchanged if not self._is_below_cleared(path)}
            ascending = sorted(kept, key=path_key)
            found.update((path, entry) for path, entry in self._tree.get_many(ascending) if entry)
        return found

    def find_contents(self, wanted: set[bytes]) -> dict[bytes, str]:
        """For content hashes, a path that holds each now, as far as there is one."""
        found: dict[bytes, str] = {}
        for change in self._stage.changes():
            if change.entry is not None:
                _note(found, wanted, change.path, decode_entry(change.entry))
        if self._tree is not None:
            for path, entry in self._tree.scan():
                if len(found) == len(wanted):
                    break
                # As it is now: changed since, it is in the stage, or gone.
                if entry.content_hash in wanted:
                    for now in self.get_many([path]).values():
                        _note(found, wanted, path, now)
        return found

    def _is_below_cleared(self, path: str) -> bool:
        if not self._cleared:
            return False
        while path:
            path = path.rpartition("/")[0]
            if path in self._cleared:
                return True
        return False


def _note(found: dict[bytes, str], wanted: set[bytes], path: str, entry: Entry) -> None:
    if entry.kind == "file" and entry.content_hash is not None and entry.content_hash in wanted:
        found.setdefault(entry.content_hash, path)
