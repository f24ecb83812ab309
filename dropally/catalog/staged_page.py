"""One page of a listing: what it names, and its rows on their way into the stage's table."""

from typing import NamedTuple

from dropally.catalog.contents import Need

_INSERT = """
INSERT INTO item (path, gone, cleared, folder, entry, fingerprint, size, need)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
UPSERT = f"""{_INSERT}
ON CONFLICT (path) DO UPDATE SET gone = excluded.gone,
  -- A folder in place of a file: whatever was below before the file came is gone.
  cleared = max(cleared, excluded.cleared, excluded.folder AND NOT folder AND NOT gone),
  folder = excluded.folder, entry = excluded.entry, fingerprint = excluded.fingerprint,
  size = excluded.size, need = excluded.need, failure = NULL
"""
UNLESS_STAGED = f"{_INSERT} ON CONFLICT (path) DO NOTHING"
_CLEARED, _FOLDER = 2, 3  # places in a row as UPSERT takes it


class StagedItem(NamedTuple):
    """One listed file or folder. `fingerprint` is the 32-byte content hash, if there is one."""

    path: str
    is_folder: bool
    entry: bytes
    fingerprint: bytes | None
    size_bytes: int
    wanted: bool


class DeletedPath(NamedTuple):
    """One listed deletion: the path and everything below it."""

    path: str


class PageBatch:
    """Rows of one page on their way into the table: the last one for a path counts."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[object, ...]] = {}
        self._parents: set[str] = set()

    def add(self, item: StagedItem) -> None:
        """One more, in place of an earlier one for the same path."""
        earlier = self.rows.get(item.path)
        row = as_row(item)
        if earlier is not None and item.is_folder and not earlier[_FOLDER]:
            row = (*row[:_CLEARED], 1, *row[_CLEARED + 1 :])
        self.rows[item.path] = row
        parent = item.path.rpartition("/")[0]
        while parent and parent not in self._parents:
            self._parents.add(parent)
            parent = parent.rpartition("/")[0]

    def has_below(self, path: str) -> bool:
        """True if something in the batch lies below this path."""
        return path in self._parents

    def clear(self) -> None:
        """Begin anew."""
        self.rows.clear()
        self._parents.clear()


def as_row(item: StagedItem) -> tuple[object, ...]:
    """Its row, in the order of UPSERT."""
    return (
        item.path,
        0,
        0,
        int(item.is_folder),
        item.entry,
        item.fingerprint,
        item.size_bytes,
        Need.WANTED if item.wanted else Need.NOTHING,
    )
