"""Walks a namespace's listing into its stage: the first time, since a cursor, or after a reset."""

from dropally.catalog.stage import Stage
from dropally.common.errors import TryLaterError
from dropally.dropbox_api import CursorResetError, NamespaceClient
from dropally.jobs.context import JobContext
from dropally.jobs.entries import read_listed

_MOST_RESETS = 3


def list_namespace(context: JobContext, client: NamespaceClient, stage: Stage) -> None:
    """Bring the stage to the end of the listing; it goes on where an interrupted one stopped.

    The pages and cursors are durable one by one. Raises TryLaterError when Dropbox gives up one
    cursor after the other.
    """
    for _ in range(_MOST_RESETS):
        try:
            _walk(context, client, stage)
        except CursorResetError:
            context.note("Dropbox gave up the listing's cursor: listing everything again")
            stage.begin_again()
            continue
        return
    raise TryLaterError(
        "Dropbox gave up the listing's cursor again and again", hint="run the backup again later"
    )


def _walk(context: JobContext, client: NamespaceClient, stage: Stage) -> None:
    listed = context.phase("list", "entries")
    for page in client.list(stage.cursor):
        context.check()
        stage.apply_page(map(read_listed, page.entries), page.cursor)
        listed.add(len(page.entries))
        # Only has_more ends a listing: pages may be empty, and deletions count only at the end.
        if not page.has_more:
            stage.end_listing()
