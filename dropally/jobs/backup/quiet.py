"""Most namespaces change nothing from one run to the next: one call tells, and costs no more."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from dropally.dropbox_api import CursorResetError, ListPage, NamespaceClient
from dropally.jobs.backup.namespace import has_retries
from dropally.store import Snapshot


class Listing(NamedTuple):
    """What was listed behind a snapshot. `pages` begins with the page that was looked at."""

    is_quiet: bool
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
    pages = client.list(cursor)
    try:
        first = next(pages)
    except CursorResetError:
        return None
    is_quiet = not first.entries and not first.has_more
    return Listing(is_quiet, first.cursor, chain([first], pages))
