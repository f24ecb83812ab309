"""What single values cannot tell: keys that need or exclude each other."""

from collections.abc import Mapping

from dropally.auth.errors import FieldsError
from dropally.auth.policy import check_settings
from dropally.config.configuration import CONFIG_VERSION, Config
from dropally.config.pins import SECURITY_KEYS, as_policy
from dropally.config.reading import Mistakes


def check_together(config: Config, mistakes: Mistakes) -> None:
    """Note what does not fit together."""
    if config.config_version > CONFIG_VERSION:
        mistakes.add(
            "config_version",
            f"config_version {config.config_version} is newer than this Dropally knows"
            f" ({CONFIG_VERSION})",
        )
    _check_storage(config, mistakes)
    _check_server(config, mistakes)
    _check_rules(config, mistakes)
    _check_people(as_policy(config), mistakes)


def _check_storage(config: Config, mistakes: Mistakes) -> None:
    seen: set[str] = set()
    for storage in config.storage:
        name = f"[[storage]] {storage.id!r}"
        if storage.id in seen:
            mistakes.add("storage", f"two [[storage]] have the id {storage.id!r}")
        seen.add(storage.id)
        if not storage.id or not storage.id.replace("-", "").replace("_", "").isalnum():
            mistakes.add("storage", f"{name}: an id has letters, digits, - and _")
        if storage.kind != "local" and not storage.bucket:
            mistakes.add("storage", f"{name} of kind {storage.kind!r} needs a bucket")
        if storage.kind != "s3" and storage.object_lock:
            mistakes.add("storage", f"{name}: object_lock is for storages of kind 's3'")
        if bool(storage.maintenance_access_key) != bool(storage.maintenance_secret_key):
            mistakes.add("storage", f"{name} needs both maintenance keys, or neither")
        if storage.kind == "local" and storage.bucket:
            mistakes.add("storage", f"{name} names a bucket, but its kind is 'local'")


def _check_server(config: Config, mistakes: Mistakes) -> None:
    server = config.server
    if not server.listen:
        mistakes.add("server.listen", "server.listen names no address")
    if server.tls == "files" and not (server.tls_cert and server.tls_key):
        mistakes.add("server.tls", 'server.tls = "files" needs tls_cert and tls_key')
    if server.tls != "files" and (server.tls_cert or server.tls_key):
        mistakes.add("server.tls", 'server.tls_cert and tls_key need server.tls = "files"')


def _check_rules(config: Config, mistakes: Mistakes) -> None:
    retention = config.defaults.retention
    if retention.mode == "period" and not retention.period:
        mistakes.add("defaults.retention.period", 'defaults.retention.mode = "period" needs period')
    kept = (retention.keep_last, retention.keep_daily, retention.keep_weekly)
    if retention.mode == "gfs" and not any((*kept, retention.keep_monthly, retention.keep_yearly)):
        mistakes.add(
            "defaults.retention.mode", 'defaults.retention.mode = "gfs" needs one of keep_*'
        )
    smtp = config.notify.smtp
    if smtp.host and not smtp.sender:
        mistakes.add("notify.smtp.from", "notify.smtp.host needs from, the sender's address")
    if smtp.password and not smtp.username:
        mistakes.add("notify.smtp.username", "notify.smtp.password needs username")


def _check_people(policy: Mapping[str, object], mistakes: Mistakes) -> None:
    """The ranges of these are the ones that the Security page keeps to."""
    try:
        check_settings(policy)
    except FieldsError as error:
        for name, problem in error.fields:
            mistakes.add(SECURITY_KEYS[name], f"{SECURITY_KEYS[name]}: {problem}")
