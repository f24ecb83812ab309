"""`ENTITY[@DATE]:/path`, as an admin types it.

An entity is a member's e-mail address, a team folder's or shared folder's name, or `ns:ID`.
A date is `latest`, `-2` (so many restore points back), a date, a time, or a restore point's id.
Dates and times are UTC unless they say otherwise; a date alone means the end of that day.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Protocol, TypeVar

from dropally.common.errors import NotFoundError, UsageError
from dropally.common.text import format_time

LATEST = "latest"
_BACK = re.compile(r"-\d{1,6}")
_POINT_ID = re.compile(r"[0-9a-f]{8,64}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHOWN_NEIGHBOURS = 3


class Dated(Protocol):
    """A restore point, as far as choosing one needs to know."""

    @property
    def id(self) -> str:
        """Its name in the repository."""
        ...

    @property
    def time(self) -> datetime:
        """When it was written, in UTC."""
        ...


DatedT = TypeVar("DatedT", bound=Dated)


@dataclass(frozen=True)
class Address:
    """A parsed address; `path` begins with "/" and has no "/" at its end, save the root itself."""

    entity: str
    date: str
    path: str

    def __str__(self) -> str:
        date = "" if self.date == LATEST else f"@{self.date}"
        return f"{self.entity}{date}:{self.path}"


def parse_address(text: str) -> Address:
    """Split an address. UsageError when it is none."""
    front, colon, path = text.partition(":/")
    if not colon:
        front, path = text.removesuffix(":"), ""
    entity, at, date = front.rpartition("@")
    if not (at and _is_date(date)):
        entity, date = front, LATEST
    entity = entity.strip()
    if not entity:
        raise UsageError(
            f"{text!r} names nobody",
            hint="write ENTITY:/path or ENTITY@DATE:/path, such as ann@example.com@2026-11-20:/Reports",
        )
    parts = [part for part in path.split("/") if part]
    if ".." in parts or "." in parts:
        raise UsageError(
            f"{text!r} contains a part . or ..", hint="write the path as it is in Dropbox"
        )
    return Address(entity, date, "/" + "/".join(parts))


def _is_date(text: str) -> bool:
    if text == LATEST or _BACK.fullmatch(text) or _POINT_ID.fullmatch(text):
        return True
    return _parse_moment(text) is not None


def _parse_moment(text: str) -> datetime | None:
    """The last moment that `text` includes: the end of a day, or a time as given."""
    if not text[:4].isdigit():
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if _DAY.fullmatch(text):
        return moment + timedelta(days=1, microseconds=-1)
    if moment.microsecond == 0:  # 14:03 and 14:03:20 include the points of that very second
        moment += timedelta(microseconds=999_999)
    return moment


def choose_point(points: Sequence[DatedT], date: str) -> DatedT:
    """The restore point that `date` means; `points` are oldest first.

    Raises NotFoundError naming the nearest points, or saying that there is no backup yet.
    """
    if not points:
        raise NotFoundError("there is no restore point yet", hint="run `dropally backup` first")
    if date == LATEST:
        return points[-1]
    if _BACK.fullmatch(date):
        back = int(date[1:])
        if back >= len(points):
            raise NotFoundError(
                f"there are only {len(points)} restore points, so none is {back} back",
                hint=f"the oldest is {_named(points[0])}",
            )
        return points[-1 - back]
    if found := [point for point in points if short_id(point.id).startswith(date)]:
        return found[-1]
    moment = _parse_moment(date)
    if moment is None:
        raise NotFoundError(f"no restore point is called {date!r}", hint=_neighbours(points))
    earlier = [point for point in points if point.time <= moment]
    if not earlier:
        raise NotFoundError(
            f"no restore point is as old as {date}", hint=f"the oldest is {_named(points[0])}"
        )
    return earlier[-1]


def short_id(point_id: str) -> str:
    """The random end of a restore point's id: enough to name it by."""
    return point_id.rpartition("-")[2]


def _named(point: Dated) -> str:
    return f"{short_id(point.id)} of {format_time(point.time)}"


def _neighbours(points: Sequence[Dated]) -> str:
    newest = [_named(point) for point in points[-_SHOWN_NEIGHBOURS:]]
    return f"the newest are: {', '.join(reversed(newest))}"


def nearest_names(wanted: str, known: Sequence[str]) -> str:
    """A hint: the names that look most like the one that was asked for."""
    close = get_close_matches(
        wanted.casefold(), [name.casefold() for name in known], n=3, cutoff=0.4
    )
    similar = [name for name in known if name.casefold() in close][:_SHOWN_NEIGHBOURS]
    if similar:
        return f"did you mean {' or '.join(similar)}?"
    return f"there are: {', '.join(sorted(known)[:20])}" if known else ""
