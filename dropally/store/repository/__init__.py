"""An open repository: its configuration, its keys, its index, and how it reads itself."""

from dropally.store.repository.blobs import BlobReader
from dropally.store.repository.config import RepositoryConfig, RepositoryOptions
from dropally.store.repository.core import RepositoryCore, create_core, open_core
from dropally.store.repository.metadata import MetadataReader

__all__ = [
    "BlobReader",
    "MetadataReader",
    "RepositoryConfig",
    "RepositoryCore",
    "RepositoryOptions",
    "create_core",
    "open_core",
]
