"""Most namespaces change nothing from one run to the next: one call tells, and costs no more."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from dropally.dropbox_api import CursorResetError, ListPage, NamespaceClient
from dropally.jobs.backup.namespace import has_retries
from dropally.store import Snapshot

# What a killed run may have to fetch once more, since small listings are kept in memory only.
_SMALL_BYTES = 8 << 20


class Listing(NamedTuple):
    """What was listed behind a snapshot. `pages` begins with the page that was looked at.

    `is_small`: that page is all there is, and what it names is fetched again in no time.
    """

    is_quiet: bool
    is_small: bool
    cursor: str
    pages: Iterator[ListPage]


def look_for_changes(
    client: NamespaceClient, parent: Snapshot, cursor: str | None, now: datetime
) -> Listing | None:
    """Ask what changed since `cursor`; None if the namespace has to be listed in any case.

    That is so when the last run left something to try again, or Dropbox gave up the cursor.
    Raises ItemFailure and what else a listing raises.
    """
    if not cursor or has_retries(parent, now):
        return None
    return begin_listing(client, cursor)


def begin_listing(client: NamespaceClient, cursor: str | None) -> Listing | None:
    """Ask for one page: what changed since `cursor`, or the first of everything without one.

    None if Dropbox gave up the cursor. Raises ItemFailure and what else a listing raises.
    """
    pages = client.list(cursor)
    try:
        first = next(pages)
    except CursorResetError:
        return None
    is_all = not first.has_more
    size_bytes = sum(entry.get("size", 0) for entry in first.entries)
    return Listing(
        is_quiet=is_all and not first.entries,
        is_small=is_all and size_bytes <= _SMALL_BYTES,
        cursor=first.cursor,
        pages=chain([first], pages),
    )
