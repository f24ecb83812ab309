"""What a policy will have kept, month by month, if backups go on as planned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from dropally.store.retention.deciding import Decision, Hold, RetainedPoint, decide
from dropally.store.retention.policy import Policy

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ForecastStep:
    """The points that there are at a moment to come, newest first, and how many went until then."""

    at: datetime
    kept: tuple[Decision, ...]
    forgotten: int


def forecast(
    points: Iterable[RetainedPoint],
    coming: Iterable[datetime],
    policy: Policy,
    now: datetime,
    holds: Sequence[Hold] = (),
    *,
    zone: tzinfo,
    days: int = 365,
    step_days: int = 30,
) -> list[ForecastStep]:
    """Let retention run every day from now on, on the points there are and those to come.

    `coming` gives the times of the backups to come, ascending; those after the last day are not
    looked at. The first step is now, then one every `step_days`, and the last is the last day.
    """
    kept = list(points)
    ahead = iter(coming)
    upcoming = next(ahead, None)
    steps: list[ForecastStep] = []
    forgotten = 0
    for day in range(days + 1):
        at = now + day * _DAY
        while upcoming is not None and upcoming <= at:
            kept.append(RetainedPoint(f"coming {upcoming.isoformat()}", upcoming))
            upcoming = next(ahead, None)
        is_step = day % step_days == 0 or day == days
        if policy.mode == "unlimited" and not is_step:
            continue
        decisions = [one for one in decide(kept, policy, at, holds, zone) if one.keep]
        forgotten += len(kept) - len(decisions)
        kept = [one.point for one in decisions]
        if is_step:
            steps.append(ForecastStep(at, tuple(decisions), forgotten))
    return steps
