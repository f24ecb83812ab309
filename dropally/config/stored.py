"""The console's values in the database: JSON, secrets sealed."""

import sqlite3
from typing import Any

import msgspec

from dropally.auth.sealing import Sealer
from dropally.catalog import settings
from dropally.catalog.settings import SettingRow
from dropally.common.errors import DeniedError
from dropally.config.composing import ConsoleValues
from dropally.config.settings import Rule


def read_stored(connection: sqlite3.Connection, sealer: Sealer) -> ConsoleValues:
    """All of them. One that cannot be opened is left out and told."""
    values: dict[str, Any] = {}
    warnings: list[str] = []
    for row in settings.all_settings(connection):
        try:
            text = sealer.open(row.sealed, _purpose(row.key)) if row.sealed else row.value
            values[row.key] = msgspec.json.decode(text)
        except (DeniedError, msgspec.MsgspecError) as error:
            warnings.append(f"the console's value of {row.key} is not used: {error}")
    return ConsoleValues(settings.modification_number(connection), values, tuple(warnings))


def store(connection: sqlite3.Connection, sealer: Sealer, key: str, value: Any, rule: Rule) -> None:
    """Keep one; None forgets it."""
    if value is None:
        settings.delete_setting(connection, key)
        return
    text = msgspec.json.encode(value)
    if rule.is_secret:
        row = SettingRow(key, "", sealer.seal(text, _purpose(key)))
    else:
        row = SettingRow(key, text.decode())
    settings.put_setting(connection, row)


def _purpose(key: str) -> str:
    return f"setting:{key}"
