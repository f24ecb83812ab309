"""The rules that an organisation sets for its people: the Security page and `[security]`."""

import sqlite3
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.context import AuthContext
from dropally.auth.errors import FieldsError, StateError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import people


class SecurityPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting with its default. Days of 0 mean never."""

    password_min: Annotated[int, Meta(ge=8, le=128)] = 12
    password_expire_days: Annotated[int, Meta(ge=0, le=3650)] = 0
    enforce_2fa: bool = False
    self_registration: bool = False
    four_eyes: bool = False
    invite_ttl_s: Annotated[int, Meta(ge=300, le=30 * 86400)] = 24 * 3600
    reset_ttl_s: Annotated[int, Meta(ge=300, le=86400)] = 3600
    login_tries: Annotated[int, Meta(ge=2, le=100)] = 5
    login_window_s: Annotated[int, Meta(ge=30, le=86400)] = 300
    session_idle_s: Annotated[int, Meta(ge=60, le=30 * 86400)] = 30 * 60
    session_max_s: Annotated[int, Meta(ge=300, le=90 * 86400)] = 12 * 3600
    audit_keep_days: Annotated[int, Meta(ge=30, le=36500)] = 730


def read_policy(connection: sqlite3.Connection, pinned: Mapping[str, object]) -> SecurityPolicy:
    """What counts now: defaults, then the console's changes, then what dropally.toml pins."""
    stored: dict[str, object] = {
        key: msgspec.json.decode(value)
        for key, value in people.security_settings(connection).items()
    }
    return msgspec.convert({**stored, **pinned}, SecurityPolicy)


def change_policy(ctx: AuthContext, actor: Actor, changes: Mapping[str, object]) -> SecurityPolicy:
    """Change some settings; all or none.

    Raises ForbiddenError, FieldsError for unknown keys and values out of range, StateError
    `set_in_file` for a setting that dropally.toml pins.
    """
    require(ctx, actor, Verb.SECURITY_MANAGE)
    _check(changes)
    pinned = [key for key in changes if key in ctx.pinned]
    if pinned:
        raise StateError(
            "set_in_file",
            f"{', '.join(pinned)} is set in dropally.toml",
            hint="change it there, or remove it there to change it here",
        )
    with ctx.write() as connection:
        before = read_policy(connection, ctx.pinned)
        for key, value in changes.items():
            people.set_security_setting(connection, key, msgspec.json.encode(value).decode())
        after = read_policy(connection, ctx.pinned)
        differing = _differing(before, after)
        if differing:
            audit.record(
                connection,
                ctx.now(),
                actor,
                audit.Activity.SETTINGS_CHANGED,
                f"Security settings changed: {', '.join(differing)}.",
                details={"changes": differing},
            )
    return after


def _check(changes: Mapping[str, object]) -> None:
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


def _differing(before: SecurityPolicy, after: SecurityPolicy) -> dict[str, Any]:
    old, new = msgspec.structs.asdict(before), msgspec.structs.asdict(after)
    return {key: {"before": old[key], "after": new[key]} for key in old if old[key] != new[key]}
