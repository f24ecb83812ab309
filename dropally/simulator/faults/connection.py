"""Actions on the wire: delays, lost connections, and download bodies that arrive wrong."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal

import msgspec

from dropally.simulator.faults.scene import Scene, alter_reply
from dropally.simulator.transport.disturbance import Disturbance
from dropally.simulator.transport.replies import Reply

_Offset = Annotated[int, msgspec.Meta(ge=0)]
_GZIP: Final = 16 + zlib.MAX_WBITS


class DropConnection(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The connection closes without an answer; `after`: the call has had its effect."""

    when: Literal["before", "after"] = "before"

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Lose the request or its answer."""
        disturbance.reset = self.when
        return True


class Delay(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The answer's first byte is late."""

    seconds: Annotated[float, msgspec.Meta(ge=0)]

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Keep the answer back."""
        disturbance.delay_s += self.seconds
        return True


class SlowBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The body of the answer trickles."""

    bytes_per_s: Annotated[float, msgspec.Meta(gt=0)]

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Set the pace of the body."""

        def slow(reply: Reply) -> Reply:
            reply.bytes_per_s = self.bytes_per_s
            return reply

        alter_reply(disturbance, slow)
        return True


class CutBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The connection closes after `at` bytes of the body.

    `keep_length`: the whole length was announced, so that a client can notice; without, the end of
    the connection looks like the end of the body.
    """

    at: _Offset
    keep_length: bool = True

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """End the body early."""

        def cut(reply: Reply) -> Reply:
            reply.cut_after = self.at
            reply.announce_length = self.keep_length
            return reply

        alter_reply(disturbance, cut)
        return True


class WrongBytes(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The byte at `at` arrives inverted while length and announced hash are right."""

    at: _Offset = 0

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Flip a byte of a successful answer's body."""

        def flip(reply: Reply) -> Reply:
            if reply.status >= 300:
                return reply
            if reply.stream is not None:
                reply.stream = _flipped(reply.stream, self.at)
            else:
                reply.body = b"".join(_flipped([reply.body], self.at))
            return reply

        alter_reply(disturbance, flip)
        return True


class GzipBody(msgspec.Struct, forbid_unknown_fields=True):
    """A proxy compresses the body on its way."""

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Send the body with Content-Encoding: gzip."""

        def squeeze(reply: Reply) -> Reply:
            reply.headers["Content-Encoding"] = "gzip"
            if reply.stream is not None:
                reply.stream, reply.length = _gzipped(reply.stream), None
            else:
                reply.body = b"".join(_gzipped([reply.body]))
            return reply

        alter_reply(disturbance, squeeze)
        return True


def _flipped(pieces: Iterable[bytes | memoryview], at: int) -> Iterator[bytes | memoryview]:
    start = 0
    for piece in pieces:
        if start <= at < start + len(piece):
            changed = bytearray(piece)
            changed[at - start] ^= 0xFF
            yield bytes(changed)
        else:
            yield piece
        start += len(piece)


def _gzipped(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=_GZIP)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()
