"""What the appliance itself knows of erased items, beside the repository: taken out."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from dropally.catalog import database, downloads, jobs, scrubbing
from dropally.catalog.cursors import drop_cursors
from dropally.catalog.scrubbing import Names
from dropally.jobs.backup import team_folder
from dropally.store import Repository
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.erasing.orders import EraseParams

_FILES = ("restore/*.db", "verified/*.db", "dropally.before-*.db")


def forget_stage(ctx: UpkeepContext, params: EraseParams, repository: Repository) -> None:
    """The listing under way, and where the next one goes on: the snapshot says it as well."""
    stages = ctx.data_folder / "stage" / repository.config.repository_id
    folder = stages / team_folder(params.team_id)
    database.remove(folder / f"{params.namespace}.db")
    drop_cursors(folder, [params.namespace])


def delete_downloads(ctx: UpkeepContext, storage_id: str) -> int:
    """Every prepared download from the storage: nobody can tell which holds what; how many."""
    with ctx.auth.write() as connection:
        ready = [
            row.id
            for row in downloads.all_ready(connection)
            if (job := jobs.job_by_id(connection, row.job)) and job.storage_id == storage_id
        ]
        for download_id in ready:
            downloads.close_download(connection, download_id, "deleted")
    for download_id in ready:
        shutil.rmtree(ctx.data_folder / "downloads" / download_id, ignore_errors=True)
    return len(ready)


def scrub_records(ctx: UpkeepContext, names: Names) -> int:
    """Jobs, activity, selections, restores' reports: how many cells named any of it."""
    count = scrubbing.scrub_appliance(ctx.auth.database, names)
    for path in _databases(ctx.data_folder):
        count += scrubbing.scrub_file(path, names)
    return count


def _databases(folder: Path) -> Iterable[Path]:
    for pattern in _FILES:
        yield from sorted(folder.glob(pattern))
