"""Settings: those that the console may change, with where each comes from."""

from typing import Any, Literal

import msgspec
from litestar import Response, get, patch
from litestar.params import JSONBody

from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.permissions import verbs_of
from dropally.auth.verbs import Verb
from dropally.common.errors import ConflictError
from dropally.config.changing import change_settings as change
from dropally.config.changing import look_at_settings
from dropally.server.given import GivenActor, GivenParts
from dropally.server.parts import Parts
from dropally.server.preconditions import IfMatch, etag_of, require_match
from dropally.server.problems import documented


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One key of dropally.toml. Values are written as in that file; a secret that is set is `***`.

    `locked_by` says where it has to be changed, "" if here. `waits_for_restart`: this value counts
    only after the next start.
    """

    key: str
    value: Any
    default: Any
    origin: Literal["default", "console", "file", "environment", "credential", "command line"]
    locked_by: str
    applies: Literal["at once", "at restart"]
    waits_for_restart: bool
    is_secret: bool


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The keys that one may manage. `warnings`: values of the console that could not be used."""

    settings: list[Setting]
    modno: int
    warnings: list[str]


class SettingsChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keys with their new values, written as in dropally.toml; null takes one back to its default."""

    changes: dict[str, Any]


class SupportContacts(msgspec.Struct, frozen=True, kw_only=True):
    """Whom people ask; "" where there is none."""

    email: str
    phone: str
    chat_url: str
    ticket_url: str
    docs_url: str


class ConsoleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the console needs to show things to anybody who has signed in.

    `export_folders`, for those who may export: the folders of this machine that exports may go to.
    """

    language: Literal["auto", "en", "de"]
    time_zone: str
    units: Literal["iec", "si"]
    jobs_page_days: int
    restored_folder: str
    inplace_conflict: Literal["duplicate", "skip", "replace"]
    download_link_seconds: int
    export_folders: list[str]
    sends_mail: bool
    support: SupportContacts


@get(
    "/settings",
    operation_id="list_settings",
    summary="The settings that you may manage, and where each comes from",
    tags=["settings"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def list_settings(parts: GivenParts, actor: GivenActor) -> Response[Settings]:
    """The ETag counts the changes; send it back as If-Match to change something."""
    return _shown(parts, actor)


def _shown(parts: Parts, actor: Actor) -> Response[Settings]:
    views, modno = look_at_settings(parts.settings, parts.auth, actor)
    found = [msgspec.convert(view, Setting, from_attributes=True) for view in views]
    warnings = list(parts.settings.effective.warnings)
    shown = Settings(settings=found, modno=modno, warnings=warnings)
    return Response(shown, headers={"ETag": etag_of(modno)})


@patch(
    "/settings",
    operation_id="change_settings",
    summary="Change settings, all or none",
    tags=["settings"],
    responses=documented(400, 401, 403, 409, 412, 422, 428),
    sync_to_thread=True,
)
def change_settings(
    parts: GivenParts, actor: GivenActor, data: JSONBody[SettingsChange], if_match: IfMatch = ""
) -> Response[Settings]:
    """What dropally.toml or the environment sets is refused with `setting_locked`."""
    _, modno = look_at_settings(parts.settings, parts.auth, actor)
    require_match(if_match, etag_of(modno))
    try:
        change(parts.settings, parts.auth, actor, data.changes, None if if_match == "*" else modno)
    except ConflictError as error:
        if error.code == "changed_meanwhile":
            require_match(if_match, etag_of(parts.settings.effective.modno))
        raise
    return _shown(parts, actor)


@get(
    "/settings/console",
    operation_id="get_console_settings",
    summary="How the console shows things",
    tags=["settings"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def get_console_settings(parts: GivenParts, actor: GivenActor) -> ConsoleSettings:
    """For everybody who has signed in."""
    require(parts.auth, actor, Verb.SELF_READ)
    may_export = Verb.EXPORT in verbs_of(actor)
    return _console_settings(parts, may_export=may_export)


def _console_settings(parts: Parts, *, may_export: bool) -> ConsoleSettings:
    config = parts.settings.get()
    folders = config.recovery.export_folders if may_export else ()
    return ConsoleSettings(
        language=config.locale.language,
        time_zone=config.locale.time_zone,
        units=config.locale.units,
        jobs_page_days=config.recovery.jobs_page_days,
        restored_folder=config.recovery.restored_folder,
        inplace_conflict=config.recovery.inplace_conflict,
        download_link_seconds=config.recovery.download_link_ttl,
        export_folders=[str(folder) for folder in folders],
        sends_mail=parts.auth.sends_mail,
        support=msgspec.convert(config.support, SupportContacts, from_attributes=True),
    )


handlers = [list_settings, change_settings, get_console_settings]
