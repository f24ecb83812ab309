"""Read from a repository: contents, many at once, and trees."""

from dropally.store.reader.reader import Reader
from dropally.store.reader.treeview import TreeView

__all__ = ["Reader", "TreeView"]
