"""What the appliance tells people, each as one letter: the template's name and what fills it.

Values are texts; lists are texts of one line each. Times are written with the organisation's zone
when the mail is sent, so they travel as RFC 3339 in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dropally.common.text import format_bytes, format_time

_LONGEST_LIST = 50


@dataclass(frozen=True)
class Letter:
    """A mail before it has a recipient.

    Of letters with the same `fold`, somebody gets one within an hour.
    """

    kind: str
    values: dict[str, str] = field(repr=False)
    expires: datetime | None = None
    fold: str = ""


def restore_finished(
    *,
    title: str,
    outcome: str,
    restored: int,
    skipped: int,
    failed: int,
    size_bytes: int,
    not_restored: Sequence[str],
    link: str,
) -> Letter:
    """A restore has ended (F103): its counts, and the items that were skipped or failed.

    `outcome` is the job's status in words.
    """
    values = {
        "title": title,
        "outcome": outcome,
        "restored": str(restored),
        "skipped": str(skipped),
        "failed": str(failed),
        "size": format_bytes(size_bytes),
        "link": link,
        **_listed("not_restored", not_restored),
    }
    return Letter("restore_finished", values)


def export_ready(
    *, title: str, link: str, expires: datetime, size_bytes: int, sha256: str
) -> Letter:
    """A prepared download waits (F107): link, end with zone, size and checksum."""
    values = {
        "title": title,
        "link": link,
        "expires": format_time(expires),
        "size": format_bytes(size_bytes),
        "size_bytes": str(size_bytes),
        "sha256": sha256,
    }
    return Letter("export_ready", values, expires)


def entity_discovered(
    *,
    task: str,
    activated: Sequence[str],
    waiting: Sequence[str],
    archived: Sequence[str],
    link: str,
) -> Letter:
    """Members and folders that came or went: protected now, waiting for somebody, or kept only."""
    values = {
        "task": task,
        "link": link,
        **_listed("activated", activated),
        **_listed("waiting", waiting),
        **_listed("archived", archived),
    }
    return Letter("entity_discovered", values)


def connection_lost(*, team: str, cause: str, hint: str, since: datetime, link: str) -> Letter:
    """Dropbox does not let us in any more: backups of that team have stopped."""
    values = {"team": team, "cause": cause, "hint": hint, "since": format_time(since), "link": link}
    return Letter("connection_lost", values, fold=f"connection_lost:{team}:{cause}")


def job_failed(*, title: str, cause: str, hint: str, link: str) -> Letter:
    """A job has failed (F187). The same cause of the same work is told once an hour."""
    values = {"title": title, "cause": cause, "hint": hint, "link": link}
    return Letter("job_failed", values, fold=f"job_failed:{title}:{cause}")


def storage_trouble(*, storage: str, cause: str, hint: str, link: str) -> Letter:
    """A storage is full or cannot be reached (F187)."""
    values = {"storage": storage, "cause": cause, "hint": hint, "link": link}
    return Letter("storage_trouble", values, fold=f"storage_trouble:{storage}:{cause}")


def deletion_notice(*, what: str, by: str, gone_at: datetime, link: str) -> Letter:
    """Somebody has deleted backups; until `gone_at` they can be brought back."""
    values = {"what": what, "by": by, "gone_at": format_time(gone_at), "link": link}
    return Letter("deletion_notice", values)


def decommission_notice(*, by: str, gone_at: datetime, link: str) -> Letter:
    """The appliance is taken out of service; until `gone_at` it can be reactivated."""
    return Letter("decommission_notice", {"by": by, "gone_at": format_time(gone_at), "link": link})


def settings_changed(
    *, by: str, when: datetime, address: str, changes: Mapping[str, tuple[str, str]]
) -> Letter:
    """Settings that matter for safety have other values: who, when, from where, before and after."""
    told = [
        f"{key}: {before or '(empty)'} → {after or '(empty)'}"
        for key, (before, after) in changes.items()
    ]
    values = {"by": by, "when": format_time(when), "address": address, **_listed("changes", told)}
    return Letter("settings_changed", values)


def mail_check(*, by: str) -> Letter:
    """Somebody wants to see whether mails arrive."""
    return Letter("test", {"by": by})


def _listed(name: str, items: Sequence[str]) -> dict[str, str]:
    """A list as lines, cut where nobody would read on, with the number of those left out."""
    lines = [" ".join(item.split()) for item in items[:_LONGEST_LIST]]
    return {name: "\n".join(lines), f"{name}_more": str(max(0, len(items) - _LONGEST_LIST))}
