"""What an action sees of a call, and how it says what goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from dropally.simulator.faults.metrics import Metrics
from dropally.simulator.routing import Call
from dropally.simulator.transport.disturbance import Disturbance
from dropally.simulator.transport.replies import Reply


@dataclass(frozen=True, slots=True)
class Scene:
    """What an action may use: the call, whom and what it touches, the counters, the time."""

    call: Call
    bucket: str
    """Whose allowance of calls this is."""
    namespace: str
    metrics: Metrics
    now: float
    """Seconds on the team's clock."""


class Action(Protocol):
    """What happens when a rule fires. One instance lives as long as its rule."""

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Fill in the disturbance; False when this call is left alone after all."""
        ...


def alter_reply(disturbance: Disturbance, change: Callable[[Reply], Reply]) -> None:
    """Change the handler's reply, after whatever other actions change on it."""
    before = disturbance.alter
    disturbance.alter = change if before is None else lambda reply: change(before(reply))


def tell_to_wait(
    scene: Scene, disturbance: Disturbance, wait_s: float, bucket: str | None = None
) -> None:
    """Expect of the caller, or of everybody who shares `bucket`, to wait from the reply on.

    The wait counts from the moment at which the reply has left: other faults may keep it back.
    """
    told = scene.bucket if bucket is None else bucket
    clock = scene.call.world.clock
    disturbance.on_sent = lambda: scene.metrics.tell_to_wait(told, wait_s, clock.epoch_s())
