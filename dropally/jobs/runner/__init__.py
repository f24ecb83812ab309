"""Runs jobs one after another and beside each other, and keeps what became of them."""

from dropally.jobs.runner.findings import OTHER_CAUSES
from dropally.jobs.runner.live import LivePhase, LiveProgress
from dropally.jobs.runner.queue import Limits
from dropally.jobs.runner.request import (
    BACKUP_NOW,
    SCHEDULED,
    STATUS_LABELS,
    UPKEEP,
    URGENT,
    Initiator,
    InitiatorKind,
    ItemOutcome,
    JobKind,
    JobOutcome,
    JobRequest,
    OutcomeStatus,
    initiator_of,
)
from dropally.jobs.runner.runner import JobRunner, RunnerSettings
from dropally.jobs.runner.running import RunningJob, UnitPlaces
from dropally.jobs.runner.trouble import Trouble

__all__ = [
    "BACKUP_NOW",
    "OTHER_CAUSES",
    "SCHEDULED",
    "STATUS_LABELS",
    "UPKEEP",
    "URGENT",
    "Initiator",
    "InitiatorKind",
    "ItemOutcome",
    "JobKind",
    "JobOutcome",
    "JobRequest",
    "JobRunner",
    "Limits",
    "LivePhase",
    "LiveProgress",
    "OutcomeStatus",
    "RunnerSettings",
    "RunningJob",
    "Trouble",
    "UnitPlaces",
    "initiator_of",
]
