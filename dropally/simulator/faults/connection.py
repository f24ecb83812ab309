"""Actions on the wire: delays, lost connections, and download bodies that arrive wrong."""

from typing import Annotated, Literal

import msgspec

from dropally.simulator.faults.disturbance import Disturbance, Scene

_Offset = Annotated[int, msgspec.Meta(ge=0)]


class DropConnection(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The connection closes without an answer; `after`: the call has had its effect."""

    when: Literal["before", "after"] = "before"

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Lose the request or its answer."""
        disturbance.drop = self.when
        return True


class Delay(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The answer's first byte is late."""

    seconds: Annotated[float, msgspec.Meta(ge=0)]

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Keep the answer back."""
        disturbance.delay_s += self.seconds
        return True


class SlowBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The download trickles."""

    bytes_per_s: Annotated[float, msgspec.Meta(gt=0)]

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Set the pace of the body."""
        disturbance.body.bytes_per_s = self.bytes_per_s
        return True


class CutBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The connection closes in the middle of the body, with or without an announced length."""

    at: _Offset
    keep_length: bool = True

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """End the body early."""
        disturbance.body.cut_at = self.at
        disturbance.body.keep_length = self.keep_length
        return True


class WrongBytes(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One byte arrives inverted while length and announced hash are right."""

    at: _Offset = 0

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Flip a byte."""
        disturbance.body.flip_at = self.at
        return True


class GzipBody(msgspec.Struct, forbid_unknown_fields=True):
    """A proxy compresses the body on its way."""

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Send the body with Content-Encoding: gzip."""
        disturbance.body.gzip = True
        return True
