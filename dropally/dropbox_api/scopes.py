"""What Dropally asks a team for: read-only to back up, more only when something is restored.

Which route needs which scope is Dropbox's own table; these are the sums for the routes used here.
"""

from collections.abc import Iterable
from typing import Literal

from dropally.common.errors import UsageError

Purpose = Literal["backup", "restore"]

BACKUP_SCOPES: frozenset[str] = frozenset(
    {
        "account_info.read",
        "events.read",
        "files.content.read",
        "files.metadata.read",
        "groups.read",
        "members.read",
        "sharing.read",
        "team_data.content.read",
        "team_data.member",
        "team_data.team_space",
        "team_info.read",
    }
)
RESTORE_SCOPES: frozenset[str] = frozenset(
    {
        "files.content.write",
        "files.metadata.write",
        "sharing.write",
        "team_data.content.write",
    }
)


def scopes_for(purpose: Purpose) -> frozenset[str]:
    """All scopes that `purpose` needs; restoring needs those of backing up as well.

    Raises UsageError for another purpose.
    """
    if purpose == "backup":
        return BACKUP_SCOPES
    if purpose == "restore":
        return BACKUP_SCOPES | RESTORE_SCOPES
    raise UsageError(
        f"There are no scopes for {purpose!r}.",
        hint="Ask for the scopes of 'backup' or of 'restore'.",
    )


def missing_scopes(granted: Iterable[str], purpose: Purpose) -> list[str]:
    """The scopes `purpose` needs and the team's admin has not granted, sorted."""
    return sorted(scopes_for(purpose) - set(granted))
