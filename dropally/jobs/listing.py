"""Walks a namespace's listing into its stage: the first time, since a cursor, or after a reset."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from dropally.catalog.stage import Stage
from dropally.common.errors import TryLaterError
from dropally.dropbox_api import CursorResetError, ListPage, NamespaceClient
from dropally.jobs.context import JobContext
from dropally.jobs.entries import read_listed

_MOST_RESETS = 3


def list_namespace(
    context: JobContext,
    client: NamespaceClient,
    stage: Stage,
    begun: Iterator[ListPage] | None = None,
) -> None:
    """Bring the stage to the end of the listing; it goes on where an interrupted one stopped.

    `begun`: pages from the stage's cursor on that are being asked for already. The pages and
    cursors are durable one by one. Raises TryLaterError when Dropbox gives up one cursor after
    the other.
    """
    for _ in range(_MOST_RESETS):
        pages, begun = begun or client.list(stage.cursor), None
        try:
            _walk(context, pages, stage)
        except CursorResetError:
            context.note("Dropbox gave up the listing's cursor: listing everything again")
            stage.begin_again()
            continue
        return
    raise TryLaterError(
        "Dropbox gave up the listing's cursor again and again", hint="run the backup again later"
    )


def _walk(context: JobContext, pages: Iterator[ListPage], stage: Stage) -> None:
    listed = context.phase("list", "entries")
    with closing(_one_ahead(pages)) as ahead:
        for page in ahead:
            context.check()
            stage.apply_page(map(read_listed, page.entries), page.cursor)
            listed.add(len(page.entries))
            # Only has_more ends a listing: pages may be empty, and deletions count only at the end.
            if not page.has_more:
                stage.end_listing()


def _one_ahead(pages: Iterator[ListPage]) -> Generator[ListPage, None, None]:
    """The same pages; the next one is asked for while the last one is worked on."""
    first = next(pages, None)
    if first is None:
        return
    if not first.has_more:  # as nearly always: not worth a thread
        yield first
        return
    with ThreadPoolExecutor(1, thread_name_prefix="list-ahead") as asking:
        coming = asking.submit(next, pages, None)
        yield first
        while (page := coming.result()) is not None:
            coming = asking.submit(next, pages, None)
            yield page
