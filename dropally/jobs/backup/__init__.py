"""Backup: one restore point a run; every namespace is listed, fetched and sealed by itself."""

from dropally.jobs.backup.team import TeamBackup, TeamBackupReport, back_up_team, team_folder
from dropally.jobs.backup.unit import run
from dropally.jobs.backup.work import (
    BackupResult,
    BackupWork,
    ItemProblem,
    NamespaceOutcome,
    NamespaceWork,
)

__all__ = [
    "BackupResult",
    "BackupWork",
    "ItemProblem",
    "NamespaceOutcome",
    "NamespaceWork",
    "TeamBackup",
    "TeamBackupReport",
    "back_up_team",
    "run",
    "team_folder",
]
