"""Fetching a file's bytes: by revision, resumed where they broke off, verified to the last one.

A body that ends early without a Content-Length looks complete to HTTP, so nothing counts as read
until its size and content hash are the ones the listing promised.
"""

import re
import threading
from collections.abc import Iterator

from dropally.common.clock import Clock
from dropally.common.errors import CancelledError, UsageError
from dropally.dropbox_api import routes
from dropally.dropbox_api.answers import PassingTroubleError
from dropally.dropbox_api.attempts import NETWORK_ERRORS, Attempts, network_trouble
from dropally.dropbox_api.content_hash import EMPTY_CONTENT_HASH, ContentHasher
from dropally.dropbox_api.errors import ItemFailure, TooManyRetriesError
from dropally.dropbox_api.gateway import Gateway, OpenBody
from dropally.dropbox_api.spread import Readers

PIECE_BYTES = 1024 * 1024
# A slower body than this per stall time is given up and asked for anew.
_CRAWL_BYTES = 64 * 1024
_RIGHT_BYTES_ATTEMPTS = 3
_CONTENT_RANGE = re.compile(r"bytes (\d+)-")


class Download:
    """One file to fetch; iterate over `pieces()`."""

    def __init__(
        self,
        gateway: Gateway,
        readers: Readers,
        root: str,
        cancelled: threading.Event,
        *,
        rev: str,
        size_bytes: int,
        content_hash: str,
    ) -> None:
        self._gateway = gateway
        self._readers = readers
        self._root = root
        self._cancelled = cancelled
        self._rev = rev
        self._size_bytes = size_bytes
        self._content_hash = content_hash
        self._what = f"rev:{rev}"

    def pieces(self, offset: int = 0, hasher: ContentHasher | None = None) -> Iterator[bytes]:
        """The bytes from `offset` on, in pieces of about 1 MiB.

        `hasher` must have seen the bytes before `offset`. Raises ItemFailure; its reason
        "mismatch" comes after the last piece, so nothing is good before the iterator ended.
        """
        hasher = hasher or ContentHasher()
        if hasher.size_bytes != offset:
            raise UsageError(
                f"The hasher has seen {hasher.size_bytes} bytes, not the {offset} to be skipped."
            )
        if self._size_bytes == 0:
            self._check_empty()
        elif offset == 0 and self._size_bytes <= PIECE_BYTES:
            yield self._small()
        else:
            yield from self._large(offset, hasher)

    def _check_empty(self) -> None:
        if self._content_hash != EMPTY_CONTENT_HASH:
            raise self._mismatch("an empty file has another content hash")

    def _small(self) -> bytes:
        """The whole file at once: verified before anybody sees it, so fetched anew if wrong."""
        wrong: ItemFailure | None = None
        for _ in range(_RIGHT_BYTES_ATTEMPTS):
            hasher = ContentHasher()
            try:
                content = b"".join(self._stream(0, hasher))
                self._verify(hasher)
            except ItemFailure as failure:
                if failure.reason != "mismatch":
                    raise
                wrong = failure
            else:
                return content
        raise wrong or self._mismatch("no bytes came")

    def _large(self, offset: int, hasher: ContentHasher) -> Iterator[bytes]:
        yield from self._stream(offset, hasher)
        self._verify(hasher)

    def _stream(self, offset: int, hasher: ContentHasher) -> Iterator[bytes]:
        attempts = self._attempts()
        position = offset
        while position < self._size_bytes:
            before = position
            trouble: PassingTroubleError | None = None
            with self._open(position) as body:
                try:
                    for piece in self._body_from(body, position):
                        hasher.update(piece)
                        position += len(piece)
                        if position > self._size_bytes:
                            raise self._mismatch("more bytes came than the file has")
                        yield piece
                except (PassingTroubleError, *NETWORK_ERRORS) as error:
                    trouble = network_trouble(self._what, error)
            if position < self._size_bytes:
                # Progress means that the way works: only fruitless tries count.
                attempts = attempts if position == before else self._attempts()
                self._pause(attempts, trouble or PassingTroubleError(f"{self._what} ended early"))

    def _open(self, position: int) -> OpenBody:
        """Ask for the bytes; an answer that announces another file is asked for again."""
        for _ in range(_RIGHT_BYTES_ATTEMPTS):
            body = self._ask(position)
            promised = (body.result.get("size"), body.result.get("content_hash"))
            if promised == (self._size_bytes, self._content_hash):
                return body
            body.close()
        raise self._mismatch("Dropbox offers another size or content hash than it listed")

    def _ask(self, position: int) -> OpenBody:
        return self._readers.ask(
            self._what,
            lambda identity: self._gateway.open(
                routes.DOWNLOAD,
                {"path": self._what},
                identity,
                self._cancelled,
                root=self._root,
                offset=position,
            ),
        )

    def _body_from(self, body: OpenBody, position: int) -> Iterator[bytes]:
        """The body's bytes from `position` on, also when the server sends all from the start."""
        skip = position - _range_start(body)
        if skip < 0:
            raise PassingTroubleError(f"{self._what} came from a later byte than asked for")
        stalled_after_s = self._gateway.settings.stalled_after_s
        for piece in read_body(body, self._gateway.clock, stalled_after_s, self._cancelled):
            if skip >= len(piece):
                skip -= len(piece)
                continue
            yield piece[skip:] if skip else piece
            skip = 0

    def _attempts(self) -> Attempts:
        retry = self._gateway.settings.retry
        return Attempts(retry, self._gateway.clock, self._cancelled, self._what)

    def _pause(self, attempts: Attempts, trouble: PassingTroubleError) -> None:
        try:
            attempts.after_trouble(trouble)
        except TooManyRetriesError as error:
            raise ItemFailure(
                "too_many_retries", f"{self._what}: {error}", retryable=True
            ) from error

    def _verify(self, hasher: ContentHasher) -> None:
        if hasher.hexdigest() != self._content_hash:
            raise self._mismatch("the bytes have another content hash than Dropbox told")

    def _mismatch(self, words: str) -> ItemFailure:
        return ItemFailure("mismatch", f"{self._what}: {words}", retryable=True)


def read_body(
    body: OpenBody, clock: Clock, stalled_after_s: float, cancelled: threading.Event
) -> Iterator[bytes]:
    """The body in pieces of about 1 MiB. Raises PassingTroubleError when it hardly moves."""
    raw = body.answer.raw
    while True:
        started = clock.monotonic() - body.answer.held_s
        parts: list[bytes] = []
        gathered = 0
        while gathered < PIECE_BYTES:
            if cancelled.is_set():
                raise CancelledError("Stopped in the middle of a download.")
            part = raw.read1(PIECE_BYTES - gathered)
            if not part:
                break
            parts.append(part)
            gathered += len(part)
            if (
                gathered < _CRAWL_BYTES
                and clock.monotonic() - body.answer.held_s - started > stalled_after_s
            ):
                raise PassingTroubleError("the body hardly moves")
        if not gathered:
            return
        yield parts[0] if len(parts) == 1 else b"".join(parts)


def _range_start(body: OpenBody) -> int:
    if body.answer.status_code != 206:
        return 0
    match = _CONTENT_RANGE.match(body.answer.headers.get("content-range", ""))
    if match is None:
        raise PassingTroubleError("a partial answer does not say which part it is")
    return int(match[1])
