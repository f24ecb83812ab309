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
from dropally.config.live import LiveSettings
from dropally.jobs.events import EventBus
from dropally.jobs.runner import JobRunner
from dropally.jobs.storages import Storages
from dropally.notify.mailer import Mailer
from dropally.protection.context import ProtectionContext
from dropally.protection.following.service import FollowState
from dropally.recovery.context import RecoveryContext
from dropally.server.metrics import Metrics
from dropally.upkeep.context import UpkeepContext

Network = IPv4Network | IPv6Network
Readiness = Callable[[], Mapping[str, str]]
"""What `/readyz` asks: each thing that has to be there, and what is wrong with it, "" if nothing.
Strangers get the names only."""
RetryRights = Callable[[JobRow], Sequence[tuple[Verb, Place]]]
"""The rights that doing a job again needs, as the room knows that does such jobs."""


def nothing_to_check() -> Mapping[str, str]:
    """Always ready."""
    return {}


@dataclass(frozen=True, kw_only=True)
class HttpSettings:
    """How the server behaves towards browsers.

    `is_secure`: browsers reach it by https, from this process or from a proxy in front.
    `allowed_hosts` empty: any name is answered to; the address of `base_url` and plain addresses
    always are.
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
    settings: LiveSettings
    mail: Mailer
    events: EventBus
    runner: JobRunner
    storages: Storages
    protection: ProtectionContext
    recovery: RecoveryContext
    upkeep: UpkeepContext
    following: Callable[[], Sequence[FollowState]] = tuple
    retry_rights: Mapping[str, RetryRights] = field(default_factory=dict)
    readiness: Readiness = nothing_to_check
    metrics: Metrics = field(default_factory=Metrics, repr=False)
    metrics_token: str = field(default="", repr=False)
