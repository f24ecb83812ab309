"""The unit that passes through the pipeline: chunks that are compressed and sealed as one blob."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from dropally.store.backend import BytesLike
from dropally.store.content import ContentRecord
from dropally.store.pack import PackKind


@dataclass(slots=True)
class Run:
    """Chunks of one blob, and the records and callbacks that must not be durable before them."""

    kind: PackKind
    ids: list[bytes] = field(default_factory=list)
    parts: list[BytesLike] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    plain_bytes: int = 0
    records: list[ContentRecord] = field(default_factory=list)
    callbacks: list[Callable[[], None]] = field(default_factory=list)
    flushed: threading.Event | None = None
    """Set for the mark at which all packs under way are finished: told when they are durable."""
    codec: int = 0
    stored: BytesLike = b""

    def add(self, chunk_id: bytes, chunk: BytesLike) -> None:
        """One more chunk."""
        self.ids.append(chunk_id)
        self.parts.append(chunk)
        self.lengths.append(len(chunk))
        self.plain_bytes += len(chunk)

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not (self.ids or self.records or self.callbacks)
