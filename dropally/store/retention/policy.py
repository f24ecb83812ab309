"""How long restore points are kept: for ever, for a period, or by generations (GFS)."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

PeriodUnit = Literal["d", "mo", "y"]
Bucket = tuple[object, ...]

_PERIOD = re.compile(r"(?P<count>[1-9][0-9]{0,4})(?P<unit>d|mo|y)")
_FIRST_YEAR = 1


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time on the calendar: days, months or years."""

    count: int
    unit: PeriodUnit

    def before(self, moment: datetime, zone: tzinfo) -> datetime:
        """The moment this much earlier by the clock on the wall of `zone`.

        A month before 31 March is the last day of February. Before year 1 it is year 1.
        """
        local = moment.astimezone(zone)
        try:
            if self.unit == "d":
                return _at(local, local.date() - timedelta(days=self.count), zone)
            months = self.count * (12 if self.unit == "y" else 1)
            year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
            last = monthrange(max(year, _FIRST_YEAR), month + 1)[1]
            return _at(local, date(year, month + 1, min(local.day, last)), zone)
        except (ValueError, OverflowError):
            return datetime(_FIRST_YEAR, 1, 2, tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Policy:
    """What to keep. A count of 0 keeps nothing by that rule.

    `unlimited` keeps everything; `period` what is not older; `gfs` the newest point of so many of
    the latest hours, days, weeks (ISO), months and years that have one, and the `last` ones.
    """

    mode: Literal["unlimited", "period", "gfs"] = "unlimited"
    period: Period | None = None
    last: int = 0
    hourly: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0

    def __post_init__(self) -> None:
        counts = (self.last, *(count for _, count, _ in self.rules()))
        if (self.mode == "period") != (self.period is not None):
            raise ValueError("a period belongs to the mode 'period', and only to it")
        if min(counts) < 0 or (any(counts) != (self.mode == "gfs")):
            raise ValueError("the mode 'gfs' says how many of anything to keep, and only it does")

    def rules(self) -> tuple[tuple[str, int, Callable[[datetime], Bucket]], ...]:
        """Each rule's word, how many it keeps, and how it tells one hour, day, ... from another."""
        return (
            ("hourly", self.hourly, lambda local: (local.date(), local.hour, local.utcoffset())),
            ("daily", self.daily, lambda local: (local.date(),)),
            ("weekly", self.weekly, lambda local: tuple(local.isocalendar())[:2]),
            ("monthly", self.monthly, lambda local: (local.year, local.month)),
            ("yearly", self.yearly, lambda local: (local.year,)),
        )


def parse_period(text: str) -> Period:
    """A period as people write it: "30d", "12mo", "7y". Raises `ValueError`."""
    match = _PERIOD.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no period: write days, months or years: 30d, 12mo, 7y")
    unit: PeriodUnit = "d" if match["unit"] == "d" else "mo" if match["unit"] == "mo" else "y"
    return Period(int(match["count"]), unit)


def _at(local: datetime, day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, local.time(), zone)
