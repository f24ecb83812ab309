"""Keep or forget, with a reason each: a pure function of points, policy, time and holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from dropally.store.retention.policy import Policy


@dataclass(frozen=True, slots=True)
class RetainedPoint:
    """What retention must know of a restore point. `is_good`: nothing failed when it was made."""

    id: str
    time: datetime
    is_good: bool = True


@dataclass(frozen=True, slots=True)
class Hold:
    """Keeps the points from `start` to `end` (None: open) whatever the policy says, until `until`.

    `until` None: until somebody takes the hold away.
    """

    name: str
    start: datetime | None = None
    end: datetime | None = None
    until: datetime | None = None

    def covers(self, moment: datetime, now: datetime) -> bool:
        """Whether a point of that moment is held now."""
        return (
            (self.until is None or now < self.until)
            and (self.start is None or self.start <= moment)
            and (self.end is None or moment <= self.end)
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a point, and why; a point that is kept may have several reasons."""

    point: RetainedPoint
    keep: bool
    reasons: tuple[str, ...]


def decide(
    points: Iterable[RetainedPoint],
    policy: Policy,
    now: datetime,
    holds: Sequence[Hold] = (),
    zone: tzinfo = UTC,
) -> list[Decision]:
    """One decision for each point, newest first.

    The newest good point (without one, the newest) is never forgotten. A point that is newer than
    `now` is kept and counts for nothing, so that a wrong clock pushes no good point out. Holds win.
    Hours, days, weeks, months and years are those of `zone`. Times must know their zone.
    """
    ordered = sorted(points, key=lambda point: (point.time, point.id), reverse=True)
    counted = [point for point in ordered if point.time <= now]
    reasons: dict[str, list[str]] = {point.id: [] for point in ordered}
    for point in ordered:
        if point.time > now:
            reasons[point.id].append("newer than now")
        reasons[point.id].extend(
            f"hold: {hold.name}" for hold in holds if hold.covers(point.time, now)
        )
    newest_good = next((point for point in counted if point.is_good), None)
    if newest_good is not None:
        reasons[newest_good.id].append("newest good")
    elif counted:
        reasons[counted[0].id].append("newest")
    _apply(policy, counted, now, zone, reasons)
    return [
        Decision(point, bool(why), tuple(why) or (_why_not(policy),))
        for point in ordered
        for why in (reasons[point.id],)
    ]


def _apply(
    policy: Policy,
    counted: Sequence[RetainedPoint],
    now: datetime,
    zone: tzinfo,
    reasons: dict[str, list[str]],
) -> None:
    if policy.mode == "unlimited":
        for point in counted:
            reasons[point.id].append("unlimited")
    elif policy.period is not None:
        oldest = policy.period.before(now, zone)
        for point in counted:
            if point.time >= oldest:
                reasons[point.id].append(f"within {policy.period.count}{policy.period.unit}")
    else:
        _apply_generations(policy, counted, zone, reasons)


def _apply_generations(
    policy: Policy,
    counted: Sequence[RetainedPoint],
    zone: tzinfo,
    reasons: dict[str, list[str]],
) -> None:
    for number, point in enumerate(counted[: policy.last], start=1):
        reasons[point.id].append(f"last {number} of {policy.last}")
    for word, count, bucket_of in policy.rules():
        chosen: dict[object, RetainedPoint] = {}
        for point in counted if count else ():
            bucket = bucket_of(point.time.astimezone(zone))
            known = chosen.get(bucket)
            if known is None and len(chosen) == count:
                break
            # Of an hour, day, ... the newest good point; without a good one, the newest.
            if known is None or (point.is_good and not known.is_good):
                chosen[bucket] = point
        for number, point in enumerate(chosen.values(), start=1):
            reasons[point.id].append(f"{word} {number} of {count}")


def _why_not(policy: Policy) -> str:
    if policy.period is not None:
        return f"older than {policy.period.count}{policy.period.unit}"
    return "no rule keeps it"
