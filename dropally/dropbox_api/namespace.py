"""One namespace, read and written through the identities that may."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dropally.dropbox_api import changes
from dropally.dropbox_api.content_hash import ContentHasher
from dropally.dropbox_api.download import Download
from dropally.dropbox_api.errors import ItemFailure
from dropally.dropbox_api.export import Export, fetch_export
from dropally.dropbox_api.folders import FolderListing, list_folders
from dropally.dropbox_api.gateway import Gateway
from dropally.dropbox_api.identity import Identity
from dropally.dropbox_api.listing import list_pages, longpoll
from dropally.dropbox_api.metadata import get_metadata, list_revisions
from dropally.dropbox_api.models import ListPage, LongpollAnswer, Revisions
from dropally.dropbox_api.spread import Readers
from dropally.dropbox_api.upload import upload_batch
from dropally.dropbox_api.upload_values import UploadItem, UploadOutcome
from dropally.dropbox_api.writer import NamespaceWriter


class NamespaceClient:
    """One namespace. Paths are relative to it and are always Dropbox's own strings.

    Safe for many threads; one lister per cursor.
    """

    def __init__(
        self,
        gateway: Gateway,
        namespace_id: str,
        listers: Sequence[Identity],
        readers: Sequence[Identity],
        writer: NamespaceWriter,
        cancelled: threading.Event,
    ) -> None:
        self.namespace_id = namespace_id
        self.identities = tuple(readers)
        self._gateway = gateway
        self._listers = tuple(listers)
        self._readers = Readers(gateway.pacer, readers)
        self._writer = writer
        self._cancelled = cancelled

    def list(self, cursor: str | None = None) -> Iterator[ListPage]:
        """All pages, or those since `cursor`; see `listing.list_pages`."""
        return list_pages(self._gateway, self.namespace_id, self._listers, cursor, self._cancelled)

    def longpoll(self, cursor: str, timeout_s: int = 120) -> LongpollAnswer:
        """Wait for changes behind `cursor`; see `listing.longpoll`."""
        return longpoll(self._gateway, self.namespace_id, cursor, timeout_s, self._cancelled)

    def download(
        self,
        rev: str,
        size_bytes: int,
        content_hash: str,
        *,
        offset: int = 0,
        hasher: ContentHasher | None = None,
    ) -> Iterator[bytes]:
        """The bytes of one revision in pieces of about 1 MiB; see `download.Download`.

        Size and content hash are checked before the iterator ends; until then nothing that came
        is to be trusted. A file of up to 1 MiB is checked before its first byte is handed out.
        """
        download = Download(
            self._gateway,
            self._readers,
            self.namespace_id,
            self._cancelled,
            rev=rev,
            size_bytes=size_bytes,
            content_hash=content_hash,
        )
        return download.pieces(offset, hasher)

    def export(self, path: str, export_format: str = "") -> Export:
        """A cloud document's bytes in one of its formats; "" for Dropbox's default."""
        return fetch_export(
            self._gateway,
            self._readers,
            self.namespace_id,
            self._cancelled,
            path=path,
            export_format=export_format,
        )

    def revisions(self, path_or_id: str) -> Revisions:
        """The versions Dropbox still has; see `metadata.list_revisions`."""
        return list_revisions(
            self._gateway, self._readers, self.namespace_id, path_or_id, self._cancelled
        )

    def metadata(self, path: str) -> dict[str, Any]:
        """What is at `path` now; raises ItemFailure "vanished" if nothing is."""
        return get_metadata(self._gateway, self._readers, self.namespace_id, path, self._cancelled)

    def folders(self, path: str) -> FolderListing:
        """The folders directly in a folder now; see `folders.list_folders`."""
        return list_folders(self._gateway, self._readers, self.namespace_id, path, self._cancelled)

    def upload_batch(self, items: Iterable[UploadItem]) -> Iterator[UploadOutcome]:
        """Upload many files with few calls; see `upload.upload_batch`."""
        return upload_batch(self._writer, items)

    def upload(self, item: UploadItem) -> dict[str, Any]:
        """Upload one file; its new entry. Raises ItemFailure."""
        for outcome in upload_batch(self._writer, [item]):
            if outcome.entry is not None:
                return outcome.entry
            if outcome.failure is not None:
                raise outcome.failure
        raise ItemFailure("refused", f"{item.path}: Dropbox told no outcome")

    def create_folders(self, paths: Sequence[str]) -> dict[str, ItemFailure | None]:
        """Make sure that folders are there; see `changes.create_folders`."""
        return changes.create_folders(self._writer, paths)

    def restore(self, path: str, rev: str) -> dict[str, Any]:
        """Bring back a revision Dropbox still has; see `changes.restore`."""
        return changes.restore(self._writer, path, rev)

    def copy(self, from_path: str, to_path: str, *, content_hash: str) -> dict[str, Any]:
        """Copy a live file to a free place of this namespace; see `changes.copy`."""
        return changes.copy(self._writer, from_path, to_path, content_hash=content_hash)

    def tag(self, path: str, text: str) -> None:
        """Put a tag on a file or folder; see `changes.tag`."""
        changes.tag(self._writer, path, text)

    def delete(self, path: str, *, parent_rev: str = "") -> bool:
        """Delete what is at `path`; see `changes.delete`."""
        return changes.delete(self._writer, path, parent_rev=parent_rev)
