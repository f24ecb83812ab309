"""What a fault does to one call: filled in by actions, carried out by dispatch and transport."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from dropally.simulator.errors import ApiError
from dropally.simulator.faults.metrics import Metrics
from dropally.simulator.routing import Answer, Call, HttpResponse


@dataclass(slots=True)
class BodyFault:
    """What happens to the bytes of a download on their way; offsets count from the body's start."""

    bytes_per_s: float | None = None
    cut_at: int | None = None
    """The connection closes after so many bytes."""
    keep_length: bool = True
    """With a cut: announce the whole length (a client can notice), or none at all (it cannot)."""
    flip_at: int | None = None
    """The byte at this offset arrives inverted, under the right length and hash."""
    gzip: bool = False
    """The body arrives with `Content-Encoding: gzip`."""


@dataclass(slots=True)
class Disturbance:
    """All faults of one call together."""

    answer: ApiError | HttpResponse | None = None
    """Answered instead of asking the handler."""
    drop: Literal["", "before", "after"] = ""
    """Close the connection unanswered, without or with the handler's effect."""
    delay_s: float = 0.0
    """The answer is kept back so long."""
    body: BodyFault = field(default_factory=BodyFault)
    alterations: list[Callable[[Answer], Answer]] = field(default_factory=list)

    @property
    def is_final(self) -> bool:
        """Whether the call is lost already, so that no further rule need be asked."""
        return self.answer is not None or bool(self.drop)

    def alter(self, answer: Answer) -> Answer:
        """The handler's answer as the caller gets it. May raise an ApiError instead."""
        for alteration in self.alterations:
            answer = alteration(answer)
        return answer


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
