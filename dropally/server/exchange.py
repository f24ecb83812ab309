"""What the server found out about one request, kept with it from the outermost layer inwards."""

from dataclasses import dataclass, field
from typing import Any

from litestar.types import Scope

from dropally.auth.actors import Actor, Client, anonymous
from dropally.server.parts import Parts

_KEY = "exchange"
_LOCAL_MARK = "dropally.local"


@dataclass(slots=True)
class Exchange:
    """One request, and the parts of the appliance that it came to.

    `client` is who asks as far as trusted proxies can be believed; `scheme` and `host` are what the
    browser used. `is_local`: it came by the door that only this machine's operators can open.
    `session_token` or `api_token` is what the actor came by; both are "" for the operator at the
    machine's own door.
    """

    parts: Parts = field(repr=False)
    request_id: str
    method: str
    client: Client
    scheme: str
    host: str
    is_local: bool = False
    actor: Actor = field(default_factory=lambda: anonymous(Client()))
    session_token: str = field(default="", repr=False)
    api_token: str = field(default="", repr=False)


def begin(scope: Scope, exchange: Exchange) -> None:
    """Keep it with the request."""
    scope["state"] = {**scope.get("state", {}), _KEY: exchange}


def exchange_of(scope: Scope) -> Exchange:
    """What is known about this request."""
    found: Exchange = scope["state"][_KEY]
    return found


def mark_local(scope: Scope) -> Scope:
    """The same request, known to come from this machine's operator.

    A mark in the scope, which no header can set.
    """
    marked: Any = {**scope, _LOCAL_MARK: True}
    found: Scope = marked
    return found


def is_local(scope: Scope) -> bool:
    """True if the door marked it."""
    values: Any = scope
    return values.get(_LOCAL_MARK) is True


def header(scope: Scope, name: bytes) -> str:
    """The first header of this (lower-case) name, "" if there is none."""
    return next(iter(header_lines(scope, name)), "")


def header_lines(scope: Scope, name: bytes) -> list[str]:
    """All headers of this (lower-case) name."""
    return [value.decode("latin-1") for found, value in scope["headers"] if found.lower() == name]
