"""The month's allowance of upload calls: counted here, because Dropbox tells only how many it is.

Many plans limit the calls to upload routes that all apps of a team make in a calendar month. Once
they are used up, nothing can be uploaded before the next month; a reserve is left for others.
"""

import math
import threading
from typing import Any, Protocol

import msgspec

from dropally.common.clock import Clock
from dropally.dropbox_api.errors import QuotaUsedUpError


class UploadMeter(Protocol):
    """Counts one team's upload calls; safe for many threads. Months are those of UTC."""

    def used_this_month(self) -> int:
        """Calls counted since the first of this month."""
        ...

    def add(self, calls: int) -> None:
        """Count calls that are about to be made."""
        ...


class MemoryUploadMeter:
    """A meter that forgets when the process ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._month = ""
        self._calls = 0

    def used_this_month(self) -> int:
        """Calls counted since the first of this month."""
        with self._lock:
            self._turn_page()
            return self._calls

    def add(self, calls: int) -> None:
        """Count calls that are about to be made."""
        with self._lock:
            self._turn_page()
            self._calls += calls

    def _turn_page(self) -> None:
        month = f"{self._clock.now():%Y-%m}"
        if month != self._month:
            self._month, self._calls = month, 0


class UploadQuota(msgspec.Struct, frozen=True):
    """A team's allowance in this month. `limit` None: Dropbox sets none.

    `used` counts Dropally's own calls. `reserved` calls are left for other apps.
    """

    limit: int | None
    used: int
    reserved: int

    @property
    def left(self) -> int | None:
        """Calls that Dropally may still make this month; None for any number."""
        return None if self.limit is None else max(0, self.limit - self.reserved - self.used)


class UploadGuard:
    """Asked before each upload call: counts it, or stops it.

    `lock` is that of all connections to the team.
    """

    def __init__(self, meter: UploadMeter, lock: threading.Lock, reserve: float) -> None:
        self._meter = meter
        self._lock = lock
        self._reserve = reserve
        self._limit: int | None = None
        self.is_limit_known = False

    def learn(self, limit: int | None) -> None:
        """What Dropbox says the month's limit is."""
        self._limit = limit
        self.is_limit_known = True

    def charge(self) -> None:
        """Count one call that is about to be made. Raises QuotaUsedUpError, and counts nothing."""
        with self._lock:
            quota = self.quota()
            if quota.left == 0:
                raise _used_up(quota)
            self._meter.add(1)

    def quota(self) -> UploadQuota:
        """The allowance of this month, as far as the limit is known."""
        reserved = 0 if self._limit is None else math.ceil(self._limit * self._reserve - 1e-9)
        return UploadQuota(self._limit, self._meter.used_this_month(), reserved)


def _used_up(quota: UploadQuota) -> QuotaUsedUpError:
    limit = quota.limit or 0
    kept = f"; {quota.reserved:,} are kept for other apps" if quota.reserved else ""
    return QuotaUsedUpError(
        f"Dropally has made {quota.used:,} of the team's {limit:,} upload calls of this month{kept}.",
        hint="Go on next month, lower upload_quota_reserve, or ask Dropbox for a higher data"
        " transport limit.",
    )


def upload_limit_in(features: dict[str, Any]) -> int | None:
    """The month's limit in an answer of team/features/get_values; None for none or unknown."""
    for value in features["values"]:
        if value[".tag"] == "upload_api_rate_limit":
            limit = value["upload_api_rate_limit"].get("limit")
            return int(limit) if limit is not None else None
    return None
