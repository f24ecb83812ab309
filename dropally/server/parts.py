"""Everything the handlers need: the opened rooms, and how the server is to behave."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network

from dropally.auth.actors import Place
from dropally.auth.context import AuthContext
from dropally.auth.verbs import Verb
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.jobs import JobRow
from dropally.common.clock import Clock
from dropally.jobs.events import EventBus
from dropally.jobs.runner import JobRunner

Network = IPv4Network | IPv6Network
ReadinessCheck = Callable[[], str]
"""Asked by `/readyz`: "" while all is well, else what is wrong (which only the log and people who
have signed in get to read)."""
RetryRights = Callable[[JobRow], Sequence[tuple[Verb, Place]]]
"""The rights that doing a job again needs, as the room knows that does such jobs."""


@dataclass(frozen=True, kw_only=True)
class HttpSettings:
    """How the server behaves towards browsers.

    `is_secure`: browsers reach it by https, from this process or from a proxy in front.
    `allowed_hosts` empty: any name is answered to.
    """

    base_url: str = ""
    is_secure: bool = True
    trusted_proxies: tuple[Network, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    largest_body_bytes: int = 1 << 20
    body_timeout_s: float = 30.0


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The opened parts, each safe for threads; made by `app.appliance`, by the tests too."""

    http: HttpSettings
    clock: Clock
    database: DatabaseFile
    auth: AuthContext
    runner: JobRunner
    events: EventBus
    retry_rights: Mapping[str, RetryRights] = field(default_factory=dict)
    readiness: Mapping[str, ReadinessCheck] = field(default_factory=dict)
