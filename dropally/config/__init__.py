"""`dropally.toml` and the environment -> frozen settings, and what the console changes of them."""

from dropally.config.configuration import CONFIG_VERSION, Config, Entry, entries
from dropally.config.given import Origin
from dropally.config.loading import LoadedConfig, find_config_file, load_config
from dropally.config.network import ListenAddress, Network
from dropally.config.policies import (
    Defaults,
    Notify,
    Recovery,
    RetentionDefaults,
    Safety,
    Schedule,
    Security,
    Smtp,
    TaskDefaults,
)
from dropally.config.quantities import Reserve, TryRate, parse_duration, parse_size
from dropally.config.tables import (
    DropboxSettings,
    Encryption,
    Limits,
    Locale,
    Log,
    Metrics,
    Paths,
    Server,
    Storage,
    Support,
)
from dropally.config.times import UpkeepPlan

__all__ = [
    "CONFIG_VERSION",
    "Config",
    "Defaults",
    "DropboxSettings",
    "Encryption",
    "Entry",
    "Limits",
    "ListenAddress",
    "LoadedConfig",
    "Locale",
    "Log",
    "Metrics",
    "Network",
    "Notify",
    "Origin",
    "Paths",
    "Recovery",
    "Reserve",
    "RetentionDefaults",
    "Safety",
    "Schedule",
    "Security",
    "Server",
    "Smtp",
    "Storage",
    "Support",
    "TaskDefaults",
    "TryRate",
    "UpkeepPlan",
    "entries",
    "find_config_file",
    "load_config",
    "parse_duration",
    "parse_size",
]
