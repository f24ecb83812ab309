"""The rooms of the appliance put together: what each is given, and what runs in them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dropally.app.direct import Application
from dropally.auth import housekeeping as people_housekeeping
from dropally.auth.actors import scheduler
from dropally.auth.context import AuthContext
from dropally.catalog import connections, tasks
from dropally.catalog.jobs import JobRow
from dropally.config import Config
from dropally.config.live import LiveSettings
from dropally.jobs.events import EventBus
from dropally.jobs.handles import TeamHandle
from dropally.jobs.runner import JobRunner
from dropally.jobs.storages import Storages
from dropally.notify.exceptions import StorageLookout, tell_failed_job
from dropally.protection import backup, discovery, housekeeping, pausing, probing, retaining
from dropally.protection.connections import handle_of_team
from dropally.protection.context import ProtectionContext, ProtectionPolicy
from dropally.protection.following.service import Following
from dropally.protection.following.tasks import followed_tasks
from dropally.protection.plan_words import parse_plan
from dropally.protection.plans import SchedulePlan
from dropally.protection.runs import request_backup
from dropally.protection.settings import Retention, TaskSettings
from dropally.recovery import housekeeping as recovery_housekeeping
from dropally.recovery.context import RecoveryContext, RecoverySettings
from dropally.recovery.directory import TaskEntities
from dropally.scheduler import Scheduler, SystemPlan
from dropally.upkeep import kinds, locking, minutely, pruning, rebuild
from dropally.upkeep.context import ConfigEntry, ConnectedTeam, UpkeepContext, UpkeepSettings
from dropally.upkeep.decommission.asking import refuse_job
from dropally.upkeep.proving import due
from dropally.upkeep.proving.moving import settle_moves
from dropally.upkeep.self_backup import requesting

_EVERY_MINUTE = SchedulePlan(frequency="cron", cron="* * * * *", jitter_s=0)
_EVERY_FEW_MINUTES = SchedulePlan(frequency="cron", cron="*/5 * * * *", jitter_s=0)


@dataclass(frozen=True)
class Rooms:
    """The opened rooms above the jobs, and what runs in them beside the jobs."""

    protection: ProtectionContext
    recovery: RecoveryContext
    upkeep: UpkeepContext
    following: Following
    clockwork: Scheduler


@dataclass(frozen=True)
class Ground:
    """What all rooms stand on."""

    direct: Application
    settings: LiveSettings
    auth: AuthContext
    storages: Storages
    events: EventBus
    runner: JobRunner


def build_rooms(
    ground: Ground,
    *,
    restart: Callable[[], None],
    certificate_expires: Callable[[], datetime | None],
) -> Rooms:
    """Put the rooms together and make their kinds of jobs known to the runner, which waits yet."""
    protection = _protection(ground)
    recovery = _recovery(ground, protection)
    upkeep = _upkeep(ground, restart, certificate_expires)
    ground.runner.register(backup.BackupKind(protection))
    ground.runner.register(discovery.DiscoverKind(protection))
    ground.runner.register(retaining.RetainKind(protection))
    recovery_housekeeping.register(recovery)
    kinds.register_kinds(upkeep)
    ground.runner.refuse = refuse_job
    rebuild.rebuild_when_needed(upkeep)
    settle_moves(upkeep)
    ground.runner.on_finished(lambda row: tell_failed_job(ground.auth, row))
    following = Following(
        lambda: followed_tasks(protection), ground.runner, ground.storages, ground.direct.clock
    )
    return Rooms(
        protection, recovery, upkeep, following, _clockwork(ground, protection, recovery, upkeep)
    )


# -- protection ---------------------------------------------------------------------------


def _protection(ground: Ground) -> ProtectionContext:
    return ProtectionContext(
        ground.auth,
        ground.runner,
        ground.events,
        ground.storages,
        ground.direct.connection_settings,
        ground.direct.clock,
        lambda: protection_policy(ground.settings.get()),
    )


def protection_policy(config: Config) -> ProtectionPolicy:
    """What the configuration decides for all tasks, and for new ones."""
    defaults, retention = config.defaults.task, config.defaults.retention
    return ProtectionPolicy(
        app_key=config.dropbox.app_key,
        new_task=TaskSettings(
            index_content=defaults.index_content,
            auto_activate_members=defaults.auto_activate_members,
            auto_activate_team_folders=defaults.auto_activate_team_folders,
            auto_activate_shared_folders=defaults.auto_activate_shared_folders,
            archived_keep_days=defaults.archived_keep_days,
            retention=Retention(
                mode=retention.mode,
                period=retention.period,
                keep_last=retention.keep_last,
                keep_daily=retention.keep_daily,
                keep_weekly=retention.keep_weekly,
                keep_monthly=retention.keep_monthly,
                keep_yearly=retention.keep_yearly,
            ),
        ),
        new_plan=SchedulePlan(
            frequency="continuous" if defaults.continuous else defaults.frequency,
            hour=defaults.hour,
            zone=defaults.zone,
            jitter_s=defaults.jitter,
        ),
        grace=timedelta(seconds=config.safety.delete_grace),
        shrink_grace=timedelta(seconds=config.safety.shrink_grace),
        fetchers=config.dropbox.max_parallel_requests,
        processes=config.limits.processes if config.limits.executor == "processes" else 1,
        memory_bytes=config.limits.memory,
    )


# -- recovery -----------------------------------------------------------------------------


@dataclass(frozen=True)
class LinkedTeams:
    """The links to Dropbox, for restores."""

    protection: ProtectionContext

    def handle(self, team_id: str) -> TeamHandle:
        """A team's link. Raises StateError `disconnected`."""
        return handle_of_team(self.protection, team_id)


