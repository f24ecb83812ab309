"""Asking about single files: what is there now, and which versions Dropbox still has."""

import threading
from typing import Any

from dropally.dropbox_api import routes
from dropally.dropbox_api.errors import RouteError
from dropally.dropbox_api.gateway import Gateway
from dropally.dropbox_api.models import Revision, Revisions
from dropally.dropbox_api.spread import Readers

_REVISIONS_LIMIT = 100


def get_metadata(
    gateway: Gateway, readers: Readers, root: str, path: str, cancelled: threading.Event
) -> dict[str, Any]:
    """The entry at `path` (a path, "id:..." or "rev:...") as Dropbox tells it.

    Raises ItemFailure; reason "vanished" when nothing is there.
    """
    metadata: dict[str, Any] = readers.ask(
        path,
        lambda identity: gateway.call(
            routes.GET_METADATA, {"path": path}, identity, cancelled, root=root
        ),
    )
    return metadata


def list_revisions(
    gateway: Gateway, readers: Readers, root: str, path_or_id: str, cancelled: threading.Event
) -> Revisions:
    """The versions Dropbox still has, newest first.

    By path: those of whatever was at the path, all of them. By id: those of the file wherever it
    was, the newest hundred (Dropbox pages by path only). Raises ItemFailure.
    """
    by_id = path_or_id.startswith("id:")
    arg: dict[str, Any] = {
        "path": path_or_id,
        "mode": "id" if by_id else "path",
        "limit": _REVISIONS_LIMIT,
    }

    def ask(arg: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = readers.ask(
            path_or_id,
            lambda identity: gateway.call(
                routes.LIST_REVISIONS, arg, identity, cancelled, root=root
            ),
        )
        return answer

    answer = ask(arg)
    entries = [_revision(entry) for entry in answer["entries"]]
    while answer.get("has_more") and not by_id and entries:
        answer = ask({**arg, "before_rev": entries[-1].rev})
        entries.extend(_revision(entry) for entry in answer["entries"])
    return Revisions(
        is_deleted=answer["is_deleted"],
        entries=tuple(entries),
        complete=not answer.get("has_more", False),
    )


def is_not_found(error: RouteError) -> bool:
    """Tell if the refusal says that nothing is there."""
    return error.tag.endswith("not_found")


def _revision(entry: dict[str, Any]) -> Revision:
    return Revision(
        rev=entry["rev"],
        size_bytes=entry["size"],
        content_hash=entry.get("content_hash", ""),
        client_modified=entry["client_modified"],
        server_modified=entry["server_modified"],
        name=entry["name"],
        modified_by=entry.get("sharing_info", {}).get("modified_by", ""),
    )
