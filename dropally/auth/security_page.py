"""Changing the rules that an organisation sets for its people."""

from collections.abc import Mapping
from typing import Any

import msgspec

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.context import AuthContext
from dropally.auth.errors import StateError
from dropally.auth.guard import require
from dropally.auth.policy import SecurityPolicy, check_settings, read_policy
from dropally.auth.verbs import Verb
from dropally.catalog import people


def change_policy(ctx: AuthContext, actor: Actor, changes: Mapping[str, object]) -> SecurityPolicy:
    """Change some settings; all or none.

    Raises ForbiddenError, FieldsError for unknown keys and values out of range, StateError
    `set_in_file` for a setting that dropally.toml pins.
    """
    require(ctx, actor, Verb.SECURITY_MANAGE)
    check_settings(changes)
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


def _differing(before: SecurityPolicy, after: SecurityPolicy) -> dict[str, Any]:
    old, new = msgspec.structs.asdict(before), msgspec.structs.asdict(after)
    return {key: {"before": old[key], "after": new[key]} for key in old if old[key] != new[key]}
