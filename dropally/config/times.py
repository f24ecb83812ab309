"""Times of day, zones and plans: `"03:00"`, `"Europe/Berlin"`, `"weekly sun 06:00"`."""

import re
from dataclasses import dataclass
from typing import Literal

from dropally.common.clock import time_zone_names
from dropally.common.errors import UsageError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class UpkeepPlan:
    """When something of the appliance's own runs, in UTC. `weekday` is "" unless weekly."""

    frequency: Literal["off", "daily", "weekly"]
    hour: str = ""
    weekday: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.frequency, self.weekday, self.hour) if part)


def parse_time(value: object) -> str:
    """A time of day as `HH:MM`."""
    matched = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if matched is None:
        raise UsageError('must be a time of day such as "03:00"')
    return f"{int(matched[1]):02}:{matched[2]}"


def parse_zone(value: object) -> str:
    """The name of a time zone."""
    if not isinstance(value, str) or value not in time_zone_names():
        raise UsageError('must be a time zone such as "UTC" or "Europe/Berlin"')
    return value


def parse_upkeep_plan(value: object) -> UpkeepPlan:
    """`"daily 02:00"`, `"weekly sun 06:00"` or `"off"`."""
    words = value.lower().split() if isinstance(value, str) else []
    match words:
        case ["off"]:
            return UpkeepPlan("off")
        case ["daily", hour]:
            return UpkeepPlan("daily", parse_time(hour))
        case ["weekly", day, hour] if day in WEEKDAYS:
            return UpkeepPlan("weekly", parse_time(hour), day)
    raise UsageError('must be "off", "daily 02:00" or "weekly sun 06:00"')
