"""Heal what verify found damaged: from replicas, from parity, else by saving what still opens."""

from dropally.store.repair.healing import SET_ASIDE_PREFIX
from dropally.store.repair.run import Healed, RepairReport, repair
from dropally.store.repair.sidecars import make_sidecar, mend, put_sidecar, sidecar_key

__all__ = [
    "SET_ASIDE_PREFIX",
    "Healed",
    "RepairReport",
    "make_sidecar",
    "mend",
    "put_sidecar",
    "repair",
    "sidecar_key",
]
