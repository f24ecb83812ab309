"""Bring a local copy of the team's files into the repository, before anything is downloaded."""

from dropally.jobs.seed.local_files import LocalFile, walk
from dropally.jobs.seed.seeding import (
    SeedReport,
    SeedWork,
    SkippedFile,
    forget_seeds,
    seed,
)

__all__ = ["LocalFile", "SeedReport", "SeedWork", "SkippedFile", "forget_seeds", "seed", "walk"]
