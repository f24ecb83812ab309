"""The tables of `dropally.toml` about how things are done: tasks, safety, people, mail.

Durations are seconds, sizes are bytes, times of day are `HH:MM`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dropally.config.quantities import TryRate, parse_try_rate, show_try_rate
from dropally.config.replicas import Replica, parse_replica
from dropally.config.settings import (
    duration,
    fixed,
    mail_host,
    mail_sender,
    period,
    secret,
    setting,
    size,
    upkeep_plan,
)
from dropally.config.settings import zone as zone_setting
from dropally.config.times import UpkeepPlan, parse_time

Frequency = Literal["daily", "every-3-days", "weekly", "hourly", "every-6-hours"]


@dataclass(frozen=True)
class TaskDefaults:
    """[defaults.task]: what a new backup task begins with."""

    frequency: Frequency = "daily"
    hour: str = setting("03:00", parse=parse_time)
    zone: str = zone_setting("UTC")
    jitter: int = duration("10m", at_most=86400)
    index_content: bool = True
    auto_activate_members: bool = True
    auto_activate_team_folders: bool = True
    auto_activate_shared_folders: bool = True
    archived_keep_days: int = setting(0, at_least=0, at_most=36500)
    continuous: bool = False


@dataclass(frozen=True)
class RetentionDefaults:
    """[defaults.retention]: how long a new task keeps its restore points."""

    mode: Literal["unlimited", "period", "gfs"] = "unlimited"
    period: str = setting("", parse=period)
    keep_last: int = setting(0, at_least=0)
    keep_daily: int = setting(0, at_least=0)
    keep_weekly: int = setting(0, at_least=0)
    keep_monthly: int = setting(0, at_least=0)
    keep_yearly: int = setting(0, at_least=0)


@dataclass(frozen=True)
class Defaults:
    """[defaults]: for what is made anew; changing them changes nothing that is there."""

    task: TaskDefaults = field(default_factory=TaskDefaults)
    retention: RetentionDefaults = field(default_factory=RetentionDefaults)


@dataclass(frozen=True)
class Safety:
    """[safety]: time between a wish and what cannot be undone."""

    delete_grace: int = duration("7d", at_least=3600, at_most=3650 * 86400)
    shrink_grace: int = duration("7d", at_least=0, at_most=3650 * 86400)
    second_approver: bool = fixed(False)


@dataclass(frozen=True)
class Schedule:
    """[schedule]: what the appliance does for itself."""

    self_backup: UpkeepPlan = upkeep_plan("daily 02:00")
    self_backup_keep: int = setting(14, at_least=1, at_most=1000)
    verify: UpkeepPlan = upkeep_plan("daily 03:30")
    verify_all: int = duration("30d", at_least=86400, at_most=3650 * 86400)
    verify_time: int = duration("2h", at_least=60, at_most=7 * 86400)
    restore_drill: UpkeepPlan = upkeep_plan("weekly sun 05:00")
    drill_files: int = setting(100, at_least=1, at_most=1_000_000)
    parity: bool = setting(False)
    replicate: UpkeepPlan = upkeep_plan("off")
    replicas: tuple[Replica, ...] = setting((), parse=parse_replica, show=str)
    retain: UpkeepPlan = upkeep_plan("daily 04:00")
    prune: UpkeepPlan = upkeep_plan("daily 05:00")


@dataclass(frozen=True)
class Recovery:
    """[recovery]: how restores and downloads behave unless the request says otherwise."""

    restored_folder: str = "Restored by Dropally {date}"
    inplace_conflict: Literal["duplicate", "skip", "replace"] = "duplicate"
    download_link_ttl: int = duration("72h", at_least=300, at_most=90 * 86400)
    export_staging_max: int = size("50GiB")
    export_folders: tuple[Path, ...] = fixed(())
    jobs_page_days: int = setting(7, at_least=1, at_most=365)


@dataclass(frozen=True)
class Security:
    """[security]: what the organisation asks of its people. The Security page changes the same."""

    invite_ttl: int = duration("24h")
    reset_ttl: int = duration("1h")
    password_min: int = 12
    password_expire_days: int = 0
    enforce_2fa: bool = False
    self_registration: bool = False
    login_rate: TryRate = setting(TryRate(5, 300), parse=parse_try_rate, show=show_try_rate)
    audit_keep: int = duration("730d")


@dataclass(frozen=True)
class Smtp:
    """[notify.smtp]: the mail server. Without a host, no mail is sent and links are handed over."""

    host: str = setting("", parse=mail_host)
    port: int = setting(587, at_least=1, at_most=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str = ""
    username: str = ""
    password: str = secret()
    sender: str = setting("", parse=mail_sender, name="from")


@dataclass(frozen=True)
class Notify:
    """[notify]: how people are told."""

    smtp: Smtp = field(default_factory=Smtp)
