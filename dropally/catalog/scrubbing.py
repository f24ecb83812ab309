"""Taking erased names out of databases, and out of the free pages and logs of their files.

A cell that names something erased becomes `(erased)`; in JSON only the texts that do. Rows that
could not be told apart any more then become one.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from dropally.catalog import database
from dropally.catalog.database_file import DatabaseFile
from dropally.common.text import search_key

ERASED = "(erased)"
_SHORTEST_NAME = 4
_TABLES = (
    "activity",
    "download",
    "idempotency",
    "job",
    "job_cause",
    "job_line",
    "job_problem",
    "selected",
    "selection",
)
"""The tables of `dropally.db` that may name items. The audit does too, and nothing in it changes."""


class Names:
    """What is looked for: paths with all below them, and in plain texts names of items as well."""

    def __init__(self, paths: Iterable[str], names: Iterable[str]) -> None:
        """`paths` as the server lower-cases them; case and accents do not matter."""
        whole = [path for path in paths if path]
        alone = [name for name in names if len(name) >= _SHORTEST_NAME]
        in_paths = [rf"{_either(path)}(?![^\W_]|[-.])" for path in whole]
        in_texts = [rf"(?<![\w.-]){_either(name)}(?![\w-])" for name in alone]
        self._paths = _compiled(in_paths)
        self._texts = _compiled([*in_paths, *in_texts])

    def are_in(self, value: object) -> bool:
        """Whether a cell names any of them."""
        text = value.decode(errors="replace") if isinstance(value, bytes) else value
        if not isinstance(text, str):
            return False
        whole = _as_json(text)
        return _found(self._texts, text) if whole is None else self._is_within(whole)

    def removed_from(self, value: Any) -> Any:
        """The cell without them."""
        whole = _as_json(value)
        text = ERASED if whole is None else json.dumps(self._without(whole), separators=(",", ":"))
        return text.encode() if isinstance(value, bytes) else text

    def _is_within(self, value: object) -> bool:
        if isinstance(value, str):
            return _found(self._paths, value)
        if isinstance(value, dict):
            return any(self._is_within(one) for pair in value.items() for one in pair)
        return isinstance(value, list) and any(map(self._is_within, value))

    def _without(self, value: Any) -> Any:
        if isinstance(value, str):
            return ERASED if _found(self._paths, value) else value
        if isinstance(value, list):
            return [self._without(one) for one in value]
        if isinstance(value, dict):
            return {self._without(key): self._without(one) for key, one in value.items()}
        return value


def scrub_appliance(file: DatabaseFile, names: Names) -> int:
    """Take names out of `dropally.db`, but not out of the audit; how many cells had them."""
    with file.write() as tables:
        return _scrub(tables.conn, names, _TABLES)


def count_in_audit(file: DatabaseFile, names: Names) -> int:
    """How many rows of the audit name any of it; the audit cannot be changed."""
    with file.read() as connection:
        rows = connection.execute("SELECT description, details FROM audit")
        return sum(any(names.are_in(cell) for cell in row) for row in rows)


def scrub_file(path: Path, names: Names) -> int:
    """The same with all tables of a small database that nobody has open; how many cells."""
    with closing(database.connect(path)) as connection:
        tables = [
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not row[0].startswith("sqlite_")
        ]
        connection.execute("BEGIN IMMEDIATE")
        count = _scrub(connection, names, tables)
        connection.execute("COMMIT")
        if count:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return count


def _scrub(connection: sqlite3.Connection, names: Names, tables: Sequence[str]) -> int:
    connection.create_function("names_erased", 1, names.are_in, deterministic=True)
    connection.create_function("without_erased", 1, names.removed_from, deterministic=True)
    count = 0
    for table in tables:
        for _, column, kind, *_ in connection.execute(f'PRAGMA table_info("{table}")').fetchall():
            if kind.upper() in {"TEXT", "BLOB"}:
                count += connection.execute(
                    f'UPDATE OR REPLACE "{table}" SET "{column}" = without_erased("{column}")'  # noqa: S608  names of the schema
                    f' WHERE names_erased("{column}")'
                ).rowcount
    return count


def _as_json(value: str | bytes) -> list[Any] | dict[str, Any] | None:
    if value[:1] not in ("{", "[", b"{", b"["):
        return None
    try:
        whole = json.loads(value)
    except ValueError:
        return None
    return whole if isinstance(whole, list | dict) else None


def _either(text: str) -> str:
    """As it is written, or as it is searched."""
    return f"(?:{re.escape(text.casefold())}|{re.escape(search_key(text))})"


def _compiled(parts: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(parts)) if parts else None


def _found(pattern: re.Pattern[str] | None, text: str) -> bool:
    return pattern is not None and pattern.search(text.casefold()) is not None
