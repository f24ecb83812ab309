"""Settings that cannot work are refused; secrets stay out of sight."""

import pickle
from pathlib import Path

import msgspec
import pytest
from dropally.common.errors import UsageError
from dropally.dropbox_api.credentials import Credentials
from dropally.dropbox_api.scopes import BACKUP_SCOPES, missing_scopes, scopes_for
from dropally.dropbox_api.settings import ConnectionSettings, check_settings


@pytest.mark.parametrize(
    "settings",
    [
        ConnectionSettings(api_url="127.0.0.1:80"),
        ConnectionSettings(api_url="ftp://127.0.0.1"),
        ConnectionSettings(api_url="http://dropbox.example"),
        ConnectionSettings(proxy_url="proxy:3128"),
        ConnectionSettings(ca_file=Path("/nowhere/ca.pem")),
        ConnectionSettings(max_workers=0),
    ],
)
def test_what_cannot_work_is_refused_with_a_hint(settings: ConnectionSettings) -> None:
    with pytest.raises(UsageError) as caught:
        check_settings(settings)
    assert caught.value.hint


def test_a_simulator_on_loopback_may_be_plain() -> None:
    check_settings(ConnectionSettings(api_url="http://127.0.0.1:8080"))
    check_settings(ConnectionSettings(api_url="https://dropbox.example"))


def test_credentials_hide_their_secrets_and_travel() -> None:
    credentials = Credentials(app_key="key", refresh_token="r-secret", access_token="a-secret")
    assert "secret" not in repr(credentials).replace("secrets hidden", "")
    assert "secret" not in str(credentials.__rich_repr__())
    assert pickle.loads(pickle.dumps(credentials)) == credentials
    assert msgspec.json.decode(msgspec.json.encode(credentials), type=Credentials) == credentials


def test_restoring_needs_more_than_backing_up() -> None:
    assert missing_scopes(BACKUP_SCOPES, "backup") == []
    assert "files.content.write" in missing_scopes(BACKUP_SCOPES, "restore")
    assert not any("permanent" in scope or "members.w" in scope for scope in scopes_for("restore"))
    with pytest.raises(UsageError):
        scopes_for("world domination")  # type: ignore[arg-type]  # what a typo would bring
