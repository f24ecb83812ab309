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
from dropally.auth.tokens import SecretText
from dropally.catalog.appliance import open_appliance_database
from dropally.catalog.database_file import DatabaseFile
from dropally.common.clock import Clock, SystemClock
from dropally.common.errors import NotFoundError
from dropally.config import Config, LoadedConfig
from dropally.jobs.events import EventBus
from dropally.jobs.runner import JobRunner, Limits, RunnerSettings
from dropally.server.listening import HttpServer
from dropally.server.parts import Parts

_RUNNER_STOPS_WITHIN_S = 4.0
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Appliance:
    """The running whole. `setup_code` is None once somebody has set it up."""

    config: Config
    parts: Parts
    server: HttpServer
    doors: Doors
    setup_code: SecretText | None = field(repr=False)

    def reload(self) -> None:
        """Read again what may change while it runs. Raises UsageError, DeniedError; then all is kept."""
        self.doors.reload_certificate(self.config, self.parts.clock)


@contextmanager
def running_appliance(
    loaded: LoadedConfig, environ: Mapping[str, str], clock: Clock | None = None
) -> Iterator[Appliance]:
    """Open everything, serve while the block runs, and stop within ten seconds.

    Raises UsageError, DeniedError, TryLaterError, DatabaseFaultError, each naming what to do. An
    empty data folder will do: the API is there to set the appliance up.
    """
    clock, config = clock or SystemClock(), loaded.config
    data = config.paths.data
    with ExitStack() as ending:
        make_private_folder(data)
        ending.enter_context(locked_folder(data))
        database = ending.enter_context(open_appliance_database(data))
        auth = _open_auth(loaded, database, clock)
        code = setup.prepare_code(auth, _given_setup_code(environ))
        events = EventBus(clock)
        storages = Application(config, environ, clock=clock).storages()
        ending.callback(storages.close)
        runner = JobRunner(database, clock, events, _runner_settings(config))
        parts = Parts(
            http=http_settings(config),
            clock=clock,
            database=database,
            auth=auth,
            events=events,
            runner=runner,
            storages=storages,
            readiness=lambda: readiness(database, runner, storages),
        )
        doors = open_doors(parts, config, ending)

        runner.start()
        ending.callback(runner.stop, _RUNNER_STOPS_WITHIN_S)
        watch = StorageWatch(storages)
        watch.start()
        ending.callback(watch.stop)
        server = HttpServer(doors.doors)
        server.start()
        ending.callback(server.stop)
        ending.callback(events.close)  # streams of events end at once, so that the server can
        _LOG.info("Dropally serves", extra={"addresses": ", ".join(doors.addresses)})
        yield Appliance(config, parts, server, doors, code)
        _LOG.info("Dropally stops")


def _open_auth(loaded: LoadedConfig, database: DatabaseFile, clock: Clock) -> AuthContext:
    config = loaded.config
    return open_auth(
        database,
        config.paths.data,
        clock,
        pinned=loaded.pinned_policy,
        base_url=config.server.base_url,
        sends_mail=bool(config.notify.smtp.host),
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
