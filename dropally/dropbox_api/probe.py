"""Is the link to a team alive? A few cheap calls, and an answer that never is an exception."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from dropally.common.clock import Clock
from dropally.common.errors import CancelledError, DeniedError, DropallyError, UsageError
from dropally.dropbox_api.connection import TeamConnection, open_team
from dropally.dropbox_api.credentials import Credentials
from dropally.dropbox_api.errors import (
    CertificateError,
    LinkExpiredError,
    LinkRevokedError,
    MissingScopeError,
    NoConnectionError,
    NotATeamError,
    StillLimitedError,
)
from dropally.dropbox_api.grants import TOKEN_BUCKET
from dropally.dropbox_api.identity import TEAM
from dropally.dropbox_api.models import TeamBrief
from dropally.dropbox_api.scopes import Purpose, missing_scopes
from dropally.dropbox_api.settings import ConnectionSettings, RetrySettings
from dropally.dropbox_api.team_limits import PROCESS, LimitsRegistry

ProbeStatus = Literal[
    "connected",
    "limited",
    "revoked",
    "expired",
    "missing_scopes",
    "different_team",
    "not_a_team",
    "refused",
    "unreachable",
    "failing",
]

# A probe asks again soon, so it gives up soon.
_IMPATIENT = RetrySettings(attempts=3, first_pause_s=0.5, longest_pause_s=2.0, limited_attempts=1)
_READ_TIMEOUT_S = 30.0
_LONGEST_WAIT_S = 5.0
# The first that fits; the most special come first.
_STATUSES: tuple[tuple[type[DropallyError], ProbeStatus], ...] = (
    (LinkRevokedError, "revoked"),
    (LinkExpiredError, "expired"),
    (MissingScopeError, "missing_scopes"),
    (NotATeamError, "not_a_team"),
    (CertificateError, "unreachable"),
    (NoConnectionError, "unreachable"),
    (StillLimitedError, "limited"),
    (DeniedError, "refused"),
    (DropallyError, "failing"),
)


class ProbeResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe found.

    "connected": all is well. "limited": Dropbox asks to wait `wait_s` (0: not known); the link is
    as good as it was. "revoked", "expired", "missing_scopes", "not_a_team" and "refused": a team
    admin must link again. "different_team": the link is good, but not that of the expected team.
    "unreachable": the network or its certificates. "failing": Dropbox answers with errors.

    `team_id` and what follows are "" or None where Dropbox did not get to tell. `upload_limit` is
    None for no limit, too. `message` and `hint` are for people, "" where all is well. Dropbox
    tells no app the name of the team's plan.
    """

    status: ProbeStatus
    checked_at: datetime
    team_id: str = ""
    team_name: str = ""
    licensed_users: int = 0
    upload_limit: int | None = None
    missing_scopes: tuple[str, ...] = ()
    wait_s: float = 0.0
    message: str = ""
    hint: str = ""

    @property
    def is_usable(self) -> bool:
        """Backups may be run, now or after a wait."""
        return self.status in {"connected", "limited"}


def probe_team(
    credentials: Credentials,
    settings: ConnectionSettings,
    *,
    clock: Clock,
    on_credentials: Callable[[Credentials], None] | None = None,
    cancelled: threading.Event | None = None,
    expected_team_id: str = "",
    purpose: Purpose = "backup",
    registry: LimitsRegistry = PROCESS,
) -> ProbeResult:
    """Renew the access token and ask for the team's name: three calls.

    `expected_team_id`: of the team that is protected; by default that of the credentials. New
    credentials may be probed before they are stored: the result tells their team. Using the
    refresh token keeps it alive; `on_credentials` hears of the new access token.
    Raises only CancelledError, and UsageError for settings that cannot work.
    """
    impatient = msgspec.structs.replace(
        settings,
        retry=_IMPATIENT,
        read_timeout_s=min(settings.read_timeout_s, _READ_TIMEOUT_S),
    )
    expected = expected_team_id or credentials.team_id
    lacking = missing_scopes(credentials.scopes, purpose) if credentials.scopes else []
    connection = open_team(
        credentials,
        impatient,
        clock=clock,
        on_credentials=on_credentials,
        cancelled=cancelled,
        registry=registry,
    )
    with connection:
        if wait_s := _wait_under_way_s(connection):
            return _limited(clock.now(), wait_s)
        try:
            brief = connection.probe()
        except (CancelledError, UsageError):
            raise
        except DropallyError as error:
            return _trouble(error, clock.now(), _wait_under_way_s(connection))
        return _judged(brief, expected, lacking, clock.now())


def _wait_under_way_s(connection: TeamConnection) -> float:
    waits_s = [connection.pacer.frozen_for_s(bucket) for bucket in (TOKEN_BUCKET, TEAM.bucket)]
    return max(waits_s) if max(waits_s) > _LONGEST_WAIT_S else 0.0


def _limited(now: datetime, wait_s: float) -> ProbeResult:
    return ProbeResult(
        status="limited",
        checked_at=now,
        wait_s=wait_s,
        message=f"Dropbox asked to wait; the next call is made in {wait_s:.0f} s.",
    )


def _trouble(error: DropallyError, now: datetime, wait_s: float) -> ProbeResult:
    status = next(status for kind, status in _STATUSES if isinstance(error, kind))
    scope = error.scope if isinstance(error, MissingScopeError) else ""
    return ProbeResult(
        status=status,
        checked_at=now,
        missing_scopes=(scope,) if scope else (),
        wait_s=wait_s,
        message=error.message,
        hint=error.hint,
    )


def _judged(brief: TeamBrief, expected: str, lacking: list[str], now: datetime) -> ProbeResult:
    status: ProbeStatus = "connected"
    message = hint = ""
    if expected and brief.team_id != expected:
        status, message = "different_team", f"The link is that of another team, {brief.name!r}."
        hint = "Link again as an admin of the team that is protected."
    elif lacking:
        status, message = "missing_scopes", f"The link lacks permissions: {', '.join(lacking)}."
        hint = "Tick them in the Dropbox app's permissions, then link again."
    return ProbeResult(
        status=status,
        checked_at=now,
        team_id=brief.team_id,
        team_name=brief.name,
        licensed_users=brief.licensed_users,
        upload_limit=brief.upload_limit,
        missing_scopes=tuple(lacking),
        message=message,
        hint=hint,
    )
