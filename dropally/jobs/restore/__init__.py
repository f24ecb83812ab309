"""Restore: plan what goes where and how, show it, then do it; per-item outcomes survive a kill."""

from dropally.jobs.restore.plan import open_restore
from dropally.jobs.restore.run import run
from dropally.jobs.restore.work import RestorePlan, RestoreProblem, RestoreResult, RestoreWork

__all__ = [
    "RestorePlan",
    "RestoreProblem",
    "RestoreResult",
    "RestoreWork",
    "open_restore",
    "run",
]
