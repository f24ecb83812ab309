"""Argon2id parameters that take a millisecond, and limits that let them pass."""

from dropally.store.keys import KdfLimits, KdfParameters

CHEAP = KdfParameters(memory_kib=64, passes=1, lanes=1)
CHEAP_LIMITS = KdfLimits(floor=CHEAP)
