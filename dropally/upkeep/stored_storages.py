"""Storages that were added in the console: between rows of `dropally.db` and definitions."""

from collections.abc import Sequence
from typing import cast

import msgspec

from dropally.auth.context import AuthContext
from dropally.auth.sealing import Sealer
from dropally.catalog import storages
from dropally.catalog.storages import StorageRow
from dropally.jobs.storage_definition import SECRET_OPTIONS, StorageDefinition, StorageKind
from dropally.store.repository.config import KEY as CONFIG_KEY


def all_definitions(
    auth: AuthContext, configured: Sequence[StorageDefinition]
) -> tuple[list[StorageDefinition], str]:
    """Every storage there is, and the id of the default one.

    Those of dropally.toml come first; a storage of the console with the id of one of them is
    passed over. The built-in one (there when the file defines none) gives way to those of the
    console unless a repository lies in it.
    """
    with auth.read() as connection:
        rows = storages.all_storages(connection)
        chosen = storages.default_storage(connection)
    added = [definition_of(row, auth.sealer) for row in rows]
    found = [one for one in configured if not (added and gives_way(one))]
    taken = {definition.id for definition in found}
    found += [definition for definition in added if definition.id not in taken]
    ids = [definition.id for definition in found]
    return found, chosen if chosen in ids else ids[0]


def gives_way(definition: StorageDefinition) -> bool:
    """True for the built-in storage as long as nothing is in it."""
    folder = definition.folder
    return definition.origin == "builtin" and not (folder and (folder / CONFIG_KEY).exists())


def definition_of(row: StorageRow, sealer: Sealer) -> StorageDefinition:
    """The definition that a row stands for. Raises DeniedError if its secrets cannot be opened."""
    secrets = sealer.open(row.secrets, _purpose(row.id))
    options = {
        **msgspec.json.decode(row.options, type=dict[str, str]),
        **msgspec.json.decode(secrets, type=dict[str, str]),
    }
    return StorageDefinition(
        id=row.id,
        kind=cast("StorageKind", row.kind),  # the table's own CHECK
        location=row.location,
        options=options,
        region_label=row.region_label,
        min_free_bytes=row.min_free_bytes,
        min_free_share=row.min_free_share,
        origin="console",
    )


def row_of(definition: StorageDefinition, sealer: Sealer) -> StorageRow:
    """The row that keeps a definition; its credentials are sealed."""
    open_options = {k: v for k, v in definition.options.items() if k not in SECRET_OPTIONS}
    secrets = {k: v for k, v in definition.options.items() if k in SECRET_OPTIONS}
    return StorageRow(
        id=definition.id,
        kind=definition.kind,
        location=definition.location,
        options=msgspec.json.encode(open_options, order="sorted").decode(),
        secrets=sealer.seal(msgspec.json.encode(secrets), _purpose(definition.id)),
        region_label=definition.region_label,
        min_free_bytes=definition.min_free_bytes,
        min_free_share=definition.min_free_share,
    )


def _purpose(storage_id: str) -> str:
    return f"storage:{storage_id}"
