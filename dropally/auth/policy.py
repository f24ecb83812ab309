"""The rules that an organisation sets for its people: the Security page and `[security]`."""

import sqlite3
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from dropally.auth.errors import FieldsError
from dropally.catalog import people
from dropally.common.errors import DropallyError


class SecurityPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting with its default. Days of 0 mean never."""

    password_min: Annotated[int, Meta(ge=8, le=128)] = 12
    password_expire_days: Annotated[int, Meta(ge=0, le=3650)] = 0
    enforce_2fa: bool = False
    self_registration: bool = False
    invite_ttl_s: Annotated[int, Meta(ge=300, le=30 * 86400)] = 24 * 3600
    reset_ttl_s: Annotated[int, Meta(ge=300, le=86400)] = 3600
    login_tries: Annotated[int, Meta(ge=2, le=100)] = 5
    login_window_s: Annotated[int, Meta(ge=30, le=86400)] = 300
    session_idle_s: Annotated[int, Meta(ge=60, le=30 * 86400)] = 30 * 60
    session_max_s: Annotated[int, Meta(ge=300, le=90 * 86400)] = 12 * 3600
    audit_keep_days: Annotated[int, Meta(ge=30, le=36500)] = 730


def read_policy(connection: sqlite3.Connection, pinned: Mapping[str, object]) -> SecurityPolicy:
    """What counts now: defaults, then the console's changes, then what dropally.toml pins.

    Raises DropallyError if what is stored is no valid setting: guessing one could weaken it.
    """
    stored: dict[str, object] = {
        key: msgspec.json.decode(value)
        for key, value in people.security_settings(connection).items()
    }
    try:
        return msgspec.convert({**stored, **pinned}, SecurityPolicy)
    except msgspec.ValidationError as error:
        raise DropallyError(
            f"a stored security setting cannot be used: {error}",
            hint="set it in [security] of dropally.toml, which wins",
        ) from error


def check_settings(changes: Mapping[str, object]) -> None:
    """Raise FieldsError for keys that are no settings, and for values out of range."""
    known = {entry.name: entry for entry in msgspec.structs.fields(SecurityPolicy)}
    problems: list[tuple[str, str]] = []
    for key, value in changes.items():
        if key not in known:
            problems.append((key, "there is no such setting"))
            continue
        try:
            msgspec.convert(value, known[key].type)
        except msgspec.ValidationError as error:
            problems.append((key, str(error)))
    if problems:
        raise FieldsError(problems)
