"""From what a clock on the wall shows to the moment it means, on days when clocks are moved too.

When clocks go forward, an hour is never shown; when they go back, one is shown twice. A run that
is fixed to a time of day takes place exactly once on such days: at the first moment that exists,
and at the first of the two. A run that follows the hours takes each real hour once.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

WallTimes = Callable[[datetime], Iterator[datetime]]
"""An ascending series of times on a wall clock (without a zone), from a given one on."""

# No zone has moved its clocks by more in living memory, but for the odd day lost at the date line.
_LARGEST_MOVE = timedelta(hours=3)
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


def shown_at(moment: datetime, zone: ZoneInfo) -> datetime:
    """What a clock on the wall shows at an aware moment."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def first_after(
    walls: WallTimes, after: datetime, zone: ZoneInfo, *, each_hour: bool
) -> datetime | None:
    """The first moment, in UTC, after `after` at which one of the wall times comes up.

    `each_hour`: a time shown twice counts twice, one that is never shown does not count.
    None if the series ends before.
    """
    shown = shown_at(after, zone)
    near_change = _clocks_move_near(after, zone)
    begin = shown - _LARGEST_MOVE if near_change else shown
    found: list[datetime] = []
    for wall in walls(begin):
        if found and wall > shown + _LARGEST_MOVE:
            break
        found += [m for m in _moments(wall, zone, each_hour=each_hour) if m > after]
        # Close to a change the series of moments is not ascending where times are shown twice.
        if found and not (each_hour and near_change):
            break
    return min(found, default=None)


def next_clock_change(after: datetime, zone: ZoneInfo, within: timedelta) -> datetime | None:
    """The next moment, in UTC, at which the zone's clocks are moved; None if there is none."""
    at, end = after, after + within
    while at < end:
        if _offset(at, zone) != _offset(at + _DAY, zone):
            return _transition(at, at + _DAY, zone).astimezone(UTC)
        at += _DAY
    return None


def _moments(wall: datetime, zone: ZoneInfo, *, each_hour: bool) -> Iterable[datetime]:
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return (first,)
    if first < second:  # shown twice
        return (first, second) if each_hour else (first,)
    # Never shown: fold=1 reckons with the offset after the change, fold=0 with the one before.
    return () if each_hour else (_transition(second, first, zone),)


def _clocks_move_near(moment: datetime, zone: ZoneInfo) -> bool:
    return _offset(moment - _LARGEST_MOVE, zone) != _offset(moment + _LARGEST_MOVE, zone)


def _transition(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment between two, to the second, from which on the later one's offset holds."""
    wanted = _offset(after, zone)
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if _offset(middle, zone) == wanted:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()
