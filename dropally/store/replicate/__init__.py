"""Copy a repository byte for byte to another backend, so that either can replace the other."""

from dropally.store.replicate.checking import CopyCheck, check_copy, repair_copy
from dropally.store.replicate.copying import (
    Replication,
    ReplicationPlan,
    plan_replication,
    replicate,
)

__all__ = [
    "CopyCheck",
    "Replication",
    "ReplicationPlan",
    "check_copy",
    "plan_replication",
    "repair_copy",
    "replicate",
]
