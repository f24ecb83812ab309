"""Who wins: default < file < environment < credential < command line; and where a value is from."""

from pathlib import Path

import pytest
from dropally.common.errors import UsageError
from dropally.config import load_config
from tests.config.files import loaded, write


def test_each_source_wins_over_the_one_before(tmp_path: Path) -> None:
    path = write(tmp_path, '[notify.smtp]\nhost = "file"\nfrom = "a@example.com"\n')
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    environ: dict[str, str] = {}
    key = "notify.smtp.host"

    def found(command_line: str = "") -> tuple[str, str]:
        answer = load_config(path, environ, {key: command_line} if command_line else {})
        return answer.config.notify.smtp.host, answer.origins[key]

    assert found() == ("file", "file")
    environ["DROPALLY__NOTIFY__SMTP__HOST"] = "environment"
    assert found() == ("environment", "environment")
    environ["CREDENTIALS_DIRECTORY"] = str(credentials)
    (credentials / key).write_text("credential\n", encoding="utf-8")
    (credentials / "passphrase").write_text("somebody else's", encoding="utf-8")
    assert found() == ("credential", "credential")
    assert found("typed") == ("typed", "command line")


def test_every_key_has_an_origin(tmp_path: Path) -> None:
    text = '[[storage]]\nid = "a"\npath = "/x"\n[defaults.task]\nhour = "04:00"\n'
    origins = load_config(write(tmp_path, text), {"DROPALLY__STORAGE__A__SECRET_KEY": "s"}).origins
    assert origins["storage.a.path"] == "file"
    assert origins["storage.a.secret_key"] == "environment"
    assert origins["storage.a.bucket"] == "default"
    assert origins["defaults.task.hour"] == "file"
    assert origins["defaults.task.zone"] == "default"


def test_lists_and_switches_by_the_environment(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        "",
        DROPALLY__SERVER__TRUSTED_PROXIES="10.0.0.5, 172.16.0.0/12",
        DROPALLY__SERVER__LISTEN="127.0.0.1:1,unix:/run/d.sock",
        DROPALLY__DEFAULTS__TASK__CONTINUOUS="yes",
        DROPALLY__METRICS__LISTEN="",
    )
    assert [str(network) for network in config.server.trusted_proxies] == [
        "10.0.0.5/32",
        "172.16.0.0/12",
    ]
    assert [str(address) for address in config.server.listen] == ["127.0.0.1:1", "unix:/run/d.sock"]
    assert config.defaults.task.continuous
    assert config.metrics.listen == ()


def test_a_storage_is_found_by_its_id_whatever_its_letters(tmp_path: Path) -> None:
    text = '[[storage]]\nid = "Berlin-2"\nkind = "s3"\nbucket = "b"\n'
    config = loaded(tmp_path, text, DROPALLY__STORAGE__BERLIN_2__SECRET_KEY="s")
    assert [storage.secret_key for storage in config.storage] == ["s"]


def test_the_short_name_of_the_data_folder(tmp_path: Path) -> None:
    assert loaded(tmp_path, "", DROPALLY_DATA="/srv/d").paths.data == Path("/srv/d")
    with pytest.raises(UsageError, match="both DROPALLY_DATA and DROPALLY__PATHS__DATA are set"):
        loaded(tmp_path, "", DROPALLY_DATA="/srv/d", DROPALLY__PATHS__DATA="/srv/e")


def test_a_value_and_its_file_are_not_both_taken(tmp_path: Path) -> None:
    names = {
        "DROPALLY__NOTIFY__SMTP__PASSWORD": "canary",
        "DROPALLY__NOTIFY__SMTP__PASSWORD_FILE": "/nowhere",
    }
    with pytest.raises(UsageError, match="PASSWORD_FILE are set; keep one") as caught:
        loaded(tmp_path, "", **names)
    assert "canary" not in caught.value.message
    assert "1 mistake" in caught.value.message


@pytest.mark.parametrize(
    ("name", "value", "cause"),
    [
        ("DROPALLY__STORAGE__A__SECRET_KEY_FILE", "/nowhere", "cannot read /nowhere"),
        ("DROPALLY__NOTIFY__SMPT__HOST", "x", "did you mean smtp"),
        ("DROPALLY__PATHS", "x", "must be a table"),
        ("DROPALLY_LIMITS__MEMORY", "1GiB", "did you mean DROPALLY__LIMITS__MEMORY"),
        ("DROPALLY__SEARCH__OCR", "true", "this version has no search index yet"),
        ("CREDENTIALS_DIRECTORY", "/nowhere", "cannot be read"),
    ],
)
def test_a_wrong_variable_is_refused(tmp_path: Path, name: str, value: str, cause: str) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(tmp_path, "", **{name: value})
    assert cause in caught.value.message


def test_a_wrong_credential_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notify.smtp.pasword").write_text("x", encoding="utf-8")
    with pytest.raises(
        UsageError, match=r"credential notify\.smtp\.pasword.*did you mean password"
    ):
        load_config(None, {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_a_wrong_key_of_the_command_line_is_refused() -> None:
    with pytest.raises(UsageError, match="did you mean memory"):
        load_config(None, {}, {"limits.memori": "1GiB"})
