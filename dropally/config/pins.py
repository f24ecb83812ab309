"""The keys that are rules for people: `auth.policy.SecurityPolicy` has the same by other names."""

from collections.abc import Mapping

from dropally.config.configuration import Config

# The field of SecurityPolicy -> the key.
SECURITY_KEYS: Mapping[str, str] = {
    "password_min": "security.password_min",
    "password_expire_days": "security.password_expire_days",
    "enforce_2fa": "security.enforce_2fa",
    "self_registration": "security.self_registration",
    "invite_ttl_s": "security.invite_ttl",
    "reset_ttl_s": "security.reset_ttl",
    "login_tries": "security.login_rate",
    "login_window_s": "security.login_rate",
    "session_idle_s": "server.session_idle",
    "session_max_s": "server.session_max",
    "audit_keep_days": "security.audit_keep",
}
_DAY_S = 86400


def as_policy(config: Config) -> dict[str, object]:
    """The values as fields of SecurityPolicy. Days are rounded up: nothing is kept shorter."""
    security = config.security
    return {
        "password_min": security.password_min,
        "password_expire_days": security.password_expire_days,
        "enforce_2fa": security.enforce_2fa,
        "self_registration": security.self_registration,
        "invite_ttl_s": security.invite_ttl,
        "reset_ttl_s": security.reset_ttl,
        "login_tries": security.login_rate.tries,
        "login_window_s": security.login_rate.window_s,
        "session_idle_s": config.server.session_idle,
        "session_max_s": config.server.session_max,
        "audit_keep_days": -(-security.audit_keep // _DAY_S),
    }


def pinned_policy(config: Config, origins: Mapping[str, str]) -> dict[str, object]:
    """Those that file or environment decide, as `auth.context.open_auth` takes them."""
    return {
        name: value for name, value in as_policy(config).items() if SECURITY_KEYS[name] in origins
    }
