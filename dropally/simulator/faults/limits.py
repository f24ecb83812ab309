"""Actions that keep count: rate limits by token bucket, and one commit at a time."""

import math
from typing import Annotated

import msgspec

from dropally.simulator.errors import RateLimited
from dropally.simulator.faults.buckets import RateLimit, TokenBuckets, WriteLocks
from dropally.simulator.faults.scene import Scene, tell_to_wait
from dropally.simulator.transport.disturbance import Disturbance
from dropally.simulator.transport.replies import error_reply

WRITE_ROUTES = frozenset(
    f"files/{name}"
    for name in (
        "upload", "upload_session/finish", "upload_session/finish_batch",
        "upload_session/finish_batch_v2", "create_folder_v2", "create_folder_batch", "delete_v2",
        "delete_batch", "move_v2", "move_batch_v2", "copy_v2", "copy_batch_v2", "restore",
        "paper/create",
    )
)  # fmt: skip
"""Routes that change a namespace and therefore take its write lock."""


class TokenBucketLimit(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, dict=True):
    """A real rate limit for each identity: `calls_per_s`, `burst`, and a penalty when exceeded."""

    calls_per_s: Annotated[float, msgspec.Meta(gt=0)]
    burst: Annotated[int, msgspec.Meta(ge=1)] = 20
    penalty_s: Annotated[float, msgspec.Meta(gt=0)] = 300.0
    refused_calls_count: bool = True

    def __post_init__(self) -> None:
        limit = RateLimit(self.calls_per_s, self.burst, self.penalty_s, self.refused_calls_count)
        self._buckets = TokenBuckets(limit)

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Let the call through, or tell its identity how long to wait (whole seconds)."""
        wait_s = self._buckets.take(scene.bucket, scene.now)
        if wait_s <= 0:
            return False
        told_s = math.ceil(wait_s)
        tell_to_wait(scene, disturbance, told_s)
        disturbance.reply = error_reply(RateLimited(told_s))
        return True


class WriteLock(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, dict=True):
    """Commits that overlap in a namespace are refused with too_many_write_operations.

    A commit takes `hold_s` for each of its entries; its answer comes when that time is over.
    """

    hold_s: Annotated[float, msgspec.Meta(gt=0)] = 0.05
    retry_after: Annotated[int, msgspec.Meta(ge=0)] = 1

    def __post_init__(self) -> None:
        self._locks = WriteLocks(self.hold_s)

    def disturb(self, scene: Scene, disturbance: Disturbance) -> bool:
        """Hold the namespace, or refuse while another commit holds it."""
        if scene.call.route.name not in WRITE_ROUTES:
            return False
        entries = len(scene.call.arg.get("entries", ())) or 1
        # Only further commits to this namespace have to wait, so the wait has a name of its own.
        waiting = f"{scene.bucket} writing to {scene.namespace}"
        scene.metrics.check_wait(waiting, scene.now)
        held_s = self._locks.acquire(scene.namespace, entries, scene.now)
        if held_s is not None:
            disturbance.delay_s += held_s
            return False
        tell_to_wait(scene, disturbance, self.retry_after, waiting)
        refusal = RateLimited(self.retry_after, "too_many_write_operations")
        disturbance.reply = error_reply(refusal)
        return True
