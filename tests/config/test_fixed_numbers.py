"""The numbers that hold where nobody configured anything."""

from dropally.config import Config, entries


def test_f31_f45_f55_f75_f108_f116_f155_f160_without_a_configuration() -> None:
    shown = {entry.key: entry.shown for entry in entries(Config())}
    wanted = {
        "defaults.task.frequency": "daily",
        "defaults.task.hour": "03:00",
        "defaults.task.zone": "UTC",
        "defaults.task.index_content": True,
        "defaults.task.archived_keep_days": 0,
        "defaults.retention.mode": "unlimited",
        "safety.delete_grace": "7d",
        "recovery.download_link_ttl": "72h",
        "recovery.jobs_page_days": 7,
        "security.invite_ttl": "24h",
        "security.reset_ttl": "1h",
        "security.password_expire_days": 0,
    }
    assert {key: shown[key] for key in wanted} == wanted
