"""What a tree holds for a path: one item as it was at the snapshot's time.

The store gives no meaning to the fields beyond `content`: they are the caller's words, kept.
"""

from typing import Any, Literal

import msgspec

from dropally.store.content import Content
from dropally.store.errors import DamagedError

EntryKind = Literal["file", "folder", "cloud_file", "symlink", "failed"]


class ExportForm(msgspec.Struct, array_like=True, frozen=True):
    """A file that has no bytes of its own: what it was exported to, by format name."""

    formats: dict[str, Content]


class Entry(msgspec.Struct, array_like=True):
    """One item of a tree. Times are whole seconds since 1970, UTC; strings are opaque here."""

    kind: EntryKind
    name: str
    """The name as people see it, with its case."""
    id: str = ""
    rev: str = ""
    size_bytes: int = 0
    client_modified: int | None = None
    server_modified: int | None = None
    content_hash: bytes | None = None
    """32 bytes, the source's own hash of the content."""
    modified_by: str = ""
    mount: str = ""
    """The source mounted at this path, "" when none is."""
    read_only: bool = False
    export: ExportForm | None = None
    symlink_target: str = ""
    content: Content | None = None
    failure: str = ""
    """Why the content is missing; "" when nothing is wrong."""
    extra: dict[str, Any] | None = None


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Entry)

encode_entry = _ENCODER.encode


def decode_entry(encoded: bytes) -> Entry:
    """The entry. Raises `DamagedError` when these bytes are none."""
    try:
        return _DECODER.decode(encoded)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedError(f"a tree entry cannot be read: {error}") from error


def path_key(path_lower: str) -> bytes:
    """The key of a path in a tree: UTF-8 of the path as the source lower-cases it."""
    return path_lower.encode()
