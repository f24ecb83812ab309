"""One file or folder as the catalog knows it, and how its columns are written.

The catalog keeps what listings show. Everything else about an item (revision, contents, sharing)
is in its entry in the repository, found by snapshot and path.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

ItemKind = Literal["folder", "file", "cloud_file", "symlink", "failed"]
# 0 and 1 take no space in SQLite's records, and nearly every item is one of these two.
KIND_CODES: dict[ItemKind, int] = {
    "folder": 0,
    "file": 1,
    "cloud_file": 2,
    "symlink": 3,
    "failed": 4,
}
KINDS: tuple[ItemKind, ...] = tuple(KIND_CODES)


class ItemState(NamedTuple):
    """What an item is like from one snapshot to another.

    `modified` is in whole seconds since 1970, UTC. `content` tells contents apart: equal numbers
    mean equal contents; None where there is none. `mount` is the namespace mounted at a folder.
    `failure` says why a file's content is missing.
    """

    kind: ItemKind
    name: str
    size_bytes: int = 0
    modified: int | None = None
    author: str = ""
    content: int | None = None
    mount: str = ""
    failure: str = ""


class ItemChange(NamedTuple):
    """One row of the difference between two snapshots of a namespace; None: not there."""

    path: str
    before: ItemState | None
    after: ItemState | None


class Totals(NamedTuple):
    """What is below a folder, at all depths."""

    files: int = 0
    folders: int = 0
    size_bytes: int = 0

    def __add__(self, other: object) -> "Totals":
        """Sum by part."""
        if not isinstance(other, Totals):
            return NotImplemented
        return Totals(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


# Files are sorted by date, and a row of an index needs a value for that: older than any date.
NO_DATE = -(1 << 47)
# The columns of a state, alike in `item` and `past`.
STATE_COLUMNS = "kind, name, size, modified, author, content, mount, failure"


def read_state(key: str, row: Sequence[Any]) -> ItemState:
    """The state in a row of STATE_COLUMNS, with the author by name; `key` stands for its name."""
    kind, name, size, modified, author, content, mount, failure = row
    return ItemState(
        KINDS[kind],
        key if name is None else name,
        size,
        None if modified == NO_DATE else modified,
        author or "",
        content,
        mount or "",
        failure or "",
    )
