"""From a date range as people pick it on a calendar to moments."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from dropally.auth.errors import FieldsError

_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_LAST = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class DateRange:
    """From `start` up to and with `end`, and the zone whose days are meant."""

    start: datetime
    end: datetime
    zone: tzinfo


def parse_range(start: str, end: str, zone_name: str) -> DateRange:
    """A range of days (`2026-11-20`, both included) or moments (RFC 3339); "" is open.

    Days are those of the zone (an IANA name). Raises FieldsError.
    """
    problems: list[tuple[str, str]] = []
    zone = _zone(zone_name, problems)
    first = _moment("from", start, zone, problems, is_end=False) or _FIRST
    last = _moment("to", end, zone, problems, is_end=True) or _LAST
    if not problems and last < first:
        problems.append(("to", "is before the start of the range"))
    if problems:
        raise FieldsError(problems)
    return DateRange(first, last, zone)


def _zone(name: str, problems: list[tuple[str, str]]) -> tzinfo:
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a key that is a folder or climbs out is one of these
        problems.append(("zone", f"{name!r} is no time zone; write it like Europe/Berlin"))
        return UTC


def _moment(
    field: str, text: str, zone: tzinfo, problems: list[tuple[str, str]], *, is_end: bool
) -> datetime | None:
    if not text:
        return None
    try:
        if len(text) == 10:
            day = date.fromisoformat(text) + timedelta(days=is_end)
            edge = datetime.combine(day, time(), zone).astimezone(UTC)
            return edge - timedelta(microseconds=1) if is_end else edge
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        problems.append((field, f"{text!r} is no date; write it like 2026-11-20"))
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        problems.append((field, f"{text!r} is too far away"))
        return None
