"""The folder in which downloads lie until they are fetched or their time is over."""

import shutil
from pathlib import Path

from dropally.common.errors import DeniedError
from dropally.common.text import format_bytes
from dropally.recovery.context import RecoveryContext

# For the database, logs and the backups that run meanwhile.
_LEFT_FREE_BYTES = 256 << 20


def check_staging_room(ctx: RecoveryContext, size_bytes: int) -> None:
    """Raise DeniedError if a download of this size has no room, by the settings or on the disk."""
    folder = ctx.folder("downloads")
    limit = ctx.settings().export_staging_max_bytes
    used = used_bytes(folder)
    if used + size_bytes > limit:
        raise DeniedError(
            f"prepared downloads may take {format_bytes(limit)} in all; {format_bytes(used)} are"
            f" taken and this one needs {format_bytes(size_bytes)}",
            hint="delete downloads that are not needed any more, download it without preparing, "
            "or raise [recovery] export_staging_max",
        )
    free = shutil.disk_usage(folder).free
    if free < size_bytes + _LEFT_FREE_BYTES:
        raise DeniedError(
            f"the disk has {format_bytes(free)} free and the download needs"
            f" {format_bytes(size_bytes)}",
            hint="free space on the appliance, or download it without preparing",
        )


def used_bytes(folder: Path) -> int:
    """What lies in the folder now, unfinished downloads included."""
    return sum(_size(path) for path in folder.glob("*/*"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # deleted since it was listed
        return 0


def part_path(ctx: RecoveryContext, download_id: str, number: int) -> Path:
    """Where a part of a download lies; the first is number 1."""
    return ctx.folder("downloads") / download_id / f"{number}.zip"


def discard(ctx: RecoveryContext, download_id: str) -> None:
    """Delete the files of a download; it does not matter if there are none."""
    shutil.rmtree(ctx.folder("downloads") / download_id, ignore_errors=True)
