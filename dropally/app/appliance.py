"""The appliance: every part opened in order, everything stopped in reverse. One page."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dropally.app.direct import Application, make_private_folder
from dropally.app.doors import Doors, http_settings, open_doors
from dropally.app.folder_lock import locked_folder
from dropally.app.readiness import StorageWatch, readiness
from dropally.auth import setup
from dropally.auth.context import AuthContext, open_auth
from dropally.auth.sealing import open_sealer
from dropally.auth.tokens import SecretText
from dropally.auth.verbs import Verb
from dropally.catalog.appliance import open_appliance_database
from dropally.catalog.database_file import DatabaseFile
from dropally.common.clock import Clock, SystemClock
from dropally.common.errors import NotFoundError
from dropally.config import Config, LoadedConfig
from dropally.config.live import LiveSettings, SettingsChanged
from dropally.config.mail import mail_server
from dropally.jobs.events import EventBus
from dropally.jobs.runner import JobRunner, Limits, RunnerSettings
from dropally.notify.mailer import Mailer
from dropally.server.listening import HttpServer
from dropally.server.parts import Parts

_RUNNER_STOPS_WITHIN_S = 4.0
_MAILER_STOPS_WITHIN_S = 2.0
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Appliance:
    """The running whole. `setup_code` is None once somebody has set it up."""

    parts: Parts
    server: HttpServer
    doors: Doors
    setup_code: SecretText | None = field(repr=False)

    def reload(self, loaded: LoadedConfig) -> None:
        """Take what file and environment say now, and the certificate as it lies on the disk.

        Raises UsageError, DeniedError; then all is kept.
        """
        changed = self.parts.settings.reload(loaded)
        self.doors.reload_certificate(changed.config, self.parts.clock)


@contextmanager
def running_appliance(
    loaded: LoadedConfig, environ: Mapping[str, str], clock: Clock | None = None
) -> Iterator[Appliance]:
    """Open everything, serve while the block runs, and stop within ten seconds.

    Raises UsageError, DeniedError, TryLaterError, DatabaseFaultError, each naming what to do. An
    empty data folder will do: the API is there to set the appliance up.
    """
    clock = clock or SystemClock()
    data = loaded.config.paths.data
    with ExitStack() as ending:
        make_private_folder(data)
        ending.enter_context(locked_folder(data))
        database = ending.enter_context(open_appliance_database(data))
        settings = LiveSettings(loaded, database, open_sealer(data))
        config = settings.get()
        auth = _open_auth(settings, database, clock)
        code = setup.prepare_code(auth, _given_setup_code(environ))
        events = EventBus(clock)
        settings.subscribe(lambda changed: _tell_change(events, changed))
        mail = Mailer(auth, lambda: mail_server(settings.get()))
        storages = Application(config, environ, clock=clock).storages()
        ending.callback(storages.close)
        runner = JobRunner(database, clock, events, _runner_settings(config))
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
            readiness=lambda: readiness(database, runner, storages),
        )
        doors = open_doors(parts, config, ending)

        runner.start()
        ending.callback(runner.stop, _RUNNER_STOPS_WITHIN_S)
        mail.start()
        ending.callback(mail.stop, _MAILER_STOPS_WITHIN_S)
        watch = StorageWatch(storages)
        watch.start()
        ending.callback(watch.stop)
        server = HttpServer(doors.doors)
        server.start()
        ending.callback(server.stop)
        ending.callback(events.close)  # streams of events end at once, so that the server can
        _LOG.info("Dropally serves", extra={"addresses": ", ".join(doors.addresses)})
        yield Appliance(parts, server, doors, code)
        _LOG.info("Dropally stops")


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
