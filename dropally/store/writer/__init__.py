"""Write to a repository: contents, trees, snapshots and restore points."""

from dropally.store.writer.writer import Writer, open_writer

__all__ = ["Writer", "open_writer"]
