"""What was found of items, and what was done: figures for people, without names of what goes."""

from datetime import datetime

import msgspec


class SharedItem(msgspec.Struct, frozen=True):
    """Another item that holds the same bytes: `namespace` is Dropbox's."""

    namespace: str
    path: str


class ErasurePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure would do.

    `versions` are different states of `files`, `bytes` the sizes of all of them. `shared_*`: other
    items that hold some of the same bytes, which stay because those items need them; `shared` names
    the first hundred. `held_by`: the reasons of legal holds that forbid it. `is_in_dropbox`: it was
    there still at the last backup.
    """

    places: int
    points: int
    snapshots: int
    files: int
    versions: int
    bytes: int
    oldest: datetime | None
    newest: datetime | None
    is_in_dropbox: bool
    shared_items: int
    shared_bytes: int
    shared: list[SharedItem]
    held_by: list[str]


class ErasureFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a certificate.

    `items` are keyed hashes, in hexadecimal, of the paths where the items lay; `rule_ids` what keeps
    them from being backed up again. `records`: cells of the appliance's database that named them.
    `audit_rows`: rows of the security audit that do; they stay until the audit is given up.
    `replicas`: storages whose copy holds them still; the next copying after the erasure is complete
    removes them there, and then they are in `freed_replicas`, with the time.
    """

    items: list[str] = []
    points: int = 0
    snapshots: int = 0
    files: int = 0
    versions: int = 0
    bytes: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    shared_items: int = 0
    shared_bytes: int = 0
    rule_ids: list[str] = []
    downloads: int = 0
    records: int = 0
    audit_rows: int = 0
    self_backups: int = 0
    set_aside: int = 0
    replicas: list[str] = []
    freed_replicas: dict[str, datetime] = {}
    locked_versions: int = 0
    locked_until: datetime | None = None
    """Old versions of removed packs that the bucket's object lock keeps, and how long at most."""
    kind: str = "local"
    """Of the storage: a bucket may keep older versions of what was deleted."""
