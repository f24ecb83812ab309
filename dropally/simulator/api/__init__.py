"""The routes. Importing this package registers them all."""

from dropally.simulator.api import files_metadata

__all__ = ["files_metadata"]
