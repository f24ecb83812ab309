"""The appliance: every part opened in order, everything stopped in reverse. One page."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dropally.app.direct import Application, make_private_folder
from dropally.app.doors import Doors, certificate_of, http_settings, open_doors
from dropally.app.figures import collect_figures
from dropally.app.folder_lock import locked_folder
from dropally.app.readiness import readiness
from dropally.app.rooms import Ground, Rooms, build_rooms
from dropally.app.stopping import Stopping
from dropally.auth import setup
from dropally.auth.context import AuthContext, open_auth
from dropally.auth.sealing import open_sealer
from dropally.auth.tokens import SecretText
from dropally.auth.verbs import Verb
from dropally.catalog.appliance import open_appliance_database
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.jobs import JobRow
from dropally.common.clock import Clock, SystemClock
from dropally.common.errors import NotFoundError
from dropally.config import Config, LoadedConfig
from dropally.config.live import LiveSettings, SettingsChanged
from dropally.config.mail import mail_server
from dropally.jobs.events import EventBus
from dropally.jobs.runner import JobRunner, Limits, RunnerSettings
from dropally.jobs.storages import Storages
from dropally.notify.mailer import Mailer
from dropally.protection import backup
from dropally.recovery.retrying import retry_rights
from dropally.server.listening import HttpServer
from dropally.server.metrics import Metrics
from dropally.server.parts import Parts
from dropally.upkeep.recovering import finishing
from dropally.upkeep.self_backup import requesting
from dropally.upkeep.stored_storages import all_definitions

_RUNNER_STOPS_WITHIN_S = 4.0
_MAILER_STOPS_WITHIN_S = 2.0
_OTHERS_STOP_WITHIN_S = 5.0
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Appliance:
    """The running whole. `setup_code` is None once somebody has set it up."""

    parts: Parts
    rooms: Rooms
    server: HttpServer
    doors: Doors
    setup_code: SecretText | None = field(repr=False)

    def reload(self, loaded: LoadedConfig) -> None:
        """Take what file and environment say now, and the certificate as it lies on the disk.

        Raises UsageError, DeniedError; then all is kept.
        """
        self.parts.settings.reload(loaded)
        self.refresh_certificate()

    def refresh_certificate(self) -> None:
        """Answer with the certificate as it lies on the disk; ours is renewed when that is due.

        Raises UsageError, DeniedError; then the one in use is kept.
        """
        self.doors.reload_certificate(self.parts.settings.get(), self.parts.clock)


@contextmanager
def running_appliance(
    loaded: LoadedConfig,
    environ: Mapping[str, str],
    clock: Clock | None = None,
    *,
    restart: Callable[[], None] = lambda: None,
) -> Iterator[Appliance]:
    """Open everything, serve while the block runs, and stop within ten seconds.

    `restart` is called when the process has to begin anew (after a recovery). Raises UsageError,
    DeniedError, TryLaterError, DatabaseFaultError, each naming what to do. An empty data folder
    will do: the API is there to set the appliance up.
    """
    with ExitStack() as ending:
        parts, rooms = open_parts(loaded, environ, clock or SystemClock(), ending, restart=restart)
        code = setup.prepare_code(parts.auth, _given_setup_code(environ))
        config = parts.settings.get()
        doors = open_doors(parts, config, ending)
        backup.release_all(rooms.protection)
        parts.runner.start()
        ending.callback(parts.runner.stop, _RUNNER_STOPS_WITHIN_S)
        requesting.request_for_upgrade(rooms.upkeep)
        beside = Stopping(SystemClock(), _OTHERS_STOP_WITHIN_S)
        ending.callback(beside.stop)
        parts.mail.start()
        beside.add("mail", lambda: parts.mail.stop(_MAILER_STOPS_WITHIN_S))
        rooms.clockwork.start()
        beside.add("clockwork", rooms.clockwork.stop)
        rooms.following.start()
        beside.add("following", rooms.following.stop)
        server = HttpServer(doors.doors)
        server.start()
        beside.add("server", server.stop)
        ending.callback(parts.events.close)  # streams end at once, so that the server can
        _LOG.info("Dropally serves", extra={"addresses": ", ".join(doors.addresses)})
        yield Appliance(parts, rooms, server, doors, code)
        _LOG.info("Dropally stops")


def open_parts(
    loaded: LoadedConfig,
    environ: Mapping[str, str],
    clock: Clock,
    ending: ExitStack,
    *,
    restart: Callable[[], None] = lambda: None,
) -> tuple[Parts, Rooms]:
    """Every part, opened but idle: no job runs, nothing ticks, nobody is served. `ending` closes it.

    Raises like `running_appliance`.
    """
    data = loaded.config.paths.data
    make_private_folder(data)
    ending.enter_context(locked_folder(data))
    finishing.finish(data)
    database = ending.enter_context(open_appliance_database(data))
    settings = LiveSettings(loaded, database, open_sealer(data))
    config = settings.get()
    auth = _open_auth(settings, database, clock)
    events = EventBus(clock)
    for warning in settings.effective.warnings:
        _LOG.warning(warning)
    settings.subscribe(lambda changed: _tell_change(events, changed))
    mail = Mailer(auth, lambda: mail_server(settings.get()))
    direct = Application(config, environ, clock=clock)
    storages = _open_storages(direct, auth)
    ending.callback(storages.close)
    runner = JobRunner(database, clock, events, _runner_settings(config))
    ground = Ground(direct, settings, auth, storages, events, runner)
    rooms = build_rooms(
        ground,
        restart=restart,
        certificate_expires=lambda: _certificate_end(settings.get(), clock),
    )
    metrics = Metrics(lambda: collect_figures(rooms.upkeep))
    runner.on_finished(lambda row: metrics.count_job(row.kind, row.status, _duration_s(row)))
    parts = Parts(
        http=http_settings(config),
        clock=clock,
        database=database,
        auth=auth,
        settings=settings,
        mail=mail,
        events=events,
        runner=runner,
        storages=storages,
        protection=rooms.protection,
        recovery=rooms.recovery,
        retry_rights=retry_rights(rooms.recovery),
        upkeep=rooms.upkeep,
        following=rooms.following.states,
        readiness=lambda: readiness(database, runner, storages),
        metrics=metrics,
        metrics_token=config.metrics.token,
    )
    return parts, rooms


def _duration_s(row: JobRow) -> float | None:
    if row.started is None or row.ended is None:
        return None
    return (row.ended - row.started).total_seconds()


def _certificate_end(config: Config, clock: Clock) -> datetime | None:
    certificate = certificate_of(config, clock)
    return certificate.expires if certificate is not None else None


def _open_storages(direct: Application, auth: AuthContext) -> Storages:
    definitions, default_id = all_definitions(auth, direct.storage_definitions())
    paths = direct.config.paths
    return Storages(
        definitions,
        secret=direct.secret,
        data_dir=paths.data,
        cache_dir=paths.cache,
        clock=direct.clock,
        default_id=default_id,
        throttle=direct.throttle,
    )


def _open_auth(settings: LiveSettings, database: DatabaseFile, clock: Clock) -> AuthContext:
    return open_auth(
        database,
        settings.get().paths.data,
        clock,
        pinned=settings.pinned_policy,
        base_url=settings.base_url,
        sends_mail=settings.sends_mail,
    )


def _tell_change(events: EventBus, changed: SettingsChanged) -> None:
    events.publish(
        "settings_changed", {"keys": sorted(changed.keys)}, needs=str(Verb.APPLIANCE_MANAGE)
    )


def _runner_settings(config: Config) -> RunnerSettings:
    limits = config.limits
    return RunnerSettings(
        limits=Limits(limits.jobs_at_once, limits.jobs_per_team),
        executor=limits.executor,
        processes=limits.processes,
    )


def _given_setup_code(environ: Mapping[str, str]) -> str:
    """DROPALLY_SETUP_CODE, or the content of the file that DROPALLY_SETUP_CODE_FILE names."""
    if code := environ.get("DROPALLY_SETUP_CODE", ""):
        return code
    path = environ.get("DROPALLY_SETUP_CODE_FILE", "")
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NotFoundError(
            f"DROPALLY_SETUP_CODE_FILE={path} cannot be read: {error.strerror}"
        ) from error
