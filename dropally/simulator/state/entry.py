"""One file or folder at one moment: never changed, only replaced.

The tree holds the current entries; journals and histories hold earlier ones. A file's entry is
its revision. Because entries never change, their JSON is rendered once (`rendered`).
"""

from typing import Literal

import msgspec


class CloudDocument(msgspec.Struct, frozen=True, gc=False):
    """A document that only exists in Dropbox (Paper, Google Docs): it can be exported, not downloaded."""

    export_as: str
    export_options: tuple[str, ...] = ()
    paper_revision: int = 0


class Entry(msgspec.Struct, kw_only=True, gc=False):
    """A file, a folder, or the trace of a deletion."""

    kind: Literal["file", "folder", "deleted"]
    ns: str
    path_lower: str
    """Within the namespace; `/reports/2026.pdf`."""
    path_display: str
    name: str
    id: str = ""
    mount: str = ""
    """For a folder: the namespace that is mounted here."""
    rev: str = ""
    size: int = 0
    content_hash: str = ""
    content_ref: str = ""
    """`scheme:key` for contents that are generated; empty when the content store holds them."""
    client_modified: int = 0
    server_modified: int = 0
    """For a deletion: when it happened."""
    author: str = ""
    """Account id of who wrote it."""
    document: CloudDocument | None = None
    symlink_target: str = ""
    downloadable: bool = True
    """False for what Dropbox cannot hand out (`unsupported_file`)."""
    rendered: bytes = b""
    """Its JSON as seen from its own namespace; filled in at first use."""

    @property
    def key(self) -> str:
        """The last part of the path: what a folder sorts its children by."""
        return self.path_lower.rpartition("/")[2]


def encode_entry(entry: Entry) -> bytes:
    """An entry as it is saved (without its rendering)."""
    return msgspec.json.encode(msgspec.structs.replace(entry, rendered=b""))


_decoder = msgspec.json.Decoder(Entry)


def decode_entry(data: bytes) -> Entry:
    """The reverse of `encode_entry`."""
    return _decoder.decode(data)
