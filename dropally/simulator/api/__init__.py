"""The routes. Importing this package registers them all."""

from dropally.simulator.api import (
    files_batches,
    files_list,
    files_read,
    files_sessions,
    files_upload,
    files_write,
)

__all__ = [
    "files_batches",
    "files_list",
    "files_read",
    "files_sessions",
    "files_upload",
    "files_write",
]
