"""Prove that a repository is whole, or name what is not."""

from dropally.store.verify.findings import (
    DamagedItem,
    Finding,
    Level,
    PackDamage,
    VerifiedShare,
    VerifyReport,
)
from dropally.store.verify.ledger import DamagedPack, VerifyLedger
from dropally.store.verify.packs import PackChecker
from dropally.store.verify.run import VerifyOptions, damaged_chunks, verify
from dropally.store.verify.trees import TreeWalk

__all__ = [
    "DamagedItem",
    "DamagedPack",
    "Finding",
    "Level",
    "PackChecker",
    "PackDamage",
    "TreeWalk",
    "VerifiedShare",
    "VerifyLedger",
    "VerifyOptions",
    "VerifyReport",
    "damaged_chunks",
    "verify",
]
