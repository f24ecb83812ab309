"""Documents that live only in the cloud (Paper, Google): their bytes are an export."""

import tempfile
import threading
from collections.abc import Iterator
from typing import IO, Any

from dropally.dropbox_api import routes
from dropally.dropbox_api.answers import PassingTroubleError
from dropally.dropbox_api.attempts import NETWORK_ERRORS, Attempts, network_trouble
from dropally.dropbox_api.content_hash import ContentHasher
from dropally.dropbox_api.download import PIECE_BYTES, read_body
from dropally.dropbox_api.errors import ItemFailure, TooManyRetriesError
from dropally.dropbox_api.gateway import Gateway, IdentitySource
from dropally.dropbox_api.spread import Readers

# Held in memory up to this size, in an unnamed temporary file beyond.
_IN_MEMORY_BYTES = 8 * 1024 * 1024


class Export:
    """An export that was fetched and verified; `pieces` can be read once.

    `content_hash` is that of the exported bytes. `paper_revision` is 0 unless it is a Paper.
    """

    def __init__(self, about: dict[str, Any], content: IO[bytes], hasher: ContentHasher) -> None:
        self.name: str = about["name"]
        self.size_bytes = hasher.size_bytes
        self.content_hash = hasher.hexdigest()
        self.paper_revision: int = about.get("paper_revision") or 0
        self._content = content

    @property
    def pieces(self) -> Iterator[bytes]:
        """The bytes, in pieces of about 1 MiB."""
        with self._content as content:
            content.seek(0)
            while piece := content.read(PIECE_BYTES):
                yield piece


def export_formats(entry: dict[str, Any]) -> tuple[str, ...]:
    """The formats Dropbox names for an entry of a listing, its default first."""
    about = entry.get("export_info") or {}
    default = about.get("export_as")
    others = about.get("export_options") or ()
    return tuple(dict.fromkeys(name for name in (default, *others) if name))


def fetch_export(
    gateway: Gateway,
    readers: Readers,
    root: str,
    cancelled: threading.Event,
    *,
    path: str,
    export_format: str,
) -> Export:
    """Fetch a whole export. Raises ItemFailure: "export_failed" may go better later."""
    arg = {"path": path}
    if export_format:
        arg["export_format"] = export_format
    what = f"the export of {path}"
    attempts = Attempts(gateway.settings.retry, gateway.clock, cancelled, what)

    def once(identity: IdentitySource) -> Export | PassingTroubleError:
        try:
            return _fetch_once(gateway, arg, identity, root, cancelled)
        except (PassingTroubleError, *NETWORK_ERRORS) as error:
            return network_trouble(what, error)

    while isinstance(outcome := readers.ask(what, once), PassingTroubleError):
        try:
            attempts.after_trouble(outcome)
        except TooManyRetriesError as error:
            raise ItemFailure("export_failed", f"{what}: {error}", retryable=True) from error
    return outcome


def _fetch_once(
    gateway: Gateway,
    arg: dict[str, str],
    identity: IdentitySource,
    root: str,
    cancelled: threading.Event,
) -> Export:
    content = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115  Export closes it
    try:
        with gateway.open(routes.EXPORT, arg, identity, cancelled, root=root) as body:
            about = body.result["export_metadata"]
            hasher = ContentHasher()
            stalled_after_s = gateway.settings.stalled_after_s
            for piece in read_body(body, gateway.clock, stalled_after_s, cancelled):
                hasher.update(piece)
                content.write(piece)
        _verify(about, hasher)
        return Export(about, content, hasher)
    except BaseException:
        content.close()
        raise


def _verify(about: dict[str, Any], hasher: ContentHasher) -> None:
    promised = about.get("export_hash")
    if promised and hasher.hexdigest() != promised:
        raise PassingTroubleError("the export's bytes have another hash than Dropbox told")
    # Dropbox tells the size of some exports as 0 when it does not know it beforehand.
    if about.get("size") and hasher.size_bytes != about["size"]:
        raise PassingTroubleError("the export has another size than Dropbox told")
