"""From one entry of a Dropbox listing (JSON as it came) to a row of the stage."""

from datetime import datetime
from typing import Any

import msgspec

from dropally.catalog.staged_page import DeletedPath, StagedItem
from dropally.store import Content, Entry, encode_entry

NO_BYTES = Content(0)
_CONTENT_DECODER = msgspec.msgpack.Decoder(Content)
encode_content = msgspec.msgpack.Encoder().encode
decode_content = _CONTENT_DECODER.decode
# What Dropbox says about an item that is worth keeping though nothing here depends on it.
_KEPT_AS_IS = (
    "export_info",
    "file_lock_info",
    "has_explicit_shared_members",
    "property_groups",
)
_KEPT_SHARING = ("parent_shared_folder_id", "traverse_only", "no_access")


def read_listed(raw: dict[str, Any]) -> StagedItem | DeletedPath:
    """One entry of files/list_folder. Raises KeyError when Dropbox left out what it promises."""
    path = raw["path_lower"]
    tag = raw[".tag"]
    if tag == "deleted":
        return DeletedPath(path)
    entry = _folder_entry(raw) if tag == "folder" else _file_entry(raw)
    # Symlinks, empty files and folders are complete as they are listed.
    wanted = entry.kind in {"file", "cloud_file"} and entry.content is None and not entry.failure
    fingerprint = entry.content_hash if entry.kind == "file" else None
    return StagedItem(
        path, tag == "folder", encode_entry(entry), fingerprint, entry.size_bytes, wanted
    )


def _folder_entry(raw: dict[str, Any]) -> Entry:
    sharing = raw.get("sharing_info")
    if sharing is None:
        return Entry("folder", raw["name"], raw.get("id", ""), extra=_extra(raw, {}))
    return Entry(
        "folder",
        raw["name"],
        raw.get("id", ""),
        mount=sharing.get("shared_folder_id", ""),
        read_only=bool(sharing.get("read_only", False)),
        extra=_extra(raw, sharing),
    )


def _file_entry(raw: dict[str, Any]) -> Entry:
    sharing = raw.get("sharing_info") or {}
    content_hash = raw.get("content_hash")
    size = raw["size"]
    entry = Entry(
        "file",
        raw["name"],
        raw["id"],
        raw["rev"],
        size,
        _seconds(raw["client_modified"]),
        _seconds(raw["server_modified"]),
        bytes.fromhex(content_hash) if content_hash else None,
        sharing.get("modified_by") or "",
        read_only=bool(sharing.get("read_only", False)),
        extra=_extra(raw, sharing),
    )
    symlink = raw.get("symlink_info")
    if symlink is not None:
        entry.kind = "symlink"
        entry.symlink_target = symlink.get("target", "")
    elif not raw.get("is_downloadable", True):
        entry.kind = "cloud_file"
    elif size == 0:
        entry.content = NO_BYTES
    entry.failure = why_not_offered(entry)
    return entry


def why_not_offered(entry: Entry) -> str:
    """Why there is nothing to ask Dropbox for, as its listing tells already; "" if there is."""
    if entry.kind == "cloud_file" and not export_formats(entry):
        return "unsupported: Dropbox offers neither a download nor an export"
    if entry.kind == "file" and entry.content is None and entry.content_hash is None:
        return "unsupported: Dropbox tells no content hash to check a download by"
    return ""


def _extra(raw: dict[str, Any], sharing: dict[str, Any]) -> dict[str, Any] | None:
    kept = {key: raw[key] for key in _KEPT_AS_IS if raw.get(key)}
    kept.update({key: sharing[key] for key in _KEPT_SHARING if sharing.get(key)})
    return kept or None


def _seconds(text: str) -> int:
    """`2026-11-22T03:10:00Z` -> whole seconds since 1970."""
    return int(datetime.fromisoformat(text).timestamp())


def export_formats(entry: Entry) -> list[str]:
    """Which formats to ask for: both text forms of a Paper document, else Dropbox's own choice."""
    offered = (entry.extra or {}).get("export_info", {})
    options = offered.get("export_options") or []
    if {"markdown", "html"} <= set(options):
        return ["markdown", "html"]
    # Dropbox may name a format in export_as that export_options lacks.
    chosen = offered.get("export_as") or (options[0] if options else "")
    return [chosen] if chosen else []
