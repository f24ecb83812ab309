"""An appliance that serves, with its own machine's command line and one elsewhere."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dropally.app.appliance import Appliance, running_appliance
from dropally.app.logs import set_up_logs
from dropally.auth import api_tokens, sessions, setup, sign_in
from dropally.auth.permissions import verbs_of
from dropally.auth.verbs import SUBJECT_OF, Verb
from dropally.config import Log, load_config
from dropally.simulator import Simulator
from tests.auth.appliance import ADMIN, FORM, OFFICE, PASSWORD
from tests.cli.terminal import Terminal, allow, shown_code
from tests.protection.appliance import APP_KEY

PERSONAL = frozenset(verb for verb in Verb if SUBJECT_OF[verb] == "self")
SETTINGS = {
    "DROPALLY__SERVER__LISTEN": "127.0.0.1:0",
    "DROPALLY__METRICS__ENABLED": "false",
    "DROPALLY__DROPBOX__APP_KEY": APP_KEY,
    "COLUMNS": "250",
}


@contextmanager
def machine(simulator: Simulator) -> Iterator[Terminal]:
    """A machine with a configuration; its folder is short enough for a socket's address."""
    with tempfile.TemporaryDirectory(prefix="dpy") as folder:
        yield Terminal(simulator, Path(folder), dict(SETTINGS))


@dataclass
class Office:
    """A running appliance and its machine's command line."""

    host: Terminal
    appliance: Appliance

    @property
    def url(self) -> str:
        """Where it serves."""
        [address] = [one for one in self.appliance.doors.addresses if one.startswith("https")]
        return address

    def token(self, *verbs: Verb) -> str:
        """The secret of a new token of the administrator's; `verbs`: with these permissions only."""
        auth = self.appliance.parts.auth
        session = sign_in.sign_in(auth, ADMIN, PASSWORD, OFFICE)
        actor = sessions.authenticate(auth, session.token, OFFICE)
        named = frozenset(verbs or verbs_of(actor) - PERSONAL)
        return str(api_tokens.create(auth, actor, "tests", verbs=named).secret)

    def elsewhere(self, token: str = "", trust: str = "") -> dict[str, str]:
        """The environment of a command line on another machine."""
        certificate = self.appliance.doors.certificate
        assert certificate is not None
        return {
            "DROPALLY_URL": self.url,
            "DROPALLY_TOKEN": token or self.token(),
            "DROPALLY_TRUST": trust or str(certificate.path),
        }

    def connect(self) -> None:
        """Make the repository, connect the team and make a task, all by commands."""
        self.host.json("storage", "create-repository", "main")
        started = self.host.json("connection", "authorize", "--for", "restore")
        code = shown_code(allow(started["url"]))
        self.host.json("connection", "finish", started["id"], code)


@contextmanager
def serving(host: Terminal) -> Iterator[Office]:
    """Serve while the block runs."""
    environ = dict(host.environment)
    set_up_logs(Log(level="error"))
    with running_appliance(load_config(None, environ), environ) as appliance:
        if appliance.setup_code is not None:
            setup.complete(appliance.parts.auth, appliance.setup_code, FORM, OFFICE)
        yield Office(host, appliance)
