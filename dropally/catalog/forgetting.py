"""Taking out of `catalog.db` what retention has forgotten in the repository.

A version goes when no kept snapshot has it any more, and a path when none of its versions is left,
so that names of erased files do not live on here. Rows of forgotten snapshots stay: they are few,
and old versions begin and end with their numbers.
"""

import sqlite3
from collections.abc import Collection, Sequence

from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.history import OPEN_END, SAME_PATH
from dropally.common.errors import TryLaterError

_WINDOW = 20_000
_KEPT_WITHIN = """
EXISTS (SELECT 1 FROM snapshot AS kept WHERE kept.source = began.source AND kept.complete = 1
  AND kept.number >= {first} AND kept.number < {until})
"""
_DROP_VERSIONS = f"""
DELETE FROM past WHERE id IN (
  SELECT past.id FROM past JOIN snapshot AS began ON began.number = past.first
  WHERE past.id > :low AND past.id <= :high
    AND NOT {_KEPT_WITHIN.format(first="past.first", until="past.until")})
"""  # noqa: S608  constants
# Totals count until the next ones of the same folder.
_DROP_TOTALS = f"""
DELETE FROM total WHERE (item, first) IN (
  SELECT total.item, total.first FROM total JOIN snapshot AS began ON began.number = total.first
  WHERE total.item > :low AND total.item <= :high
    AND NOT {
    _KEPT_WITHIN.format(
        first="total.first",
        until=f"coalesce((SELECT min(first) FROM total AS later WHERE later.item = total.item"
        f" AND later.first > total.first), {OPEN_END})",
    )
})
"""  # noqa: S608  constants
_DROP_PATHS = f"""
DELETE FROM item WHERE id > :low AND id <= :high AND first IS NULL AND parent != 0
  AND NOT EXISTS (SELECT 1 FROM past WHERE {SAME_PATH})
  AND NOT EXISTS (SELECT 1 FROM item AS child WHERE child.parent = item.id
    AND child.first IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM item AS child WHERE child.parent = item.id
    AND child.first IS NULL)
"""  # noqa: S608  constants
_DROP_REFERENCES = (
    (
        "DELETE FROM total WHERE item > :low AND item <= :high"
        " AND NOT EXISTS (SELECT 1 FROM item WHERE id = total.item)"
    ),
    (
        "DELETE FROM mounted WHERE item > :low AND item <= :high"
        " AND NOT EXISTS (SELECT 1 FROM item WHERE id = mounted.item)"
    ),
)


def forget_points(file: DatabaseFile, team: str, kept: Collection[str]) -> int:
    """Forget all restore points of a team but these; how many went.

    Rosters go with the last point that had them.
    """
    with file.write() as database:
        connection = database.conn
        rows = connection.execute(
            "SELECT number, point.id FROM point JOIN team ON team.id = team WHERE name = ?",
            (team,),
        ).fetchall()
        gone = [(number,) for number, name in rows if name not in kept]
        connection.executemany("DELETE FROM point WHERE number = ?", gone)
        for table in ("presence", "entity", "mount"):
            connection.execute(
                f"DELETE FROM {table} WHERE team = (SELECT id FROM team WHERE name = ?)"  # noqa: S608  constants
                f" AND NOT EXISTS (SELECT 1 FROM point WHERE point.team = {table}.team"
                f" AND number >= {table}.first AND number < {table}.until)",
                (team,),
            )
    return len(gone)


def forget_snapshots(file: DatabaseFile, namespace: str, kept: Collection[str]) -> int:
    """Forget all snapshots of a namespace but these and the newest; how many went.

    The newest stays even if it is not among them: the next one's rows are the difference to it.
    Follow it with `drop_forgotten`, once for all namespaces.
    """
    with file.write() as database:
        rows = database.conn.execute(
            "SELECT number, snapshot.id FROM snapshot JOIN source ON source.id = source"
            " WHERE namespace = ? AND complete = 1 ORDER BY number",
            (namespace,),
        ).fetchall()
        gone = [(number,) for number, name in rows[:-1] if name not in kept]
        database.conn.executemany("UPDATE snapshot SET complete = 2 WHERE number = ?", gone)
    return len(gone)


def drop_forgotten(file: DatabaseFile) -> None:
    """Delete versions, totals and paths that only forgotten snapshots had.

    Goes through the whole catalog in short transactions; may be stopped anywhere and run again.
    Does nothing when nothing was forgotten since it last ran to its end.
    Raises TryLaterError while a snapshot is being recorded.
    """
    with file.read() as connection:
        forgotten = connection.execute("SELECT number FROM snapshot WHERE complete = 2").fetchall()
    if not forgotten:
        return
    _drop(file)
    with file.write() as database:
        # These and no others: what another job forgot meanwhile was alive in windows gone through.
        database.conn.executemany("UPDATE snapshot SET complete = 3 WHERE number = ?", forgotten)


def _drop(file: DatabaseFile) -> None:
    for low in _windows(file, "past"):
        with file.write() as database:
            _delete(database.conn, (_DROP_VERSIONS,), low)
    for low in _windows(file, "item"):
        with file.write() as database:
            _delete(database.conn, (_DROP_TOTALS,), low)
    # From the newest path to the oldest: a folder is older than what it holds.
    for low in reversed(_windows(file, "item")):
        with file.write() as database:
            while _delete(database.conn, (_DROP_PATHS,), low):
                pass
            # At once, since a number that is free again may be given to another path.
            _delete(database.conn, _DROP_REFERENCES, low)


def _windows(file: DatabaseFile, table: str) -> range:
    with file.read() as connection:
        highest = connection.execute(f"SELECT max(id) FROM {table}").fetchone()[0]  # noqa: S608  constants
    return range(0, highest or 0, _WINDOW)


def _delete(connection: sqlite3.Connection, statements: Sequence[str], low: int) -> int:
    if connection.execute("SELECT 1 FROM snapshot WHERE complete = 0").fetchone():
        raise TryLaterError(
            "a snapshot is being recorded", hint="forget when the backup has ended", retryable=True
        )
    window = {"low": low, "high": low + _WINDOW}
    return sum(connection.execute(statement, window).rowcount for statement in statements)
