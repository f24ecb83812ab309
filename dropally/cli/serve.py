"""`dropally serve`: the appliance, until it is told to stop."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated

import structlog
import typer

from dropally.app.appliance import Appliance, running_appliance
from dropally.app.logs import set_up_logs
from dropally.app.supervisor import Supervisor
from dropally.cli.exits import FAILED, OK
from dropally.cli.options import ConfigOption
from dropally.common.clock import SystemClock
from dropally.common.errors import DropallyError
from dropally.config import LoadedConfig, find_config_file, load_config

ReadConfig = Callable[[], LoadedConfig]
Greet = Callable[[Appliance], None]
_LOOK_EVERY_S = 10.0
_CERTIFICATE_EVERY_S = 3600.0  # renewed ones are taken within the hour, ours and those of others
_log = structlog.get_logger("dropally.serve")


def serve(
    config: ConfigOption = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="The data folder, instead of [paths] data.")
    ] = None,
) -> None:
    """Run the appliance: API, schedules and jobs."""
    told = {"paths.data": str(data)} if data else {}

    def read() -> LoadedConfig:
        return load_config(find_config_file(config, os.environ), os.environ, command_line=told)

    leave(run_service(read, _greet))


def run_service(read: ReadConfig, greet: Greet) -> int:
    """Serve until a signal says stop; the exit code. Raises as `running_appliance` does."""
    signals = _Signals()
    loaded = read()
    set_up_logs(loaded.config.log)
    supervisor = Supervisor(os.environ)
    while True:
        with running_appliance(loaded, os.environ, restart=signals.restart) as appliance:
            greet(appliance)
            supervisor.ready(f"Serving at {', '.join(appliance.doors.addresses)}")
            code = _stay(appliance, supervisor, signals, read)
            if not signals.restarts:
                supervisor.stopping()
        if not signals.restarts:
            return code
        signals.restarts = False
        loaded = read()


class _Signals:
    """What was asked for by signals. The second request to stop ends the process at once."""

    def __init__(self) -> None:
        self.woken = threading.Event()
        self.stops = False
        self.reloads = False
        self.restarts = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._reload)

    def restart(self) -> None:
        """Not a signal, but heeded like one: open everything anew (a recovery lies ready)."""
        self.restarts = True
        self.woken.set()

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self.stops = True
        signal.signal(number, signal.SIG_DFL)
        self.woken.set()

    def _reload(self, _number: int, _frame: FrameType | None) -> None:
        self.reloads = True
        self.woken.set()


def _greet(appliance: Appliance) -> None:
    """What an admin at the terminal (or reading the journal) needs first."""
    lines = [f"Dropally serves at {address}" for address in appliance.doors.addresses]
    if appliance.doors.certificate:
        lines.append(f"Certificate (SHA-256): {appliance.doors.certificate.fingerprint}")
    if appliance.setup_code:
        lines.append(f"Nobody has set it up yet. Setup code: {appliance.setup_code}")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _stay(appliance: Appliance, supervisor: Supervisor, signals: _Signals, read: ReadConfig) -> int:
    """Until a signal says so (0), or the server has died (1: systemd starts another)."""
    pace = SystemClock()
    every_s = min(_LOOK_EVERY_S, (supervisor.watchdog_s or _LOOK_EVERY_S) / 2)
    certificate_due_s = pace.monotonic() + _CERTIFICATE_EVERY_S
    while True:
        pace.wait(signals.woken, every_s)
        signals.woken.clear()
        if signals.stops:
            signals.restarts = False
            return OK
        if signals.restarts:
            return OK
        if not appliance.server.is_alive:
            return FAILED
        if appliance.server.answers(every_s):
            supervisor.alive()
        if signals.reloads:
            signals.reloads = False
            _reload(appliance, supervisor, read)
        if pace.monotonic() >= certificate_due_s:
            certificate_due_s += _CERTIFICATE_EVERY_S
            _refresh_certificate(appliance)


def _refresh_certificate(appliance: Appliance) -> None:
    try:
        appliance.refresh_certificate()
    except DropallyError as error:
        _log.error("certificate kept as it was", cause=str(error), hint=error.hint)


def _reload(appliance: Appliance, supervisor: Supervisor, read: ReadConfig) -> None:
    supervisor.reloading()
    try:
        appliance.reload(read())
        _log.info("configuration read again")
    except DropallyError as error:
        _log.error("configuration kept as it was", cause=str(error), hint=error.hint)
    supervisor.ready(f"Serving at {', '.join(appliance.doors.addresses)}")


def leave(code: int) -> None:
    """End, even where a thread waits for a storage that does not answer: nothing is left to save."""
    sys.stdout.flush()
    stuck = [
        thread.name
        for thread in threading.enumerate()
        if thread is not threading.main_thread() and not thread.daemon
    ]
    if stuck:
        _log.warning("threads are left behind", threads=", ".join(stuck))
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
