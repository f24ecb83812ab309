"""The connection to one team: what the rest of Dropally holds."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Self

from dropally.common.clock import Clock
from dropally.dropbox_api import listing, team
from dropally.dropbox_api.call_watch import CallWatch
from dropally.dropbox_api.credentials import Credentials
from dropally.dropbox_api.discover import discover
from dropally.dropbox_api.entrances import Entrances
from dropally.dropbox_api.gateway import Gateway
from dropally.dropbox_api.models import (
    Group,
    ListPage,
    LongpollAnswer,
    Namespace,
    Roster,
    TeamBrief,
    TeamFolder,
    TeamMember,
    TeamProfile,
)
from dropally.dropbox_api.namespace import NamespaceClient
from dropally.dropbox_api.pace_sharing import PaceAddress, RemotePacer, keeping_pace
from dropally.dropbox_api.pacer import Pacing
from dropally.dropbox_api.settings import ConnectionSettings
from dropally.dropbox_api.team_limits import PROCESS, LimitsRegistry, TeamLimits
from dropally.dropbox_api.upload_meter import UploadMeter, UploadQuota
from dropally.dropbox_api.writer import NamespaceWriter


def open_team(
    credentials: Credentials,
    settings: ConnectionSettings,
    *,
    clock: Clock,
    on_credentials: Callable[[Credentials], None] | None = None,
    cancelled: threading.Event | None = None,
    uploads: UploadMeter | None = None,
    registry: LimitsRegistry = PROCESS,
    watch: CallWatch | None = None,
    pace: PaceAddress | None = None,
) -> "TeamConnection":
    """Open a connection; nothing is sent before it is used.

    `on_credentials` hears of every new access token (store it). `cancelled`: set it, and every
    call that waits ends with CancelledError. `uploads` counts the month's upload calls; without it
    they are counted for the life of the process only. `registry`: connections to the same team
    that share one also share the team's pace. `pace`: another process keeps it. `watch` hears of
    every call. Raises UsageError for settings that cannot work.
    """
    with ExitStack() as closing:
        if pace is not None:
            remote = RemotePacer(pace)
            closing.callback(remote.close)
            limits = TeamLimits(remote, clock)
        else:
            limits = registry.join(credentials.team_id, settings, clock)
            closing.callback(registry.leave, limits)
        gateway = Gateway(credentials, settings, clock, limits, on_credentials, uploads, watch)
        closing.callback(gateway.close)
        return TeamConnection(gateway, cancelled or threading.Event(), closing.pop_all())


@contextmanager
def sharing_pace(
    credentials: Credentials, settings: ConnectionSettings, *, clock: Clock
) -> Iterator[PaceAddress]:
    """Let connections of other processes keep the same pace as those of this one."""
    limits = PROCESS.join(credentials.team_id, settings, clock)
    try:
        with keeping_pace(limits.pacer) as address:
            yield address
    finally:
        PROCESS.leave(limits)


class TeamConnection:
    """One team. Safe for many threads: one session, one token, one pacer for all of them."""

    def __init__(self, gateway: Gateway, cancelled: threading.Event, closing: ExitStack) -> None:
        self._gateway = gateway
        self._cancelled = cancelled
        self._closing = closing
        self._entrances: Entrances | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up, and give the team's pace back; harmless when repeated."""
        self._closing.close()

    @property
    def credentials(self) -> Credentials:
        """The newest credentials."""
        return self._gateway.tokens.credentials

    @property
    def pacer(self) -> Pacing:
        """How fast calls are made, and who is told to wait."""
        return self._gateway.pacer

    def upload_quota(self) -> UploadQuota:
        """The month's allowance of upload calls, and what Dropally has used of it."""
        return self._gateway.upload_quota(self._cancelled)

    def describe(self) -> TeamProfile:
        """The team's name, layout and limits. Raises DeniedError if this is no team's link."""
        return team.describe(self._gateway, self._cancelled)

    def probe(self) -> TeamBrief:
        """Use the refresh token, so that it stays alive, and ask which team this is."""
        tokens = self._gateway.tokens
        if tokens.credentials.refresh_token:
            tokens.renew(tokens.credentials.access_token, self._cancelled)
        return team.describe_in_brief(self._gateway, self._cancelled)

    def members(self, *, include_removed: bool = True) -> Iterator[TeamMember]:
        """Every member."""
        return team.members(self._gateway, self._cancelled, include_removed=include_removed)

    def groups(self) -> Iterator[Group]:
        """Every group."""
        return team.groups(self._gateway, self._cancelled)

    def team_folders(self) -> Iterator[TeamFolder]:
        """Every team folder, archived ones too."""
        return team.team_folders(self._gateway, self._cancelled)

    def namespaces(self) -> Iterator[Namespace]:
        """Every namespace with content of its own, once."""
        return team.namespaces(self._gateway, self._cancelled)

    def discover(self) -> Roster:
        """The whole team at this moment."""
        return discover(self._gateway, self._cancelled)

    def changes_page(self, namespace_id: str, cursor: str) -> ListPage:
        """The first page of what changed in a namespace; see `listing.changes_page`."""
        return listing.changes_page(self._gateway, namespace_id, cursor, self._cancelled)

    def longpoll(self, namespace_id: str, cursor: str, timeout_s: int) -> LongpollAnswer:
        """Wait for changes of a namespace behind `cursor`; see `listing.longpoll`."""
        return listing.longpoll(self._gateway, namespace_id, cursor, timeout_s, self._cancelled)

    def namespace(
        self, namespace_id: str, roster: Roster, *, cancelled: threading.Event | None = None
    ) -> NamespaceClient:
        """A client for one namespace, in the names that `roster` says may enter it."""
        stop = cancelled or self._cancelled
        lock = self._gateway.limits.commit_lock(namespace_id)
        entrances = self._entrances_of(roster)
        writers = entrances.writers(namespace_id)
        return NamespaceClient(
            self._gateway,
            namespace_id,
            listers=entrances.listers(namespace_id),
            readers=entrances.readers(namespace_id),
            writer=NamespaceWriter(self._gateway, namespace_id, writers, lock, stop),
            cancelled=stop,
        )

    def _entrances_of(self, roster: Roster) -> Entrances:
        # Two threads may both make them; they are the same.
        known = self._entrances
        if known is None or known.roster is not roster:
            known = self._entrances = Entrances(roster)
        return known
