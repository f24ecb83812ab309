"""Where faults and measurements hook into dispatch.

`faults` fills these in; without it every call goes through untouched.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from dropally.simulator.routing import Call
from dropally.simulator.transport.replies import Reply


@dataclass(slots=True)
class Disturbance:
    """What goes wrong with one call."""

    reply: Reply | None = None
    """Answered instead of running the handler."""
    delay_s: float = 0
    """Wait so long before the answer leaves (real time)."""
    reset: Literal["", "before", "after"] = ""
    """Cut the connection without an answer, before or after the effect of the call."""
    alter: Callable[[Reply], Reply] | None = None
    """Change the handler's reply: wrong bytes, cut body, slow body, another status."""


class CallWatcher(Protocol):
    """Sees every API call that authenticated, and may disturb it."""

    def began(self, call: Call, body_size: int) -> Disturbance | None:
        """A call is complete and about to run."""
        ...

    def ended(self, call: Call, status: int, bytes_in: int, bytes_out: int) -> None:
        """Its reply is handed to the connection; status 0 when the connection was cut."""
        ...
