"""The folders directly in a folder, as they are now: for choosing where to restore to."""

import threading
from typing import Any, NamedTuple

from dropally.dropbox_api import routes
from dropally.dropbox_api.gateway import Gateway
from dropally.dropbox_api.listing import PAGE_LIMIT
from dropally.dropbox_api.spread import Choice, Readers

_MOST_PAGES = 10


class FolderListing(NamedTuple):
    """Folders as Dropbox tells them. `is_complete` False: there was too much to look through."""

    folders: tuple[dict[str, Any], ...]
    is_complete: bool


def list_folders(
    gateway: Gateway, readers: Readers, root: str, path: str, cancelled: threading.Event
) -> FolderListing:
    """What `path` ("" for the root) holds, files left out. Raises ItemFailure.

    Dropbox lists files and folders together, so only the first 20,000 entries are looked at.
    """
    arg = {
        "path": path,
        "recursive": False,
        "include_mounted_folders": True,
        "include_deleted": False,
        "limit": PAGE_LIMIT,
    }

    def ask(choice: Choice) -> FolderListing:
        page = gateway.call(routes.LIST_FOLDER, arg, choice, cancelled, root=root)
        found = _folders(page)
        for _ in range(_MOST_PAGES - 1):
            if not page["has_more"]:
                break
            # A cursor belongs to whoever began with it.
            page = gateway.call(
                routes.LIST_FOLDER_CONTINUE,
                {"cursor": page["cursor"]},
                choice.last,
                cancelled,
                root=root,
            )
            found += _folders(page)
        return FolderListing(tuple(found), not page["has_more"])

    return readers.ask(path or "/", ask)


def _folders(page: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for entry in page["entries"] if entry[".tag"] == "folder"]
