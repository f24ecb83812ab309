"""Putting the appliance's own safety together: storages, self-backups, health, recovery."""

import json
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from dropally.app.direct import Application
from dropally.auth.context import AuthContext
from dropally.catalog import connections, tasks
from dropally.common.clock import SystemClock
from dropally.common.errors import DropallyError
from dropally.config.live import LiveSettings
from dropally.jobs.events import EventBus
from dropally.jobs.runner import JobRunner
from dropally.jobs.storages import Storages
from dropally.store import StoreError
from dropally.upkeep import minutely
from dropally.upkeep.context import ConfigEntry, ConnectedTeam, UpkeepContext, UpkeepSettings
from dropally.upkeep.kinds import register_kinds
from dropally.upkeep.rebuild import rebuild_when_needed
from dropally.upkeep.self_backup.requesting import request_for_upgrade
from dropally.upkeep.stored_storages import all_definitions

_TICK_S = 60.0
_log = structlog.get_logger("dropally.upkeep")


def open_storages(direct: Application, auth: AuthContext) -> Storages:
    """The storages of dropally.toml and of the console; each is opened at first use."""
    definitions, default_id = all_definitions(auth, direct.storage_definitions())
    return Storages(
        definitions,
        secret=direct.secret,
        data_dir=direct.config.paths.data,
        cache_dir=direct.config.paths.cache,
        clock=direct.clock,
        default_id=default_id,
    )


def open_upkeep(
    direct: Application,
    auth: AuthContext,
    settings: LiveSettings,
    storages: Storages,
    runner: JobRunner,
    events: EventBus,
    *,
    certificate_expires: Callable[[], datetime | None],
    restart: Callable[[], None],
) -> UpkeepContext:
    """The room's context, with its kinds of jobs made known. Before the runner is started."""
    ctx = UpkeepContext(
        auth=auth,
        storages=storages,
        runner=runner,
        events=events,
        data_folder=direct.config.paths.data,
        key_file=direct.key_file,
        new_secret=direct.new_secret,
        settings=lambda: UpkeepSettings(settings.get().schedule.self_backup_keep),
        show_config=lambda: shown_config(settings),
        tasks_in=lambda storage_id: _tasks_in(auth, storage_id),
        restart=restart,
        connection_settings=direct.connection_settings,
        connections=lambda: _connected_teams(auth),
        app_key=lambda: settings.get().dropbox.app_key,
        certificate_expires=certificate_expires,
    )
    register_kinds(ctx)
    rebuild_when_needed(ctx)
    return ctx


def shown_config(settings: LiveSettings) -> list[ConfigEntry]:
    """Every setting in force; a secret is `***`."""
    effective = settings.effective
    return [
        ConfigEntry(
            entry.key,
            json.dumps(entry.shown, ensure_ascii=False),
            effective.origins.get(entry.key, "default"),
        )
        for entry in effective.entries()
    ]


def _tasks_in(auth: AuthContext, storage_id: str) -> int:
    with auth.read() as connection:
        return tasks.count_in_storage(connection, storage_id)


def _connected_teams(auth: AuthContext) -> Sequence[ConnectedTeam]:
    with auth.read() as connection:
        rows = connections.all_connections(connection)
    return [
        ConnectedTeam(row.team_name, is_connected=row.state == "connected", trouble=row.detail)
        for row in rows
    ]


class UpkeepWatch:
    """Looks once a minute, in a thread, at what needs looking after."""

    def __init__(self, ctx: UpkeepContext) -> None:
        self._ctx = ctx
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep-watch", daemon=True)

    def start(self) -> None:
        """Begin, after the runner was started: copies from before an upgrade come first."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more. A look under way at a storage that hangs is left to itself."""
        self._ended.set()
        self._thread.join(timeout=1)

    def _run(self) -> None:
        pace = SystemClock()
        self._try(request_for_upgrade)
        while not self._ended.is_set():
            self._try(minutely.tick)
            pace.wait(self._ended, _TICK_S)

    def _try(self, look: Callable[[UpkeepContext], object]) -> None:
        try:
            look(self._ctx)
        except (DropallyError, StoreError) as error:
            _log.warning("upkeep failed", cause=str(error), hint=error.hint)
