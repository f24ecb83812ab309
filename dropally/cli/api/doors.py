"""Three ways to the API: a server somewhere, the one on this machine, or the application in process."""

import hashlib
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import typer

from dropally.cli.api.client import ApiClient
from dropally.cli.host import login_name
from dropally.common.errors import DeniedError, NotFoundError, TryLaterError, UsageError
from dropally.config import LoadedConfig, find_config_file, load_config

LOCAL = "local"
_TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_SOCKET = "dropally.sock"
_LOGIN_HEADER = "X-Dropally-Login"

UrlOption = Annotated[
    str,
    typer.Option(
        "--url",
        help="Ask the server there (or DROPALLY_URL), with a token; `local` is the one on this machine.",
    ),
]
TokenOption = Annotated[
    str,
    typer.Option("--token", help="An API token; better by DROPALLY_TOKEN or DROPALLY_TOKEN_FILE."),
]
TrustOption = Annotated[
    str,
    typer.Option(
        "--trust",
        help="The certificate to trust: a PEM file, or the SHA-256 that `dropally serve` prints.",
    ),
]


@dataclass(frozen=True)
class Address:
    """Which server is meant, from the options and the environment."""

    url: str
    token: str
    trust: str

    @property
    def is_named(self) -> bool:
        """True if a server was named, were it the one on this machine."""
        return bool(self.url)

    @property
    def is_remote(self) -> bool:
        """True if it is to be reached by the network."""
        return self.url not in {"", LOCAL}


def address_of(url: str, token: str, trust: str, environ: Mapping[str, str]) -> Address:
    """Options win over the environment. Raises NotFoundError for a token file that is not there."""
    url = url or environ.get("DROPALLY_URL", "")
    token = token or environ.get("DROPALLY_TOKEN", "")
    path = environ.get("DROPALLY_TOKEN_FILE", "")
    if not token and path:
        try:
            token = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise NotFoundError(
                f"DROPALLY_TOKEN_FILE={path} cannot be read: {error.strerror}"
            ) from error
    return Address(url.rstrip("/"), token, trust or environ.get("DROPALLY_TRUST", ""))


@contextmanager
def asking(url: str, token: str, trust: str, config: Path | None) -> Iterator[ApiClient]:
    """The API that a command's options mean."""
    with opened_api(address_of(url, token, trust, os.environ), config) as api:
        yield api


@contextmanager
def asked_for(url: str, token: str, trust: str, config: Path | None) -> Iterator[ApiClient | None]:
    """The API where a server was named; None where a command is to do its work by itself."""
    address = address_of(url, token, trust, os.environ)
    if not address.is_named:
        yield None
        return
    with opened_api(address, config) as api:
        yield api


@contextmanager
def opened_api(address: Address, config: Path | None) -> Iterator[ApiClient]:
    """The API: there where the address says, else on this machine.

    Raises UsageError, DeniedError, TryLaterError.
    """
    if address.is_remote:
        with _remote(address) as client:
            yield client
        return
    loaded = load_config(find_config_file(config, os.environ), os.environ)
    door = loaded.config.paths.data / _SOCKET
    with _served(door) if _is_open(door) else _in_process(loaded) as client:
        yield client


@contextmanager
def _remote(address: Address) -> Iterator[ApiClient]:
    if not address.token:
        raise DeniedError(
            f"no API token for {address.url}",
            hint="make one in the console, or with `dropally token create` on its machine; set DROPALLY_TOKEN",
        )
    if urlsplit(address.url).scheme not in {"http", "https"}:
        raise UsageError(f"{address.url} is no address", hint="write https://backup.example.com")
    headers = {"Authorization": f"Bearer {address.token}"}
    with httpx.Client(
        base_url=address.url, headers=headers, timeout=_TIMEOUT, verify=_trusted(address)
    ) as http:
        yield ApiClient(http, address.url)


def _trusted(address: Address) -> ssl.SSLContext:
    """The system's authorities; or a file of the admin's; or exactly one certificate, by its hash."""
    if not address.trust:
        return ssl.create_default_context()
    if Path(address.trust).is_file():
        return ssl.create_default_context(cafile=address.trust)
    wanted = address.trust.replace(":", "").lower()
    if len(wanted) != 64 or not set(wanted) <= set("0123456789abcdef"):
        raise UsageError(
            f"--trust {address.trust} is neither a file nor a SHA-256",
            hint="copy the line `Certificate (SHA-256)` that `dropally serve` prints",
        )
    shown = _certificate_of(address.url)
    if hashlib.sha256(shown).hexdigest() != wanted:
        raise DeniedError(
            f"{address.url} shows another certificate than the one to trust",
            hint="compare it with what `dropally serve` prints; somebody may stand in between",
        )
    # Exactly this certificate; its names do not matter, since it was compared as a whole.
    context = ssl.create_default_context(cadata=shown)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # an authority's may be pinned, too
    context.check_hostname = False
    return context


def _certificate_of(url: str) -> bytes:
    parts = urlsplit(url)
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE  # only looked at here, and compared by its hash
    host, port = parts.hostname or "", parts.port or 443
    try:
        with (
            socket.create_connection((host, port), timeout=10) as line,
            unverified.wrap_socket(line, server_hostname=host) as secure,
        ):
            return secure.getpeercert(binary_form=True) or b""
    except OSError as error:
        raise TryLaterError(
            f"{url} cannot be reached: {error}",
            hint="is `dropally serve` running there?",
            retryable=True,
        ) from error


def _is_open(door: Path) -> bool:
    """True if a server listens there; a killed one leaves its socket behind."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.connect(str(door))
    except PermissionError as error:
        raise DeniedError(
            f"{door} cannot be opened", hint="run this as root, or as the account of Dropally"
        ) from error
    except OSError:
        return False
    return True


@contextmanager
def _served(door: Path) -> Iterator[ApiClient]:
    transport = httpx.HTTPTransport(uds=str(door))
    headers = {_LOGIN_HEADER: login_name()}
    with httpx.Client(
        transport=transport, base_url="http://localhost", headers=headers, timeout=_TIMEOUT
    ) as http:
        yield ApiClient(http, "the server on this machine")


@contextmanager
def _in_process(loaded: LoadedConfig) -> Iterator[ApiClient]:
    """The application itself, without a server: whatever is queued waits for `dropally serve`."""
    # Only now: it brings the whole server with it.
    from dropally.app.appliance import open_parts  # noqa: PLC0415
    from dropally.app.logs import set_up_logs  # noqa: PLC0415
    from dropally.cli.host import acting_as_owner  # noqa: PLC0415
    from dropally.common.clock import SystemClock  # noqa: PLC0415
    from dropally.config import Log  # noqa: PLC0415
    from dropally.server.application import build_application  # noqa: PLC0415
    from dropally.server.in_process import InProcessTransport  # noqa: PLC0415

    data = loaded.config.paths.data
    if not (data / "dropally.db").exists():
        raise NotFoundError(
            f"there is no appliance in {data}",
            hint="start it with `dropally serve`, or name its dropally.toml by --config",
        )
    set_up_logs(Log(level="warning"))
    with acting_as_owner(data / "dropally.db"), ExitStack() as ending:
        parts, _rooms = open_parts(loaded, os.environ, SystemClock(), ending)
        transport = InProcessTransport(build_application(parts), is_local=True)
        ending.callback(transport.close)
        headers = {_LOGIN_HEADER: login_name()}
        with httpx.Client(
            transport=transport, base_url="http://localhost", headers=headers, timeout=_TIMEOUT
        ) as http:
            yield ApiClient(http, "the appliance on this machine", starts_jobs=False)
