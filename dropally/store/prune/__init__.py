"""Free the space that no snapshot refers to any more, beside running backups.

`prune` looks what is alive, deletes what an earlier run condemned and this one finds dead again, and
condemns what it finds dead for the first time. See docs/repository-format.md, "Freeing space".
"""

from dropally.store.prune.options import LockedUntil, Progress, PruneOptions, PruneReport
from dropally.store.prune.run import prune

__all__ = ["LockedUntil", "Progress", "PruneOptions", "PruneReport", "prune"]
