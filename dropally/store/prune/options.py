"""What can be chosen for a prune, and what it says of itself while it runs and when it is done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LockedUntil = Callable[[bytes], datetime | None]
"""Until when a pack of this name cannot be deleted; None for one that can."""
Progress = Callable[[str, int, int], None]
"""Told a phase's word, how much of it is done, and how much there is (0: unknown).

It may raise to stop the run: whatever was done until then stays valid.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneOptions:
    """How careful and how thorough. All times are measured by the backend's clock.

    `grace`: from condemning a pack to deleting it. `min_age`: younger packs are left alone, since
    an interrupted backup may still want them. `session_age`: after so long without a sign of life a
    writer counts as dead. `settle`: by then every listing shows what was written. `skew`: how far
    this machine's clock may be off. `dead_share`: a pack with more dead bytes than this is written
    anew. `reencrypt`: so are packs whose key epoch is not the newest. `rewrite_bytes`: no more than
    this is written anew in one run (0: no limit).
    """

    grace: timedelta = timedelta(hours=24)
    min_age: timedelta = timedelta(days=7)
    session_age: timedelta = timedelta(hours=24)
    settle: timedelta = timedelta(hours=1)
    skew: timedelta = timedelta(minutes=5)
    dead_share: float = 0.10
    reencrypt: bool = False
    rewrite_bytes: int = 0
    small_packs: int = 64
    """So many packs of a kind below a quarter of the usual size are merged."""


@dataclass(slots=True)
class PruneReport:
    """What a prune did, or with `dry_run` would do. Sizes in bytes, as stored."""

    dry_run: bool = False
    packs: int = 0
    stored_bytes: int = 0
    chunks_live: int = 0
    freed_packs: int = 0
    freed_bytes: int = 0
    """Packs deleted now: condemned earlier, and found dead again."""
    condemned_packs: int = 0
    condemned_bytes: int = 0
    """Packs condemned now; a later run deletes them."""
    rewritten_packs: int = 0
    rewritten_bytes: int = 0
    """Of the condemned: packs whose living chunks were written anew, and what that took."""
    waiting_packs: int = 0
    waiting_bytes: int = 0
    """Packs condemned earlier that cannot go yet."""
    locked_packs: int = 0
    locked_bytes: int = 0
    """Of the waiting: packs whose object lock has not ended. They count as living meanwhile."""
    locked_until: datetime | None = None
    """When the last of these locks ends."""
    revived_packs: int = 0
    """Packs condemned earlier that a snapshot refers to again."""
    young_packs: int = 0
    """Packs with something dead that are too young to touch."""
    next_deletion: datetime | None = None
    """From when on waiting and condemned packs may be deleted, if no session stands in the way."""
    blocking_sessions: list[str] = field(default_factory=list)
    """Writers at work since before packs were condemned: those packs wait for their end."""
    open_erasures: int = 0
    """Legal erasures of which something may still lie in a pack: a later run goes on."""
    done_erasures: list[str] = field(default_factory=list)
    """Those of which nothing is left since this run."""
    ended_sessions: int = 0
    """Sessions of dead writers (or that cannot be read) that were removed."""
    problems: list[str] = field(default_factory=list)
    """What could not be done, and does not stop the rest."""
