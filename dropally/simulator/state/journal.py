"""What changed in a namespace, in order: the truth behind list_folder/continue."""

from bisect import bisect_right
from collections.abc import Iterator

from dropally.simulator.state.entry import Entry


class Journal:
    """Numbered changes. Numbers rise across all namespaces of the team, so journals can be merged."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self.entries: list[Entry] = []
        self._last: dict[str, int] = {}

    @property
    def last_seq(self) -> int:
        """The number of the newest change; 0 when nothing ever changed."""
        return self.seqs[-1] if self.seqs else 0

    def append(self, seq: int, entry: Entry) -> None:
        """Record a change: the new entry, or one of kind `deleted`."""
        self._last[entry.path_lower] = len(self.seqs)
        self.seqs.append(seq)
        self.entries.append(entry)

    def since(self, seq: int) -> Iterator[tuple[int, Entry]]:
        """Changes after `seq`, oldest first, without those that a later one makes pointless.

        A change is pointless when the path's last change sets the same path whatever was there
        (a file, a deletion), or when both only say "a folder is here".
        """
        for at in range(bisect_right(self.seqs, seq), len(self.seqs)):
            entry = self.entries[at]
            last = self._last[entry.path_lower]
            if last != at and _replaces(self.entries[last], entry):
                continue
            yield self.seqs[at], entry


def _replaces(later: Entry, earlier: Entry) -> bool:
    return later.kind != "folder" or (earlier.kind == "folder" and later.mount == earlier.mount)
