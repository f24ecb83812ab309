"""Small keyed tables of state that remember what has changed since it was last saved."""

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Generic, TypeVar

import msgspec

Row = TypeVar("Row")


class Table(Generic[Row]):
    """A dict of msgspec rows; `put` and `remove` mark the key for the next save."""

    def __init__(self, name: str, row_type: type[Row]) -> None:
        self.name = name
        self.version = 0
        """Grows with every change, so that what was derived from the rows can be kept until then."""
        self._rows: dict[str, Row] = {}
        self._changed: set[str] = set()
        self._decoder = msgspec.json.Decoder(row_type)

    def __getitem__(self, key: str) -> Row:
        return self._rows[key]

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def get(self, key: str) -> Row | None:
        """The row, or None."""
        return self._rows.get(key)

    def keys(self) -> KeysView[str]:
        """All keys, oldest first."""
        return self._rows.keys()

    def values(self) -> ValuesView[Row]:
        """All rows, oldest first."""
        return self._rows.values()

    def items(self) -> ItemsView[str, Row]:
        """Keys with rows, oldest first."""
        return self._rows.items()

    def put(self, key: str, row: Row) -> Row:
        """Add or replace a row, or save one that was changed in place."""
        self._rows[key] = row
        self._changed.add(key)
        self.version += 1
        return row

    def remove(self, key: str) -> None:
        """Forget a row; unknown keys are fine."""
        self._rows.pop(key, None)
        self._changed.add(key)
        self.version += 1

    def drain(self) -> list[tuple[str, bytes | None]]:
        """What changed since the last call: key and encoded row, or None where it was removed."""
        changed, self._changed = self._changed, set()
        rows = self._rows
        return [(key, msgspec.json.encode(rows[key]) if key in rows else None) for key in changed]

    def load(self, key: str, data: bytes) -> None:
        """Take back a saved row."""
        self._rows[key] = self._decoder.decode(data)
        self.version += 1
