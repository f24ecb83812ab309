"""Questions about the whole index: what those ask who free space."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dropally.store.index.rows import POSITION_BITS, PREFIX_BYTES
from dropally.store.local_database import LocalDatabase

_NAMES_AT_ONCE = 10_000
_NAMES_IN_A_QUERY = 400
_ROWS_AT_ONCE = 20_000
_LAST_BLOB = (1 << 63) - 1
_HOLDERS = "SELECT blob FROM chunks WHERE id = ?"


class IndexQueries(LocalDatabase):
    """Answers in stretches, so that memory stays bounded however large the index is."""

    def pack_numbers(self, names: Iterable[bytes]) -> dict[bytes, int]:
        """The numbers of those of these packs that are known."""
        wanted = list(names)
        found: dict[bytes, int] = {}
        for start in range(0, len(wanted), _NAMES_IN_A_QUERY):
            some = wanted[start : start + _NAMES_IN_A_QUERY]
            query = f"SELECT name, no FROM packs WHERE name IN ({','.join('?' * len(some))})"  # noqa: S608  marks only
            with self._reading() as db:
                found.update(db.execute(query, some).fetchall())
        return found

    def segments_naming(self, names: Iterable[bytes]) -> set[bytes]:
        """The segments that name any of these packs."""
        with self._transaction() as db:
            db.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (name BLOB PRIMARY KEY)")
            db.execute("DELETE FROM temp.wanted")
            db.executemany(
                "INSERT OR IGNORE INTO temp.wanted VALUES (?)", [(name,) for name in names]
            )
            query = (
                "SELECT DISTINCT segments.name FROM segment_packs"
                " JOIN packs ON packs.no = pack JOIN segments ON segments.no = segment"
                " WHERE packs.name IN (SELECT name FROM temp.wanted)"
            )
            return {name for (name,) in db.execute(query)}

    def packs_by_name(self) -> Iterator[tuple[bytes, int, int, bytes]]:
        """Name, number, size and header of every pack, by name, a stretch at a time."""
        return self._packs("name, no, size, header")

    def _packs(self, columns: str) -> Iterator[Any]:
        """Rows of all packs by name, which is the first column; a stretch of them in memory."""
        query = f"SELECT {columns} FROM packs WHERE name > ? ORDER BY name LIMIT ?"  # noqa: S608  constants
        last = b""
        while True:
            with self._reading() as db:
                rows = db.execute(query, (last, _NAMES_AT_ONCE)).fetchall()
            if not rows:
                return
            yield from rows
            last = rows[-1][0]

    def highest_pack_no(self) -> int:
        """No pack's number is higher."""
        with self._reading() as db:
            return int(db.execute("SELECT coalesce(max(no), 0) FROM packs").fetchone()[0])

    def chunk_rows(self, first: bytes, until: bytes) -> Iterator[list[tuple[bytes, int, int]]]:
        """Cut id, pack number and length of the chunks with `first` <= id < `until`, by id.

        In lists of many; an id that several packs hold comes once for each, in one list.
        """
        query = (
            "SELECT id, blob >> 20, length FROM chunks WHERE (id, blob) > (?, ?) AND id < ?"
            " ORDER BY id, blob LIMIT ?"
        )
        last: tuple[bytes, int] = (first, -1)
        while True:
            with self._reading() as db:
                rows = db.execute(query, (*last, until, _ROWS_AT_ONCE)).fetchall()
            if not rows:
                return
            if len(rows) == _ROWS_AT_ONCE and rows[0][0] != rows[-1][0]:
                split = rows[-1][0]
                while rows[-1][0] == split:
                    rows.pop()
            yield rows
            last = (rows[-1][0], _LAST_BLOB)

    def holders(self, ids: Sequence[bytes]) -> dict[bytes, list[int]]:
        """The numbers of the packs that hold each of `ids`."""
        with self._reading() as db:
            execute = db.execute
            return {
                chunk_id: [
                    blob >> POSITION_BITS
                    for (blob,) in execute(_HOLDERS, (chunk_id[:PREFIX_BYTES],))
                ]
                for chunk_id in ids
            }
