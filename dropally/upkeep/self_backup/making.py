"""Making a self-backup: gather, pack, and write it into a repository."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dropally import __version__
from dropally.auth import sealing
from dropally.catalog import audit, people
from dropally.catalog.appliance import FILE_NAME
from dropally.catalog.copying import copy_of, schema_of
from dropally.jobs.storage_definition import SECRET_OPTIONS
from dropally.store import DamagedError, Point, PointDraft, PointId, ReadOnlyError, Repository
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.self_backup.package import (
    DATABASE,
    GROUP,
    Manifest,
    Setting,
    StorageRecord,
    describe,
    pack,
)

KEY_NAME = "repository.key"
_SMALL_FILES = (sealing.FILE_NAME, "dropbox.json", "tls/certificate.pem", "tls/key.pem")
_MEMORY_BYTES = 64 << 20


@dataclass(frozen=True)
class Gathered:
    """All that a self-backup holds, as of one moment. `audit_seq`: the last act surely in it."""

    manifest: Manifest
    sources: Mapping[str, Path | bytes]
    audit_seq: int

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(file.size_bytes for file in self.manifest.files)


def gather(
    ctx: UpkeepContext, work_folder: Path, reason: str, copy: Path | None = None
) -> Gathered:
    """Copy the database into `work_folder` and read the small files.

    `copy`: a copy of the database that was made before an upgrade, to be packed in its place.
    Raises DatabaseFaultError, OSError.
    """
    with ctx.auth.read() as connection:
        organisation = people.organisation(connection)
        audit_seq = 0 if copy else audit.head(connection)[0]
    if copy is None:
        copy = work_folder / FILE_NAME
        copy_of(ctx.auth.database, copy)
    sources: dict[str, Path | bytes] = {DATABASE: copy}
    for name in _SMALL_FILES:
        if (path := ctx.data_folder / name).is_file():
            sources[name] = path.read_bytes()
    if ctx.key_file.is_file():
        sources[KEY_NAME] = ctx.key_file.read_bytes()
    manifest = Manifest(
        made=ctx.now(),
        version=__version__,
        appliance=organisation.name if organisation else "",
        reason=reason,
        schema=schema_of(copy),
        files=[describe(name, source) for name, source in sources.items()],
        storages=_storage_records(ctx),
        settings=[Setting(one.key, one.value, one.origin) for one in ctx.show_config()],
    )
    return Gathered(manifest, sources, audit_seq)


def _storage_records(ctx: UpkeepContext) -> list[StorageRecord]:
    found = []
    for storage_id in ctx.storages.ids():
        definition = ctx.storages.definition(storage_id)
        found.append(
            StorageRecord(
                id=storage_id,
                kind=definition.kind,
                location=definition.location,
                options={k: v for k, v in definition.options.items() if k not in SECRET_OPTIONS},
                region_label=definition.region_label,
                min_free_bytes=definition.min_free_bytes,
                min_free_share=definition.min_free_share,
                origin=definition.origin,
                is_default=storage_id == ctx.storages.default_id,
            )
        )
    return found


def write_into(repository: Repository, storage_id: str, gathered: Gathered) -> Point:
    """Store it; the restore point is the one moment at which it exists. Raises the store's errors."""
    manifest = gathered.manifest
    labels = {
        "storage": storage_id,
        "version": manifest.version,
        "appliance": manifest.appliance,
        "reason": manifest.reason,
        "files": str(len(manifest.files)),
        "size_bytes": str(gathered.size_bytes),
    }
    with repository.writer(note="self-backup", memory_limit=_MEMORY_BYTES, threads=1) as writer:
        content = writer.add(pack(manifest, gathered.sources))
        return writer.commit_point(
            PointDraft(group=GROUP, snapshots={}, time=manifest.made, about=content, labels=labels)
        )


def forget_old(repository: Repository, keep: int) -> int:
    """Forget all but the newest `keep` self-backups; how many went.

    One that cannot be read is not counted and stays. A storage that denies deletion keeps all.
    """
    points = list(repository.points(GROUP, damage=_pass_over))
    old = points[: max(0, len(points) - max(1, keep))]
    for number, point in enumerate(old):
        try:
            repository.forget_point(PointId(point.id))
        except ReadOnlyError:
            return number
    return len(old)


def _pass_over(_error: DamagedError) -> None:
    """A damaged one is shown in lists; here it only does not count."""
