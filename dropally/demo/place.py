"""Where a demo lives: its folder, its configuration, and who signs in to it."""

import socket
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from dropally.auth.sealing import write_private_once
from dropally.auth.tokens import spoken_code
from dropally.common.errors import UsageError
from dropally.simulator.auth.minting import DEFAULT_APP_KEY

EMAIL = "ann.berger@hollenberg.example"
NAME = "Ann Berger"
_SIGN_IN_FILE = "sign-in.json"
_PASSWORD_GROUPS = 3
_USUAL_PORT = 8480


class SignIn(msgspec.Struct, frozen=True):
    """Who may sign in to this demo. `is_lived` once the history is complete."""

    email: str
    password: str


@dataclass(frozen=True)
class Place:
    """The folder of a demo."""

    root: Path
    sign_in: SignIn = field(repr=False)

    @property
    def dropbox(self) -> Path:
        """The simulated team's state."""
        return self.root / "dropbox"

    @property
    def config(self) -> Path:
        """The appliance's configuration."""
        return self.root / "dropally.toml"

    @property
    def is_lived(self) -> bool:
        """True if the history was made to its end, here, by an earlier start."""
        return self._mark.exists()

    def note_lived(self) -> None:
        """The history is complete."""
        self._mark.touch()

    @property
    def _mark(self) -> Path:
        return self.root / "history-complete"

    def write_config(self, *, dropbox_url: str, port: int) -> None:
        """The configuration, with today's ports."""
        text = (
            "# Made by `dropally demo`; written anew at each start.\n"
            f'[server]\nlisten = ["127.0.0.1:{port}"]\ntls = "off"\n'
            f'base_url = "http://127.0.0.1:{port}"\n'
            f'[paths]\ndata = "{self.root}/data"\ncache = "{self.root}/cache"\n'
            '[log]\nlevel = "error"\n'
            '[locale]\ntime_zone = "Europe/Berlin"\n'
            f'[dropbox]\napi_url = "{dropbox_url}"\napp_key = "{DEFAULT_APP_KEY}"\n'
            f'[[storage]]\nid = "main"\npath = "{self.root}/repository"\nmin_free = "0%"\n'
            'region_label = "Server room, Berlin (DE)"\n'
            "[metrics]\nenabled = false\n"
        )
        self.config.write_text(text, encoding="utf-8")


def open_place(root: Path) -> Place:
    """The demo in this folder; a new one gets a password of its own.

    Raises UsageError for a folder in which a demo was begun but did not get far enough.
    """
    path = root / _SIGN_IN_FILE
    is_new = not path.exists()
    fresh = SignIn(EMAIL, str(spoken_code(_PASSWORD_GROUPS)))
    write_private_once(path, msgspec.json.encode(fresh))
    place = Place(root, msgspec.json.decode(path.read_bytes(), type=SignIn))
    if not is_new and not place.is_lived:
        raise UsageError(
            f"the demo in {root} was interrupted while its history was made",
            hint="delete the folder, or choose another one",
        )
    return place


def free_port(wanted: int | None) -> int:
    """The wanted port; without a wish the usual one, or a free one where that is taken.

    Raises UsageError if the wanted port is taken.
    """
    for port in [wanted] if wanted is not None else [_USUAL_PORT, 0]:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(listener.getsockname()[1])
    raise UsageError(f"port {wanted} is taken", hint="leave --port out to get a free one")
