"""What can be set for a task, and what is wrong with what was given."""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dropally.auth.errors import FieldsError
from dropally.common.errors import DropallyError

_PERIOD = re.compile(r"(?P<count>[1-9][0-9]{0,4})(?P<unit>d|mo|y)")
_DAYS_IN: dict[str, float] = {"d": 1, "mo": 30.4375, "y": 365.25}
_LONGEST_DAYS = 36_525

Count = Annotated[int, Meta(ge=0, le=10_000)]


class Retention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long backups are kept. The newest good one is always kept.

    `period` is for mode "period": days, months or years, as in "30d", "12mo", "7y". The `keep_`
    counts are for mode "gfs": so many of the latest, and of days, weeks, months and years.
    """

    mode: Literal["unlimited", "period", "gfs"] = "unlimited"
    period: str = ""
    keep_last: Count = 0
    keep_daily: Count = 0
    keep_weekly: Count = 0
    keep_monthly: Count = 0
    keep_yearly: Count = 0


class TaskSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of a task, with their defaults.

    `auto_activate_*`: what is new in the team is backed up without anybody's doing; of new
    members only those in one of `auto_activate_groups` (names), where any are given.
    `archived_keep_days`: how long backups of what has left the team are kept; 0 is for ever.
    """

    index_content: bool = True
    auto_activate_members: bool = True
    auto_activate_team_folders: bool = True
    auto_activate_shared_folders: bool = True
    auto_activate_groups: tuple[str, ...] = ()
    archived_keep_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
    retention: Retention = Retention()


def period_days(period: str) -> float | None:
    """How many days "30d", "12mo" or "7y" are; None for anything else."""
    match = _PERIOD.fullmatch(period)
    return int(match["count"]) * _DAYS_IN[match["unit"]] if match else None


def check_task_settings(settings: TaskSettings) -> None:
    """Raise FieldsError that names every setting that cannot be used."""
    problems: list[tuple[str, str]] = []
    retention = settings.retention
    if retention.mode == "period":
        days = period_days(retention.period)
        if days is None:
            problems.append(("retention.period", "write days, months or years: 30d, 12mo, 7y"))
        elif days > _LONGEST_DAYS:
            problems.append(("retention.period", "100 years at most; or choose unlimited"))
    elif retention.period:
        problems.append(("retention.period", f"is not for mode {retention.mode!r}"))
    counts = _counts(retention)
    if retention.mode == "gfs" and not any(counts):
        problems.append(("retention.keep_last", "say how many of anything to keep"))
    if retention.mode != "gfs" and any(counts):
        problems.append(("retention.keep_last", f"is not for mode {retention.mode!r}"))
    if any(not name.strip() for name in settings.auto_activate_groups):
        problems.append(("auto_activate_groups", "a group has a name"))
    if problems:
        raise FieldsError(problems)


def keeps_less(new: Retention, old: Retention) -> bool:
    """True if backups that `old` keeps could go by `new`. In doubt, yes."""
    if new == old or new.mode == "unlimited":
        return False
    if new.mode == old.mode == "period":
        return (period_days(new.period) or 0) < (period_days(old.period) or 0)
    if new.mode == old.mode == "gfs":
        pairs = zip(_counts(new), _counts(old), strict=True)
        return any(now < before for now, before in pairs)
    return True


def encode_settings(settings: TaskSettings) -> str:
    """As the database keeps them."""
    return msgspec.json.encode(settings).decode()


def decode_settings(stored: str) -> TaskSettings:
    """The reverse. Raises DropallyError for what no version wrote."""
    try:
        return msgspec.json.decode(stored, type=TaskSettings)
    except msgspec.ValidationError as error:
        raise DropallyError(
            f"the stored settings of a task cannot be used: {error}",
            hint="save the task's settings again",
        ) from error


def differences(before: TaskSettings, after: TaskSettings) -> dict[str, object]:
    """What changed, as the audit keeps it: name -> [before, after]."""
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return {name: [old[name], new[name]] for name in old if old[name] != new[name]}


def _counts(retention: Retention) -> tuple[int, ...]:
    return (
        retention.keep_last,
        retention.keep_daily,
        retention.keep_weekly,
        retention.keep_monthly,
        retention.keep_yearly,
    )