def _recovery(ground: Ground, protection: ProtectionContext) -> RecoveryContext:
    return RecoveryContext(
        ground.auth,
        ground.runner,
        ground.storages,
        TaskEntities(ground.auth),
        LinkedTeams(protection),
        lambda: _recovery_settings(ground.settings.get()),
    )


def _recovery_settings(config: Config) -> RecoverySettings:
    recovery = config.recovery
    return RecoverySettings(
        restored_folder=recovery.restored_folder,
        inplace_conflict=recovery.inplace_conflict,
        download_link_ttl=timedelta(seconds=recovery.download_link_ttl),
        export_staging_max_bytes=recovery.export_staging_max,
        export_folders=recovery.export_folders,
    )


# -- upkeep -------------------------------------------------------------------------------


def _upkeep(
    ground: Ground,
    restart: Callable[[], None],
    certificate_expires: Callable[[], datetime | None],
) -> UpkeepContext:
    direct, settings = ground.direct, ground.settings
    return UpkeepContext(
        auth=ground.auth,
        storages=ground.storages,
        runner=ground.runner,
        events=ground.events,
        data_folder=settings.get().paths.data,
        key_file=direct.key_file,
        new_secret=direct.new_secret,
        settings=lambda: upkeep_settings(settings.get()),
        show_config=lambda: _shown_config(settings),
        tasks_in=lambda storage_id: _tasks_in(ground.auth, storage_id),
        restart=restart,
        connection_settings=direct.connection_settings,
        connections=lambda: _connected_teams(ground.auth),
        app_key=lambda: settings.get().dropbox.app_key,
        certificate_expires=certificate_expires,
    )


def upkeep_settings(config: Config) -> UpkeepSettings:
    """What the configuration says about self-backups and proofs."""
    schedule = config.schedule
    return UpkeepSettings(
        self_backup_keep=schedule.self_backup_keep,
        verify_all_days=max(1, schedule.verify_all // 86400),
        verify_time_s=schedule.verify_time,
        drill_files=schedule.drill_files,
        parity=schedule.parity,
        replicas=tuple((one.source, one.target) for one in schedule.replicas),
        second_approver=config.safety.second_approver,
    )


def _shown_config(settings: LiveSettings) -> list[ConfigEntry]:
    effective = settings.effective
    return [
        ConfigEntry(entry.key, str(entry.shown), effective.origins.get(entry.key, "default"))
        for entry in effective.entries()
    ]


def _tasks_in(auth: AuthContext, storage_id: str) -> int:
    with auth.read() as connection:
        return tasks.count_in_storage(connection, storage_id)


def _connected_teams(auth: AuthContext) -> list[ConnectedTeam]:
    with auth.read() as connection:
        rows = connections.all_connections(connection)
    return [ConnectedTeam(row.team_name, row.state == "connected", row.detail) for row in rows]


# -- what is due --------------------------------------------------------------------------


def _clockwork(
    ground: Ground,
    protection: ProtectionContext,
    recovery: RecoveryContext,
    upkeep: UpkeepContext,
) -> Scheduler:
    def start_task(task_id: str) -> JobRow:
        return request_backup(protection, scheduler(), task_id)

    def doing(act: Callable[[], object]) -> Callable[[threading.Event], None]:
        def run(_stopping: threading.Event) -> None:
            act()

        return run

    def probe_all(stopping: threading.Event) -> None:
        probing.probe_all(protection, stopping)

    def make_self_backup(_stopping: threading.Event) -> JobRow:
        return requesting.request(upkeep, scheduler(), reason="scheduled")

    def daily(hour: str) -> SchedulePlan:
        return parse_plan(f"daily {hour}", "UTC")

    lookout = StorageLookout(
        ground.auth, ground.storages, lambda storage_id: _tasks_in(ground.auth, storage_id)
    )
    system = {
        "probe": SystemPlan(daily("04:30"), probe_all),
        "discover": SystemPlan(
            daily("01:00"), doing(lambda: discovery.discover_all(protection, scheduler()))
        ),
        "housekeeping": SystemPlan(daily("00:15"), doing(lambda: housekeeping.run(protection))),
        "people": SystemPlan(daily("00:20"), doing(lambda: people_housekeeping.tidy(ground.auth))),
        "jobs": SystemPlan(daily("00:25"), doing(ground.runner.tidy)),
        "recovery": SystemPlan(
            _EVERY_FEW_MINUTES, doing(lambda: recovery_housekeeping.run(recovery))
        ),
        "lookout": SystemPlan(_EVERY_FEW_MINUTES, doing(lookout.look)),
        "object-lock": SystemPlan(daily("04:45"), doing(lambda: locking.request_all(upkeep))),
        "upkeep": SystemPlan(_EVERY_MINUTE, doing(lambda: minutely.tick(upkeep))),
    }
    schedule = ground.settings.get().schedule
    for name, plan, act in (
        ("self-backup", schedule.self_backup, make_self_backup),
        ("verify", schedule.verify, doing(lambda: due.verify_all(upkeep))),
        ("drill", schedule.restore_drill, doing(lambda: due.drill_all(upkeep))),
        ("replicate", schedule.replicate, doing(lambda: due.replicate_all(upkeep))),
        ("retain", schedule.retain, doing(lambda: retaining.request_all(protection, scheduler()))),
        ("prune", schedule.prune, doing(lambda: pruning.request_all(upkeep, scheduler()))),
    ):
        if plan.frequency != "off":
            system[name] = SystemPlan(parse_plan(str(plan), "UTC"), act)
    return Scheduler(
        ground.auth,
        start_task,
        system,
        before_tasks=lambda: pausing.resume_due(protection),
    )
