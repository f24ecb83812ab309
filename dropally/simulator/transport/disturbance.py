"""Where faults and measurements hook into dispatch.

`faults` fills these in; without it every call goes through untouched.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from dropally.simulator.routes_table import Route
from dropally.simulator.routing import Call
from dropally.simulator.transport.replies import Reply


@dataclass(slots=True)
class Disturbance:
    """What goes wrong with one call."""

    reply: Reply | None = None
    """Answered instead of running the handler."""
    delay_s: float = 0
    """Wait so long before the answer leaves (real time), unless the rules change before."""
    reset: Literal["", "before", "after"] = ""
    """Cut the connection without an answer, before or after the effect of the call."""
    alter: Callable[[Reply], Reply] | None = None
    """Change the handler's reply: wrong bytes, cut body, slow body, another status."""
    on_sent: Callable[[], None] | None = None
    """Called when the last byte of the reply has left; never for a reply that did not leave."""


class CallWatcher(Protocol):
    """Sees every API call from its head to the last byte of its reply, and may disturb it."""

    def opened(self) -> None:
        """A request's head has arrived."""
        ...

    def began(self, call: Call, body_size: int) -> Disturbance | None:
        """An authenticated call is complete and about to run."""
        ...

    def keep_back(self, seconds: float, leave: Callable[[], None]) -> None:
        """Have `leave` called in so many seconds, or when delays are over for another reason."""
        ...

    def closed(
        self, route: Route, call: Call | None, status: int, bytes_in: int, bytes_out: int
    ) -> None:
        """Its reply has left, or (status 0) the connection was cut. No call: it was refused."""
        ...
