"""Stretches of time that lists are narrowed to."""

from datetime import datetime, timedelta
from typing import Literal

from dropally.auth.errors import FieldsError

Window = Literal["24h", "7d", "30d", "90d", "all"]
_LENGTHS: dict[Window, timedelta | None] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
    "all": None,
}


def stretch(
    now: datetime, window: Window, start: datetime | None, end: datetime | None
) -> tuple[datetime | None, datetime | None]:
    """Start and end; dates that are given win over the window. Raises FieldsError."""
    unzoned = [
        (name, "has no time zone: end it with Z, or with +01:00")
        for name, moment in (("start", start), ("end", end))
        if moment is not None and moment.tzinfo is None
    ]
    if unzoned:
        raise FieldsError(unzoned)
    if start is not None and end is not None and start > end:
        raise FieldsError([("start", "is later than the end")])
    length = _LENGTHS[window]
    if start is None and end is None and length is not None:
        return now - length, None
    return start, end
