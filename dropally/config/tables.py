"""The tables of `dropally.toml` about the machine, with their defaults: address, folders, storage.

Durations are seconds, sizes are bytes, times of day are `HH:MM`. `policies` has the other tables.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dropally.config.network import (
    ListenAddress,
    Network,
    parse_base_url,
    parse_host,
    parse_network,
)
from dropally.config.object_lock import parse_object_lock
from dropally.config.quantities import (
    Reserve,
    parse_reserve,
    parse_share,
    show_reserve,
    show_share,
)
from dropally.config.rates import parse_rate_window, show_rate_window
from dropally.config.settings import address, duration, fixed, listen, secret, setting, size
from dropally.config.settings import zone as zone_setting
from dropally.store.backend import RateWindow


def default_data_folder() -> Path:
    """`/var/lib/dropally` for root, else the user's own data folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/dropally")
    share = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(share) / "dropally"


def default_cache_folder() -> Path:
    """`/var/cache/dropally` for root, else the user's own cache folder."""
    if os.geteuid() == 0:
        return Path("/var/cache/dropally")
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "dropally"


@dataclass(frozen=True)
class Server:
    """[server]: where the console and the API are reached."""

    listen: tuple[ListenAddress, ...] = listen("0.0.0.0:8480")
    base_url: str = setting("", parse=parse_base_url, applies="at restart")
    trusted_proxies: tuple[Network, ...] = fixed((), parse=parse_network, show=str)
    allowed_hosts: tuple[str, ...] = fixed((), parse=parse_host)
    tls: Literal["self-signed", "files", "off"] = fixed("self-signed")
    tls_cert: str = fixed("")
    tls_key: str = fixed("")
    session_idle: int = duration("30m")
    session_max: int = duration("12h")


@dataclass(frozen=True)
class Paths:
    """[paths]: where this machine keeps its own files."""

    data: Path = field(default_factory=default_data_folder)
    cache: Path = field(default_factory=default_cache_folder)


@dataclass(frozen=True)
class Log:
    """[log]: what the service writes to its standard error."""

    level: Literal["debug", "info", "warning", "error"] = fixed("info")
    format: Literal["auto", "json", "text"] = fixed("auto")


@dataclass(frozen=True)
class Locale:
    """[locale]: how the console shows things. Schedules name their own zone."""

    language: Literal["auto", "en", "de"] = "auto"
    time_zone: str = zone_setting("UTC")
    units: Literal["iec", "si"] = "iec"


@dataclass(frozen=True)
class DropboxSettings:
    """[dropbox]: how Dropbox is reached."""

    app_key: str = ""
    api_url: str = fixed("")
    proxy: str = fixed("")
    ca_file: str = fixed("")
    oauth_mode: Literal["code", "redirect"] = "code"
    redirect_port: int = fixed(8481, at_least=1, at_most=65535)
    max_parallel_requests: int = setting(8, at_least=1, at_most=256, applies="at restart")
    upload_quota_reserve: float = setting(
        0.10, parse=parse_share, show=show_share, applies="at restart"
    )


@dataclass(frozen=True)
class Storage:
    """One [[storage]]: where a repository lies. The first one is used unless another is named."""

    id: str = "main"
    kind: Literal["local", "s3", "azure", "gcs"] = "local"
    path: str = ""
    bucket: str = ""
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    access_key: str = secret()
    secret_key: str = secret()
    account: str = ""
    account_key: str = secret()
    service_account_file: str = ""
    checksum: Literal["", "sha256"] = ""
    object_lock: str = setting("", parse=parse_object_lock)
    maintenance_access_key: str = secret()
    maintenance_secret_key: str = secret()
    region_label: str = ""
    min_free: Reserve = setting(Reserve(share=0.05), parse=parse_reserve, show=show_reserve)


@dataclass(frozen=True)
class Encryption:
    """[encryption]: what opens the repository when nobody is there to type a passphrase."""

    key_source: Literal["file", "passphrase"] = fixed("file")
    key_file: str = fixed("")


@dataclass(frozen=True)
class Limits:
    """[limits]: what runs may take of this machine."""

    memory: int = size("256MiB", at_least=64 << 20)
    jobs_at_once: int = setting(4, at_least=1, at_most=64, applies="at restart")
    jobs_per_team: int = setting(2, at_least=1, at_most=64, applies="at restart")
    executor: Literal["threads", "processes"] = fixed("threads")
    processes: int = fixed(0, at_least=0, at_most=256)
    upload: tuple[RateWindow, ...] = fixed((), parse=parse_rate_window, show=show_rate_window)
    download: tuple[RateWindow, ...] = fixed((), parse=parse_rate_window, show=show_rate_window)
    zone: str = zone_setting("UTC")


@dataclass(frozen=True)
class Metrics:
    """[metrics]: figures for Prometheus, on a listener of their own or behind a token."""

    enabled: bool = fixed(True)
    listen: tuple[ListenAddress, ...] = listen("127.0.0.1:9480")
    token: str = fixed("", is_secret=True)


@dataclass(frozen=True)
class Support:
    """[support]: whom people ask; shown on the help page and with errors."""

    email: str = ""
    phone: str = ""
    chat_url: str = setting("", parse=address)
    ticket_url: str = setting("", parse=address)
    docs_url: str = setting("", parse=address)
