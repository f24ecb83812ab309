"""Where a storage lies and how it is reached, as plain data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from dropally.common.errors import UsageError
from dropally.store.backend import Floor

StorageKind = Literal["local", "s3", "azure", "gcs"]
StorageOrigin = Literal["builtin", "file", "console"]
KINDS: tuple[StorageKind, ...] = get_args(StorageKind)
OPTION_NAMES = (
    "endpoint",
    "region",
    "access_key",
    "secret_key",
    "account",
    "account_key",
    "service_account_file",
    "checksum",
    "object_lock",
    "maintenance_access_key",
    "maintenance_secret_key",
)
"""What reaches a bucket; `SECRET_OPTIONS` of them are never shown."""
SECRET_OPTIONS = frozenset(
    {
        "access_key",
        "secret_key",
        "account_key",
        "maintenance_access_key",
        "maintenance_secret_key",
    }
)

_SCHEMES: dict[StorageKind, str] = {"s3": "s3", "azure": "az", "gcs": "gs"}
# An id names a folder of the data folder, so it must be a plain name on every file system.
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True)
class StorageDefinition:
    """One storage. `options` reach a bucket and hold its secrets; `location` holds none.

    Backups stop where less than `min_free_bytes`, or less than `min_free_share` (0 to 1) of the
    disk, is free. `origin` says where it was defined: `builtin` is the one there is without any.
    """

    id: str
    kind: StorageKind
    location: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    region_label: str = ""
    min_free_bytes: int = 0
    min_free_share: float = 0.0
    origin: StorageOrigin = "file"

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise UsageError(
                f"{self.id!r} cannot be the id of a storage",
                hint="use up to 63 of a-z, 0-9, '-' and '_', beginning with a letter or digit",
            )

    @property
    def floor(self) -> Floor:
        """What is to stay free on the disk of a local storage."""
        return Floor(self.min_free_bytes, self.min_free_share)

    @property
    def folder(self) -> Path | None:
        """The folder of a local storage; None for a bucket."""
        return Path(self.location) if self.kind == "local" else None


def location_of(kind: StorageKind, *, path: str = "", bucket: str = "", prefix: str = "") -> str:
    """A storage's location as the store takes it: a folder, or `s3://bucket/prefix`.

    Raises UsageError when a part is missing or does not belong to the kind.
    """
    if kind == "local":
        if bucket or prefix:
            raise UsageError("a storage of kind 'local' has a path, and no bucket or prefix")
        if not path:
            raise UsageError("a storage of kind 'local' needs a path")
        return str(Path(path).expanduser().absolute())
    if path:
        raise UsageError(f"a storage of kind {kind!r} has a bucket and a prefix, and no path")
    if not bucket:
        raise UsageError(f"a storage of kind {kind!r} needs a bucket")
    trimmed = prefix.strip("/")
    return f"{_SCHEMES[kind]}://{bucket}" + (f"/{trimmed}" if trimmed else "")
