"""Keys of the manual for features that this version does not have.

Taking such a key and doing nothing would be the worst answer: the admin would believe in it.
"""

_ABSENT = {
    "search": "search index",
    "defaults.task.index_max_file": "search index",
    "reports": "reports",
    "alerts": "alerts",
    "webdav": "WebDAV access",
    "billing": "billing",
    "auth": "single sign-on (OIDC, SAML)",
    "security.sso_only": "single sign-on (OIDC, SAML)",
    "security.trusted_ips": "list of trusted addresses",
    "notify.target": "targets but mail",
    "schedule.verify_new": "verification of what is new only (see schedule.verify)",
    "schedule.gc": "key of that name (see schedule.prune)",
    "storage.lock_days": "key of that name (object_lock says the days, too)",
    "storage.storage_class": "storage classes",
    "encryption.mode": "unencrypted repositories",
    "defaults.task.exclude": "exclusion of files",
    "dropbox.app_secret": "use for an app secret (linking works without one, by PKCE)",
    "safety.four_eyes": "approval by a second administrator",
    "limits.window": "limit by hours of its own (name them in limits.upload and limits.download)",
    "limits.cpu_workers": "limit on processor cores",
    "paths.logs": "log files of its own (the service logs to its standard error)",
    "telemetry": "update check",
}


def absent_feature(key: str) -> str:
    """What a message says about a key such as `search` or `storage.storage_class`; "" if not one."""
    feature = _ABSENT.get(key)
    return f"this version has no {feature} yet" if feature else ""
