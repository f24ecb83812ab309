"""The team's Dropbox: the only room that knows the Dropbox SDK.

`open_team` gives a `TeamConnection`; `link` makes the credentials it needs. What comes out are
plain values and iterators of bytes; what goes wrong is one of `errors`.
"""

from dropally.dropbox_api.call_watch import CallWatch
from dropally.dropbox_api.connection import TeamConnection, open_team, sharing_pace
from dropally.dropbox_api.content_hash import ContentHasher, content_hash
from dropally.dropbox_api.credentials import Credentials
from dropally.dropbox_api.errors import (
    AnswerLostError,
    CertificateError,
    CursorResetError,
    IdentityRefusedError,
    ItemFailure,
    LinkExpiredError,
    LinkRevokedError,
    MissingScopeError,
    NoConnectionError,
    NotATeamError,
    QuotaUsedUpError,
    RouteError,
    StillLimitedError,
    TooManyRetriesError,
    explain_failure,
)
from dropally.dropbox_api.export import Export, export_formats
from dropally.dropbox_api.link import PendingLink, finish_link, identify, start_link
from dropally.dropbox_api.models import (
    Group,
    ListPage,
    LongpollAnswer,
    Mount,
    Namespace,
    Reach,
    Revision,
    Revisions,
    Roster,
    TeamFolder,
    TeamMember,
    TeamProfile,
)
from dropally.dropbox_api.namespace import NamespaceClient
from dropally.dropbox_api.pace_sharing import PaceAddress
from dropally.dropbox_api.pacer import Pacer, PaceState, Pacing
from dropally.dropbox_api.probe import ProbeResult, ProbeStatus, probe_team
from dropally.dropbox_api.scopes import (
    BACKUP_SCOPES,
    RESTORE_SCOPES,
    missing_scopes,
    scopes_for,
)
from dropally.dropbox_api.settings import ConnectionSettings, PacingSettings, RetrySettings
from dropally.dropbox_api.team_limits import LimitsRegistry
from dropally.dropbox_api.upload_meter import MemoryUploadMeter, UploadMeter, UploadQuota
from dropally.dropbox_api.upload_values import UploadItem, UploadOutcome

__all__ = [
    "BACKUP_SCOPES",
    "RESTORE_SCOPES",
    "AnswerLostError",
    "CallWatch",
    "CertificateError",
    "ConnectionSettings",
    "ContentHasher",
    "Credentials",
    "CursorResetError",
    "Export",
    "Group",
    "IdentityRefusedError",
    "ItemFailure",
    "LimitsRegistry",
    "LinkExpiredError",
    "LinkRevokedError",
    "ListPage",
    "LongpollAnswer",
    "MemoryUploadMeter",
    "MissingScopeError",
    "Mount",
    "Namespace",
    "NamespaceClient",
    "NoConnectionError",
    "NotATeamError",
    "PaceAddress",
    "PaceState",
    "Pacer",
    "Pacing",
    "PacingSettings",
    "PendingLink",
    "ProbeResult",
    "ProbeStatus",
    "QuotaUsedUpError",
    "Reach",
    "RetrySettings",
    "Revision",
    "Revisions",
    "Roster",
    "RouteError",
    "StillLimitedError",
    "TeamConnection",
    "TeamFolder",
    "TeamMember",
    "TeamProfile",
    "TooManyRetriesError",
    "UploadItem",
    "UploadMeter",
    "UploadOutcome",
    "UploadQuota",
    "content_hash",
    "explain_failure",
    "export_formats",
    "finish_link",
    "identify",
    "missing_scopes",
    "open_team",
    "probe_team",
    "scopes_for",
    "sharing_pace",
    "start_link",
]
