"""What is refused although each value by itself is good, and what this version does not have."""

from pathlib import Path

import pytest
from dropally.auth.policy import SecurityPolicy
from dropally.common.errors import UsageError
from dropally.config import Config, entries, load_config
from dropally.config.pins import as_policy
from msgspec import json
from msgspec.structs import asdict
from tests.config.files import loaded, write


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[search]\nocr = true\n", "search: this version has no search index yet"),
        ("[[auth.oidc]]\nid = 'x'\n", "this version has no single sign-on"),
        ("[security]\nsso_only = true\n", "this version has no single sign-on"),
        ("[reports]\n", "this version has no reports yet"),
        ("[alerts]\n", "this version has no alerts yet"),
        ("[webdav]\nenabled = false\n", "this version has no WebDAV access yet"),
        ("[billing]\n", "this version has no billing yet"),
        (
            "[[limits.window]]\nwhen = ''\n",
            "limits.window: this version has no limit by hours of its own",
        ),
        ("[safety]\nfour_eyes = true\n", "this version has no approval by a second"),
        ("[[storage]]\nlock_days = 30\n", "object_lock says the days, too"),
    ],
)
def test_keys_of_features_that_are_not_there(tmp_path: Path, text: str, cause: str) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, text)
    assert cause in caught.value.message


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ('[server]\ntls = "files"\n', "needs tls_cert and tls_key"),
        ('[server]\ntls_cert = "x"\n', 'need server.tls = "files"'),
        ("[server]\nlisten = []\n", "names no address"),
        ('[server]\nsession_idle = "1s"\n', "server.session_idle"),
        ('[security]\npassword_min = 3\ninvite_ttl = "1s"\n', "security.invite_ttl"),
        ('[defaults.retention]\nmode = "gfs"\n', "needs one of keep_*"),
        ('[defaults.retention]\nmode = "period"\n', "needs period"),
        ('[notify.smtp]\nhost = "mail"\n', "needs from"),
        ('[notify.smtp]\nfrom = "Dropally"\n', "must be an address"),
        ('[notify.smtp]\nfrom = "a@example.com\\nBcc: b@example.com"\n', "must be an address"),
        ('[notify.smtp]\nhost = "https://mail"\n', "must be a host name"),
        ("[recovery]\nexport_staging_max = 99999999999999999999\n", "is too large"),
        ('[notify.smtp]\npassword = "canary"\n', "needs username"),
        ('[[storage]]\nid = "a/b"\n', "an id has letters"),
        ("server = 3\n", "must be a table"),
        ("[server]\nlisten = '0.0.0.0:8480'\n", "must be a list"),
        ("[metrics]\nenabled = 'perhaps'\n", "must be true or false"),
        ('[safety]\ndelete_grace = "5m"\n', "must be at least 1h"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, text: str, cause: str) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, text)
    assert cause in caught.value.message
    assert "canary" not in caught.value.message


def test_a_wrong_secret_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="password: must be a text") as caught:
        loaded(tmp_path, "[notify.smtp]\npassword = 12345678\n")
    assert "12345678" not in caught.value.message


def test_the_rules_for_people_begin_as_the_security_page_does() -> None:
    assert as_policy(Config()) == asdict(SecurityPolicy())


def test_only_what_file_or_environment_say_is_pinned(tmp_path: Path) -> None:
    text = '[security]\nlogin_rate = "3/10m"\naudit_keep = "36h"\n[server]\nsession_idle = "1h"\n'
    with pytest.raises(UsageError, match=r"security\.audit_keep"):
        loaded(tmp_path, text)
    pinned = load_config(write(tmp_path, text.replace("36h", "90d")), {}).pinned_policy
    assert pinned == {
        "login_tries": 3,
        "login_window_s": 600,
        "audit_keep_days": 90,
        "session_idle_s": 3600,
    }


def test_secrets_are_neither_shown_nor_represented(tmp_path: Path) -> None:
    text = '[[storage]]\nkind = "s3"\nbucket = "b"\nsecret_key = "canary"\n[metrics]\ntoken = "canary"\n'
    config = loaded(tmp_path, text)
    shown = {entry.key: entry.shown for entry in entries(config)}
    assert shown["storage.main.secret_key"] == "***"
    assert shown["storage.main.account_key"] == ""
    assert "canary" not in repr(config) + repr(shown) + repr(list(entries(config)))


def test_everything_that_is_shown_can_be_written_into_the_file(tmp_path: Path) -> None:
    config = load_config(None, {"DROPALLY__METRICS__LISTEN": "[::1]:9,unix:/m.sock"}).config
    lines = [
        f"{entry.key} = {json.encode(entry.shown).decode()}"
        for entry in entries(config)
        if not entry.key.startswith("storage.")
    ]
    assert loaded(tmp_path, "\n".join(lines)) == config


def test_shown_values_read_back_as_the_same(tmp_path: Path) -> None:
    shown = {entry.key: entry.shown for entry in entries(Config())}
    assert shown["recovery.download_link_ttl"] == "72h"
    assert shown["safety.delete_grace"] == "7d"
    assert shown["limits.memory"] == "256MiB"
    assert shown["storage.main.min_free"] == "5%"
    assert shown["server.listen"] == ["0.0.0.0:8480"]
    assert shown["schedule.self_backup"] == "daily 02:00"
    assert shown["security.login_rate"] == "5/5m"
