"""Looking at settings and changing them in the console: who may, what is refused, what is recorded."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.context import AuthContext
from dropally.auth.errors import FieldsError
from dropally.auth.guard import require
from dropally.auth.permissions import allowed
from dropally.auth.verbs import Verb
from dropally.catalog import settings
from dropally.common.errors import ConflictError
from dropally.config.composing import (
    Effective,
    check_values,
    compose,
    is_console_key,
)
from dropally.config.configuration import HIDDEN, Config, Entry, entries
from dropally.config.given import Origin
from dropally.config.live import LiveSettings, SettingsChanged
from dropally.config.pins import SECURITY_KEYS
from dropally.config.reading import unknown_key
from dropally.config.settings import Applies
from dropally.config.stored import read_stored, store
from dropally.notify.mails import settings_changed
from dropally.notify.telling import tell_administrators

# Whoever decides where mails go, or where their links lead, could take over every account.
_VERBS = {
    "server": Verb.SECURITY_MANAGE,
    "notify": Verb.SECURITY_MANAGE,
    "safety": Verb.SECURITY_MANAGE,
    "dropbox": Verb.CONNECTION_MANAGE,
    "limits": Verb.LIMITS_MANAGE,
    "locale": Verb.ORGANISATION_MANAGE,
    "support": Verb.ORGANISATION_MANAGE,
}
_TOLD_TO_ADMINISTRATORS = ("server", "notify", "safety", "dropbox")
_PLACES: Mapping[Origin, str] = {
    "file": "dropally.toml",
    "environment": "the environment",
    "credential": "a systemd credential",
    "command line": "the command line",
}


@dataclass(frozen=True)
class SettingView:
    """One key as the console shows it. `locked_by` is where it was set, "" if it can be changed."""

    key: str
    value: Any
    default: Any
    origin: Origin
    locked_by: str
    applies: Applies
    waits_for_restart: bool
    is_secret: bool


def verb_of(key: str) -> Verb:
    """What somebody needs to see and change this key."""
    return _VERBS.get(key.partition(".")[0], Verb.APPLIANCE_MANAGE)


def look_at_settings(
    live: LiveSettings, auth: AuthContext, actor: Actor
) -> tuple[list[SettingView], int]:
    """The keys that the actor may manage, and the modification number.

    Raises ForbiddenError if that is none.
    """
    effective = live.effective
    defaults = {entry.key: entry.shown for entry in entries(Config())}
    views = [
        _view(live, effective, entry, defaults.get(entry.key))
        for entry in effective.entries()
        if entry.key not in SECURITY_KEYS.values() and _may_see(actor, entry.key)
    ]
    if not views:
        require(auth, actor, Verb.APPLIANCE_MANAGE)
    return views, effective.modno


def _may_see(actor: Actor, key: str) -> bool:
    decision = allowed(actor, verb_of(key))
    return decision.is_allowed or decision.reason == "reauthentication_required"


def _view(live: LiveSettings, effective: Effective, entry: Entry, default: Any) -> SettingView:
    origin = live.locked(entry.key)
    locked_by = _PLACES[origin] if origin else ""
    if not origin and entry.is_fixed:
        locked_by = "dropally.toml"
    return SettingView(
        key=entry.key,
        value=entry.shown,
        default=default,
        origin=effective.origins[entry.key],
        locked_by=locked_by,
        applies=entry.rule.applies,
        waits_for_restart=entry.rule.applies == "at restart"
        and live.waits_for_restart(entry.key, entry.value),
        is_secret=entry.rule.is_secret,
    )


def change_settings(
    live: LiveSettings,
    auth: AuthContext,
    actor: Actor,
    changes: Mapping[str, Any],
    expected_modno: int | None = None,
) -> SettingsChanged:
    """Change some keys, all or none; None takes a key back to its default.

    Raises ForbiddenError, FieldsError for keys and values that cannot be taken, ConflictError
    (`setting_locked` for what file or environment decide, `setting_elsewhere`,
    `changed_meanwhile`).
    """
    for verb in sorted({verb_of(key) for key in changes}):
        require(auth, actor, verb)
    _refuse_locked(live, changes)
    with live.changing:
        with auth.write() as connection:
            before = live.effective
            if expected_modno not in (None, settings.modification_number(connection)):
                raise _changed_meanwhile()
            after = _changed(live, connection, changes)
            differing = _differing(before, after)
            if differing:
                settings.count_modification(connection)
                _record(auth, connection, actor, differing)
            after = compose(live.loaded, read_stored(connection, live.sealer))
        return live.take(after)


def _changed_meanwhile() -> ConflictError:
    return ConflictError(
        "changed_meanwhile",
        "somebody else has changed the settings since you opened them",
        hint="load them again, and repeat your change",
    )


def _refuse_locked(live: LiveSettings, changes: Mapping[str, Any]) -> None:
    known = {entry.key: entry for entry in live.effective.entries()}
    unknown = [(key, unknown_key(key, key, known)) for key in changes if key not in known]
    shown = [
        (key, f"{HIDDEN} only stands for it; leave it out to keep it")
        for key, value in changes.items()
        if value == HIDDEN and key in known and known[key].rule.is_secret
    ]
    if unknown or shown:
        raise FieldsError([*unknown, *shown])
    for key in changes:
        if key in SECURITY_KEYS.values():
            raise ConflictError(
                "setting_elsewhere",
                f"{key} is changed on the Security page",
                hint="change it there",
            )
        origin = live.locked(key)
        if origin or not is_console_key(known[key]):
            place = _PLACES[origin] if origin else "dropally.toml"
            raise ConflictError(
                "setting_locked",
                f"{key} is set in {place}" if origin else f"{key} can be set in {place} only",
                hint=f"change it in {place}, then let Dropally reload it or restart it",
            )


def _changed(
    live: LiveSettings, connection: sqlite3.Connection, changes: Mapping[str, Any]
) -> Effective:
    rules = {entry.key: entry.rule for entry in live.effective.entries()}
    values = {**read_stored(connection, live.sealer).values, **changes}
    values = {key: value for key, value in values.items() if value is not None}
    mistakes = check_values(live.loaded, values)
    if mistakes:
        raise FieldsError([(mistake.key, mistake.text) for mistake in mistakes])
    for key, value in changes.items():
        store(connection, live.sealer, key, value, rules[key])
    return compose(live.loaded, read_stored(connection, live.sealer))


def _differing(before: Effective, after: Effective) -> dict[str, dict[str, Any]]:
    old = {entry.key: entry for entry in before.entries()}
    return {
        entry.key: {"before": old[entry.key].shown, "after": entry.shown}
        for entry in after.entries()
        if old[entry.key].value != entry.value
    }


def _activity_of(keys: Iterable[str]) -> audit.Activity:
    """Mail has a class of its own in the audit, as admins know it from other products."""
    if all(key.startswith("notify.") for key in keys):
        return audit.Activity.NOTIFICATIONS
    return audit.Activity.SETTINGS_CHANGED


def _record(
    auth: AuthContext,
    connection: sqlite3.Connection,
    actor: Actor,
    differing: Mapping[str, Mapping[str, Any]],
) -> None:
    audit.record(
        connection,
        auth.now(),
        actor,
        _activity_of(differing),
        f"Settings changed: {', '.join(differing)}.",
        details={"changes": differing},
    )
    told = {
        key: (str(change["before"]), str(change["after"]))
        for key, change in differing.items()
        if key.partition(".")[0] in _TOLD_TO_ADMINISTRATORS
    }
    if told:
        mail = settings_changed(
            by=actor.label, when=auth.now(), address=actor.client.address, changes=told
        )
        tell_administrators(connection, auth, mail)
