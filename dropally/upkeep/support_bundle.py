"""The support bundle: one zip file to send to whoever helps (F234).

It holds no content of backups, no secret, and by default no name of a person, file or folder:
error texts go through `redaction`; titles, log lines and the items themselves are left out.
"""

import io
import os
import platform
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Iterator
from importlib import metadata

import msgspec

from dropally import __version__
from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import job_details, support
from dropally.catalog.jobs import JobRow
from dropally.catalog.migrating import applied_migrations
from dropally.common.errors import DropallyError
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.health import check_health
from dropally.upkeep.redaction import redact
from dropally.upkeep.storage_list import list_storages

_JOBS = 200
_LINES = 300
_PROBLEMS = 50
_LIBRARIES = (
    "apscheduler", "cryptography", "dropbox", "httptools", "litestar", "msgspec", "obstore",
    "pyfastcdc", "pyzstd", "sqlite-utils", "uvicorn",
)  # fmt: skip


def make_bundle(ctx: UpkeepContext, actor: Actor, *, with_names: bool = False) -> bytes:
    """The zip file, some hundred kilobytes; the audit says who took it.

    `with_names`: titles, error texts and items as they are. Raises ForbiddenError.
    """
    require(ctx.auth, actor, Verb.APPLIANCE_MANAGE)
    with ctx.auth.write() as connection:
        kind = "with names of items" if with_names else "without names"
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.EXPORT_CREATED,
            f"A support bundle was made, {kind}.",
        )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(ctx, actor, with_names=with_names):
            archive.writestr(f"dropally-support/{name}", content)
    return made.getvalue()


def _files(ctx: UpkeepContext, actor: Actor, *, with_names: bool) -> Iterator[tuple[str, bytes]]:
    """The files one by one. A part that fails says why instead of its content."""
    parts: dict[str, Callable[[], object]] = {
        "versions.json": _versions,
        "configuration.json": lambda: [msgspec.structs.asdict(one) for one in _settings(ctx)],
        "health.json": lambda: _health(ctx, actor, with_names=with_names),
        "storages.json": lambda: _storages(ctx, actor, with_names=with_names),
        "database.json": lambda: _database(ctx),
        "jobs.json": lambda: _jobs(ctx, with_names=with_names),
    }
    yield "README.txt", _readme(with_names=with_names).encode()
    for name, make in parts.items():
        try:
            found: object = make()
        except (DropallyError, OSError) as error:
            found = {"failed": redact(str(error))}
        yield name, msgspec.json.format(msgspec.json.encode(found), indent=1)


def _readme(*, with_names: bool) -> str:
    names = (
        "Titles, error texts and items are as they were."
        if with_names
        else "Names of people, files and folders were taken out: <name>, <address>, <path>."
    )
    return f"A support bundle of Dropally {__version__}. It holds no secrets.\n{names}\n"


# -- the parts -----------------------------------------------------------------------------


def _versions() -> dict[str, object]:
    return {
        "dropally": __version__,
        "python": sys.version,
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "libraries": {name: _version_of(name) for name in _LIBRARIES},
    }


def _version_of(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "unknown"


class _Setting(msgspec.Struct):
    key: str
    value: str
    origin: str


def _settings(ctx: UpkeepContext) -> list[_Setting]:
    return [_Setting(one.key, _tame(one.value), one.origin) for one in ctx.show_config()]


def _tame(value: str) -> str:
    """Values of settings are quoted texts, so only addresses and tokens are looked for."""
    bare = value.replace('"', "").replace("'", "")
    return value if redact(bare) == bare or bare.startswith("/") else redact(bare)


def _health(ctx: UpkeepContext, actor: Actor, *, with_names: bool) -> object:
    return [
        {
            "name": check.name,
            "state": check.state,
            "detail": check.detail if with_names else redact(check.detail),
        }
        for check in check_health(ctx, actor)
    ]


def _storages(ctx: UpkeepContext, actor: Actor, *, with_names: bool) -> object:
    found = []
    for view in list_storages(ctx, actor):
        facts = view.repository
        found.append(
            {
                "id": view.id,
                "kind": view.kind,
                "origin": view.origin,
                "location": view.location if with_names else view.kind,
                "is_default": view.is_default,
                "is_reachable": view.health.is_reachable,
                "trouble": view.health.trouble if with_names else redact(view.health.trouble),
                "free_bytes": view.room.free_bytes if view.room else None,
                "total_bytes": view.room.total_bytes if view.room else None,
                "packs": facts.packs if facts else None,
                "stored_bytes": facts.stored_bytes if facts else None,
                "recovery_code": view.recovery_code,
                "self_backup_made": view.self_backup.made if view.self_backup else None,
            }
        )
    return found


def _database(ctx: UpkeepContext) -> object:
    try:
        ctx.auth.database.check()
        damage = ""
    except DropallyError as error:
        damage = redact(str(error))
    with ctx.auth.read() as connection:
        return {
            "damage": damage,
            "rows": support.row_counts(connection),
            "file": support.settings_of_file(connection),
            "migrations": applied_migrations(connection),
        }


def _jobs(ctx: UpkeepContext, *, with_names: bool) -> object:
    with ctx.auth.read() as connection:
        return [
            _job(connection, job, with_names=with_names)
            for job in support.latest_jobs(connection, _JOBS)
        ]


def _job(connection: sqlite3.Connection, job: JobRow, *, with_names: bool) -> object:
    show = str if with_names else redact
    found: dict[str, object] = {
        "id": job.id,
        "kind": job.kind,
        "status": job.status,
        "note": job.note,
        "attempt": job.attempt,
        "crashes": job.crashes,
        "created": job.created,
        "started": job.started,
        "ended": job.ended,
        "initiator": job.initiator_kind,
        "summary": msgspec.Raw(job.summary.encode()),
        "phases": msgspec.Raw(job.phases.encode()),
        "api_calls": job.api_calls,
        "error": show(job.error),
        "hint": show(job.hint),
        "causes": [
            {"cause": show(cause.cause), "items": cause.items}
            for cause in job_details.causes_of(connection, job.number)
        ],
    }
    if with_names:
        last = job_details.last_line(connection, job.number)
        lines = job_details.lines_after(connection, job.number, max(0, last - _LINES), _LINES)
        found["log"] = [[line.time, line.level, line.message] for line in lines]
        found["title"] = job.title
        found["items"] = [
            [one.cause, one.item, one.message]
            for one in job_details.problems_after(connection, job.number, 0, _PROBLEMS)
        ]
    return found
