from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from dropally.store import (
    AlreadyExistsError,
    BytesLike,
    ChunkerParameters,
    DamagedError,
    LocalBackend,
    MemoryBackend,
    NewerFormatError,
    NotARepositoryError,
    RecoveryCode,
    RepositoryOptions,
    StoreError,
    WrongSecretError,
    create_repository,
    new_key_file,
    new_recovery_code,
    open_repository,
)
from dropally.store.keys import create_keyring
from tests.store.samples import (
    SECRET,
    SMALL,
    back_up,
    make,
    object_keys,
    read_back,
    reopen,
    ticking,
)


def changed_config(change: Callable[[dict[str, object]], None]) -> MemoryBackend:
    backend = MemoryBackend()
    make(backend)
    line, _, mac = backend.get("config").partition(b"\n")
    config = msgspec.json.decode(line, type=dict[str, object])
    change(config)
    backend.delete("config")
    backend.put_new("config", [msgspec.json.encode(config) + b"\n" + mac])
    return backend


def test_any_of_the_secrets_opens(tmp_path: Path) -> None:
    backend = LocalBackend(tmp_path / "repository")
    key_file, code = new_key_file(tmp_path / "key"), RecoveryCode(new_recovery_code())
    made = create_repository(backend, secrets=[key_file, code], clock=ticking())
    snapshot = back_up(made, {"/a": b"x"})
    for secret in (key_file, code, made.keyring):
        opened = open_repository(backend, secret, clock=ticking())
        assert read_back(opened, snapshot) == {"/a": b"x"}
    with pytest.raises(WrongSecretError):
        open_repository(backend, SECRET, clock=ticking())
    with pytest.raises(DamagedError, match="another repository"):
        open_repository(backend, create_keyring(), clock=ticking())


def test_f_no_repository_there(tmp_path: Path) -> None:
    with pytest.raises(NotARepositoryError) as caught:
        reopen(LocalBackend(tmp_path / "empty"))
    assert str(tmp_path / "empty") in str(caught.value)
    assert caught.value.hint


def test_a_repository_is_never_made_over_another() -> None:
    backend = MemoryBackend()
    make(backend)
    keys = object_keys(backend)
    with pytest.raises(AlreadyExistsError):
        make(backend)
    assert object_keys(backend) == keys


def test_a_backend_that_overwrites_is_refused() -> None:
    class Overwriting(MemoryBackend):
        def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
            self.delete(key)
            super().put_new(key, parts)

    backend = Overwriting()
    with pytest.raises(StoreError, match="If-None-Match"):
        make(backend)
    assert object_keys(backend) == []


def test_options_are_kept_and_obeyed() -> None:
    backend = MemoryBackend()
    make(backend)
    config = reopen(backend).config
    assert (config.chunker, config.pack_bytes, config.zstd_level) == (SMALL.chunker, 65536, 3)


@pytest.mark.parametrize(
    "options",
    [
        RepositoryOptions(zstd_level=40),
        RepositoryOptions(pack_bytes=5),
        RepositoryOptions(chunker=ChunkerParameters(min_bytes=1)),
    ],
)
def test_options_that_cannot_work_are_refused(options: RepositoryOptions) -> None:
    backend = MemoryBackend()
    with pytest.raises(ValueError, match="must"):
        make(backend, options)
    with pytest.raises(ValueError, match="secret"):
        create_repository(backend, secrets=[], clock=ticking())
    assert object_keys(backend) == []


def test_a_newer_format_is_named() -> None:
    def newer(config: dict[str, object]) -> None:
        config["format"] = 2
        config["chunker"] = "in another shape"

    with pytest.raises(NewerFormatError, match="format 2"):
        reopen(changed_config(newer))


def test_an_unknown_feature_is_named() -> None:
    features = {"read": ["erasure-coding"], "write": [], "gc": []}
    with pytest.raises(NewerFormatError, match="erasure-coding"):
        reopen(changed_config(lambda config: config.update(features=features)))


@pytest.mark.parametrize(
    "change",
    [
        {"zstd_level": 1},
        {"pack_bytes": 1 << 26},
        {"chunker": {"min_bytes": 64, "average_bytes": 256, "max_bytes": 1024}},
        {"created": "2020-01-01T00:00:00Z"},
    ],
)
def test_a_config_changed_without_the_keys_is_noticed(change: dict[str, object]) -> None:
    with pytest.raises(DamagedError, match="changed"):
        reopen(changed_config(lambda config: config.update(change)))


@pytest.mark.parametrize(
    "change",
    [
        {"pack_bytes": 1 << 62},
        {"zstd_level": -5},
        {"repository_id": "not hexadecimal"},
        {"chunker": {"min_bytes": 0, "average_bytes": 0, "max_bytes": 0}},
        {"mac_epoch": 99},
    ],
)
def test_a_hostile_config_is_refused(change: dict[str, object]) -> None:
    with pytest.raises((DamagedError, NewerFormatError)):
        reopen(changed_config(lambda config: config.update(change)))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"{}\n", b"null\nnull"])
def test_a_config_that_is_none_is_refused(content: bytes) -> None:
    backend = MemoryBackend()
    make(backend)
    backend.delete("config")
    backend.put_new("config", [content])
    with pytest.raises(DamagedError):
        reopen(backend)
