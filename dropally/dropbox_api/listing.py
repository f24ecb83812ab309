"""Walking a namespace: every entry once, then what changed since a cursor.

Entries are Dropbox's JSON as it came (dicts). Objects of the SDK would cost twelve times the
time; a namespace may have millions of entries.
"""

import threading
from collections.abc import Iterator, Sequence

from dropally.common.errors import UsageError
from dropally.dropbox_api import routes
from dropally.dropbox_api.errors import (
    CursorResetError,
    IdentityRefusedError,
    ItemFailure,
    RouteError,
    item_failure,
)
from dropally.dropbox_api.gateway import Gateway
from dropally.dropbox_api.identity import Identity, as_admin, as_user, nobody
from dropally.dropbox_api.models import ListPage, LongpollAnswer

PAGE_LIMIT = 2000
# Dropbox's bounds for a longpoll, and how much longer than asked it may keep one.
LONGPOLL_S = (30, 480)
_JITTER_S = 90
_ANSWER_S = 10
# So many identities are asked before a namespace counts as gone or closed.
_OPINIONS = 3


def list_pages(
    gateway: Gateway,
    namespace_id: str,
    identities: Sequence[Identity],
    cursor: str | None,
    cancelled: threading.Event,
) -> Iterator[ListPage]:
    """Pages from the start (`cursor` None) or of what changed since `cursor`.

    A page may be empty and still have more behind it. A listing is whole only when a page with
    `has_more=False` came. Store the newest cursor, even an empty page's.
    Raises CursorResetError (list anew), ItemFailure (the namespace is gone or closed).
    """
    if cursor is None:
        page, identity = _first_page(gateway, namespace_id, identities, cancelled)
        yield page
        cursor, more = page.cursor, page.has_more
    else:
        identity, more = cursor_identity(cursor, identities), True
    while more:
        page = _next_page(gateway, namespace_id, identity, cursor, cancelled)
        yield page
        cursor, more = page.cursor, page.has_more


def changes_page(
    gateway: Gateway, namespace_id: str, cursor: str, cancelled: threading.Event
) -> ListPage:
    """The first page of what changed since `cursor`, asked for by whoever the cursor belongs to.

    The cheapest question there is: one call, and nobody needs to know who is in the team.
    Raises CursorResetError, also when that one may not look any more, and ItemFailure.
    """
    kind, _, member_id = cursor.partition("|")[0].partition(":")
    identity = as_admin(member_id) if kind == "admin" else as_user(member_id)
    return _next_page(gateway, namespace_id, identity, cursor, cancelled)


def longpoll(
    gateway: Gateway, namespace_id: str, cursor: str, timeout_s: int, cancelled: threading.Event
) -> LongpollAnswer:
    """Wait until something changes behind `cursor`, `timeout_s` (30 to 480) at most.

    Dropbox adds up to 90 s. Where it asks for a pause before the next longpoll of the namespace,
    that one waits by itself. It holds the calling thread and one connection, but nobody's turn:
    longpolls carry no token and count for no member. Raises CursorResetError, CancelledError,
    UsageError.
    """
    shortest, longest = LONGPOLL_S
    if not shortest <= timeout_s <= longest:
        raise UsageError(
            f"A longpoll of {timeout_s} s is not possible.",
            hint=f"Dropbox takes {shortest} to {longest} s.",
        )
    identity = nobody(namespace_id)
    arg = {"cursor": _bare_cursor(cursor), "timeout": timeout_s}
    silence_s = timeout_s + _JITTER_S + _ANSWER_S
    try:
        answer = gateway.call(
            routes.LIST_FOLDER_LONGPOLL, arg, identity, cancelled, timeout_s=silence_s
        )
    except RouteError as error:
        raise _cursor_trouble(error, namespace_id) from error
    backoff_s = answer.get("backoff") or 0
    if backoff_s:
        gateway.pacer.hold(identity.bucket, backoff_s)
    return LongpollAnswer(answer["changes"], backoff_s)


def marked_cursor(identity: Identity, cursor: str) -> str:
    """The cursor together with the identity it belongs to; Dropbox's cursors are personal."""
    return f"{identity}|{cursor}"


def cursor_identity(cursor: str, identities: Sequence[Identity]) -> Identity:
    """Who walks on from this cursor. Raises CursorResetError if that one may not any more."""
    kind, _, member_id = cursor.partition("|")[0].partition(":")
    for identity in identities:
        if (identity.kind, identity.member_id) == (kind, member_id):
            return identity
    raise CursorResetError("The listing began in the name of somebody who may no longer look.")


def _bare_cursor(cursor: str) -> str:
    return cursor.partition("|")[2]


def _first_page(
    gateway: Gateway,
    namespace_id: str,
    identities: Sequence[Identity],
    cancelled: threading.Event,
) -> tuple[ListPage, Identity]:
    arg = {
        "path": "",
        "recursive": True,
        "include_mounted_folders": False,
        "include_deleted": False,
        "include_has_explicit_shared_members": True,
        "limit": PAGE_LIMIT,
    }
    failure: ItemFailure | None = None
    for identity in identities[:_OPINIONS]:
        try:
            page = gateway.call(routes.LIST_FOLDER, arg, identity, cancelled, root=namespace_id)
        except IdentityRefusedError as error:
            failure = failure or ItemFailure("no_permission", f"ns:{namespace_id}: {error}")
        except RouteError as error:
            failure = failure or item_failure(error, f"ns:{namespace_id}")
        else:
            marked = marked_cursor(identity, page["cursor"])
            return ListPage(page["entries"], marked, page["has_more"]), identity
    raise failure or ItemFailure("no_permission", f"ns:{namespace_id}: nobody may look at it")


def _next_page(
    gateway: Gateway,
    namespace_id: str,
    identity: Identity,
    cursor: str,
    cancelled: threading.Event,
) -> ListPage:
    arg = {"cursor": _bare_cursor(cursor)}
    try:
        page = gateway.call(
            routes.LIST_FOLDER_CONTINUE, arg, identity, cancelled, root=namespace_id
        )
    except IdentityRefusedError as error:
        raise CursorResetError(f"The cursor's owner lost access: {error}") from error
    except RouteError as error:
        raise _cursor_trouble(error, namespace_id) from error
    return ListPage(page["entries"], marked_cursor(identity, page["cursor"]), page["has_more"])


def _cursor_trouble(error: RouteError, namespace_id: str) -> CursorResetError | ItemFailure:
    if error.tag.startswith("reset"):
        return CursorResetError(f"Dropbox forgot the cursor of ns:{namespace_id}.")
    return item_failure(error, f"ns:{namespace_id}")
