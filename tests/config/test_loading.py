"""dropally.toml: defaults, mistakes all at once, environment over file."""

from dataclasses import replace
from pathlib import Path

import pytest
from dropally.common.errors import NotFoundError, UsageError
from dropally.config import Config, find_config_file, load_config
from tests.config.files import loaded, write

EXAMPLE = Path(__file__).parents[2] / "dropally.toml.example"


def test_an_empty_file_is_valid(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") == Config()


def test_the_example_shows_the_defaults(tmp_path: Path) -> None:
    config = load_config(EXAMPLE, {}).config
    assert replace(config, paths=Config().paths) == Config()
    assert config.paths.data == Path("/var/lib/dropally")


def test_every_key_is_in_the_example() -> None:
    origins = load_config(EXAMPLE, {}).origins
    missing = [key for key, origin in origins.items() if origin == "default"]
    by_kind = {"bucket", "prefix", "endpoint", "region", "account", "service_account_file"}
    by_kind |= {"access_key", "secret_key", "account_key", "checksum"}
    by_kind |= {"object_lock", "maintenance_access_key", "maintenance_secret_key"}
    assert {key.removeprefix("storage.main.") for key in missing} == by_kind
    text = EXAMPLE.read_text(encoding="utf-8")
    assert all(name in text for name in by_kind)


def test_every_mistake_is_reported_at_once_with_the_nearest_key(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[dropbox]\nmax_paralel_requests = 3\noauth_mode = "magic"\n[limits]\nmemory = "lots"\n[bckup]\n',
    )
    with pytest.raises(UsageError) as caught:
        load_config(path, {})
    text = caught.value.message
    assert "4 mistakes" in text
    assert "did you mean max_parallel_requests?" in text
    assert "must be one of code, redirect" in text
    assert "must be a size" in text
    assert "bckup" in text


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[dropbox\n", "not valid TOML"),
        ("config_version = 99\n", "newer"),
        ("config_version = true\n", "whole number"),
        ("[dropbox]\nmax_parallel_requests = 0\n", "at least 1"),
        ('[[storage]]\nkind = "s3"\n', "needs a bucket"),
        ('[[storage]]\nid = "a"\n[[storage]]\nid = "a"\n', "two [[storage]]"),
        ("[storage]\nid = 'a'\n", "written as [[storage]]"),
        ("paths = 3\n", "must be a table"),
    ],
)
def test_a_bad_value_names_its_cause(tmp_path: Path, text: str, cause: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_config(write(tmp_path, text), {})
    assert cause in caught.value.message


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n", encoding="utf-8")
    path = write(tmp_path, '[dropbox]\napp_key = "file"\nca_file = "x"\n[[storage]]\nid = "main"\n')
    config = load_config(
        path,
        {
            "DROPALLY__DROPBOX__APP_KEY": "environment",
            "DROPALLY__DROPBOX__CA_FILE": "/etc/ca.pem",
            "DROPALLY__DROPBOX__MAX_PARALLEL_REQUESTS": "16",
            "DROPALLY__STORAGE__MAIN__SECRET_KEY_FILE": str(secret),
            "DROPALLY__LIMITS__MEMORY": "128MiB",
            "DROPALLY_CONFIG": "not a setting",
        },
    ).config
    assert config.dropbox.app_key == "environment"
    assert config.dropbox.ca_file == "/etc/ca.pem"
    assert config.dropbox.max_parallel_requests == 16
    assert config.storage[0].secret_key == "s3cret"
    assert "s3cret" not in repr(config)
    assert config.limits.memory == 128 << 20


def test_a_wrong_environment_variable_is_refused() -> None:
    environ = {"DROPALLY__DROPBOX__APPKEY": "x", "DROPALLY__NOWHERE__X": "y"}
    with pytest.raises(UsageError, match="did you mean app_key") as caught:
        load_config(None, environ)
    assert "NOWHERE" in caught.value.message


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        find_config_file(tmp_path / "nowhere.toml", {})
    with pytest.raises(NotFoundError):
        find_config_file(None, {"DROPALLY_CONFIG": str(tmp_path / "nowhere.toml")})


def test_storages_are_found_by_name(tmp_path: Path) -> None:
    config = loaded(tmp_path, '[[storage]]\nid="a"\n[[storage]]\nid="b"\npath="/b"\n')
    assert config.storage_named("").id == "a"
    assert config.storage_named("b").path == "/b"
    with pytest.raises(NotFoundError, match="no storage"):
        config.storage_named("c")
