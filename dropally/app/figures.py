"""What the rooms know, as figures for the metrics."""

from collections.abc import Iterator
from datetime import datetime

from dropally.auth.context import AuthContext
from dropally.catalog import connections, figures
from dropally.catalog.moments import to_micros
from dropally.catalog.storages import self_backups
from dropally.jobs.runner import JobRunner
from dropally.jobs.storages import Storages
from dropally.server.metrics import Figure
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.locking import lock_figures
from dropally.upkeep.proving.viewing import proof_figures

_BACKED_UP = ("Active", "In Process", "Scheduled")


def collect_figures(upkeep: UpkeepContext) -> Iterator[Figure]:
    """All of them, as of now. Raises DatabaseFaultError."""
    yield from _tasks(upkeep.auth)
    yield from _teams(upkeep.auth)
    yield from _jobs(upkeep.runner)
    yield from _storages(upkeep.auth, upkeep.storages)
    for storage_id in upkeep.storages.ids():
        yield from _proofs(upkeep, storage_id)
        yield from _locks(upkeep, storage_id)


def _tasks(auth: AuthContext) -> Iterator[Figure]:
    with auth.read() as connection:
        tasks = figures.task_figures(connection)
        entities = figures.entity_figures(connection)
    for task in tasks:
        labels = {"task": task.task_id}
        mine = [found for found in entities if found.task_id == task.task_id]
        for found in mine:
            yield Figure(
                "dropally_entity_status",
                "Members and folders by status.",
                found.count,
                {**labels, "status": found.status},
            )
        wanted = [found for found in mine if found.status in _BACKED_UP]
        yield Figure(
            "dropally_source_bytes",
            "Size of what is backed up, in Dropbox.",
            sum(found.size_bytes for found in wanted),
            labels,
        )
        oldest = min((found.oldest for found in wanted if found.oldest), default=None)
        if oldest is not None:
            yield Figure(
                "dropally_task_oldest_backup_age_seconds",
                "Age of the least recent last backup of anything the task backs up.",
                (auth.now() - oldest).total_seconds(),
                labels,
            )
        if task.last_success is not None:
            yield Figure(
                "dropally_task_last_success_timestamp_seconds",
                "When the task last wrote a restore point.",
                _seconds(task.last_success),
                labels,
            )
        if task.next_run is not None:
            yield Figure(
                "dropally_task_next_run_timestamp_seconds",
                "When the task is due.",
                _seconds(task.next_run),
                labels,
            )


def _teams(auth: AuthContext) -> Iterator[Figure]:
    month = auth.now().strftime("%Y-%m")
    with auth.read() as connection:
        rows = connections.all_connections(connection)
        uploads = {row.id: connections.uploads_in(connection, row.team_id, month) for row in rows}
        failed = figures.failed_mails(connection)
    for row in rows:
        labels = {"connection": row.id}
        yield Figure(
            "dropally_connection_up",
            "1 while the link to the team works.",
            float(row.state == "connected"),
            labels,
        )
        yield Figure(
            "dropally_dropbox_upload_calls_used",
            "Upload calls of this month, of which a team has a number.",
            uploads[row.id],
            labels,
        )
    for kind, count in failed.items():
        yield Figure(
            "dropally_notification_failures",
            "Mails that were given up.",
            count,
            {"kind": kind},
            "counter",
        )


def _jobs(runner: JobRunner) -> Iterator[Figure]:
    counts: dict[str, int] = {}
    for job_id in runner.running_ids():
        kind = runner.get(job_id).kind
        counts[kind] = counts.get(kind, 0) + 1
    for kind, count in counts.items():
        yield Figure("dropally_jobs_running", "Jobs at work now.", count, {"kind": kind})


def _storages(auth: AuthContext, storages: Storages) -> Iterator[Figure]:
    with auth.read() as connection:
        made = self_backups(connection)
    for storage_id in storages.ids():
        labels = {"storage": storage_id}
        yield Figure(
            "dropally_storage_up",
            "1 while the storage answers.",
            float(storages.health(storage_id).is_reachable is True),
            labels,
        )
        room = storages.room(storage_id)
        if room is not None:
            yield Figure(
                "dropally_store_free_bytes", "Free space on its disk.", room.free_bytes, labels
            )
        backup = made.get(storage_id)
        if backup is not None and backup.made is not None:
            yield Figure(
                "dropally_selfbackup_last_success_timestamp_seconds",
                "When the appliance last backed itself up into the storage.",
                _seconds(backup.made),
                labels,
            )


def _locks(upkeep: UpkeepContext, storage_id: str) -> Iterator[Figure]:
    found = lock_figures(upkeep, storage_id)
    if found is None:
        return
    labels = {"storage": storage_id}
    yield Figure(
        "dropally_lock_short_objects",
        "Objects that backups need and that are locked for less than wished for.",
        found.short_objects,
        labels,
    )
    yield Figure(
        "dropally_lock_deleted_packs",
        "Packs that backups need and that somebody deleted.",
        found.hidden_packs,
        labels,
    )
    if found.last_run is not None:
        yield Figure(
            "dropally_lock_last_run_timestamp_seconds",
            "When locks were last extended.",
            _seconds(found.last_run),
            labels,
        )


def _proofs(upkeep: UpkeepContext, storage_id: str) -> Iterator[Figure]:
    found = proof_figures(upkeep, storage_id)
    if found is None:
        return
    labels = {"storage": storage_id}
    yield Figure(
        "dropally_verify_corrupt_objects", "Packs known to be damaged.", found.damaged, labels
    )
    yield Figure(
        "dropally_verified_share",
        "How much was decrypted and recomputed within schedule.verify_all, 0 to 1.",
        found.verified_share,
        labels,
    )
    for name, text, moment in (
        ("verify", "When a verification last found nothing.", found.last_good_verify),
        ("restore_drill", "When a drill last restored all it tried.", found.last_good_drill),
    ):
        if moment is not None:
            yield Figure(
                f"dropally_{name}_last_success_timestamp_seconds", text, _seconds(moment), labels
            )


def _seconds(moment: datetime) -> float:
    return to_micros(moment) / 1e6
