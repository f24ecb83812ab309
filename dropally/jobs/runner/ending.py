"""How a job that stopped running is to be called."""

import traceback
from dataclasses import dataclass, field

from dropally.common.errors import CancelledError, DropallyError
from dropally.jobs.runner.request import JobOutcome
from dropally.jobs.runner.running import RunningJob

_SHOWN_FRAMES = 6


@dataclass(frozen=True)
class Ending:
    """`status` is "" if the job has not ended: it waits, and goes on at the next start."""

    status: str
    error: str = ""
    hint: str = ""
    outcome: JobOutcome = field(default_factory=lambda: JobOutcome("failed"))


def ending_of_outcome(job: RunningJob, outcome: JobOutcome) -> Ending:
    """It came back by itself. What was complete before it noticed the cancelling has succeeded."""
    if job.is_cancelled and outcome.status != "succeeded":
        return Ending("canceled", outcome=outcome)
    return Ending(outcome.status, outcome.error, outcome.hint, outcome)


def ending_of_error(job: RunningJob, error: Exception, *, is_resumable: bool) -> Ending:
    """It raised. Once it was told to stop, whatever it stumbles over is a consequence of that."""
    partly = JobOutcome("failed", job.summary)
    if job.is_cancelled:
        return Ending("canceled", outcome=partly)
    if job.is_stopping:
        if is_resumable:
            return Ending("")
        return Ending("failed", "the appliance was stopped while it ran", "start it again", partly)
    if isinstance(error, CancelledError):
        return Ending("canceled", outcome=partly)
    message, hint = words_for(error)
    if not is_expected(error):
        job.context.warn(_origin(error))
    return Ending("failed", message, hint, partly)


def is_expected(error: Exception) -> bool:
    """True for errors that were made for people to read; each room's have a hint."""
    return isinstance(error, DropallyError) or hasattr(error, "hint")


def words_for(error: Exception) -> tuple[str, str]:
    """The cause and the next step."""
    if is_expected(error):
        return str(error), str(getattr(error, "hint", ""))
    name = type(error).__name__
    return (
        f"an unexpected error stopped it: {name}: {error}",
        "try again; if it happens again, this is a defect in Dropally: report it with the job's log",
    )


def _origin(error: Exception) -> str:
    """Where in the program an unexpected error came from, without any values."""
    frames = traceback.extract_tb(error.__traceback__)[-_SHOWN_FRAMES:]
    places = " < ".join(
        f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(frames)
    )
    return f"{type(error).__name__} in {places}"
