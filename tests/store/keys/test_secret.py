from pathlib import Path

import pytest
from dropally.store.errors import StoreError, WrongSecretError
from dropally.store.keys import KeyFile, Passphrase, RecoveryCode, new_key_file


def test_a_key_file_is_its_owners_and_readable_again(tmp_path: Path) -> None:
    path = tmp_path / "key"
    made = new_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(made.material()) == 32
    assert KeyFile(path.read_bytes()).material() == made.material()


def test_a_key_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key"
    material = new_key_file(path).material()
    with pytest.raises(StoreError, match="exists already"):
        new_key_file(path)
    assert KeyFile(path).material() == material


def test_a_key_file_elsewhere_than_possible_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="none/key"):
        new_key_file(tmp_path / "none/key")
    with pytest.raises(WrongSecretError, match="none/key"):
        KeyFile(tmp_path / "none/key").material()


def test_any_changed_character_of_a_key_file_is_noticed(tmp_path: Path) -> None:
    new_key_file(tmp_path / "key")
    content = (tmp_path / "key").read_bytes()
    for position in range(len(content)):
        if content[position : position + 1] == b"\n":
            continue
        changed = content[:position] + b"!" + content[position + 1 :]
        with pytest.raises(WrongSecretError, match="not a key file"):
            KeyFile(changed).material()


def test_other_files_are_no_key_files() -> None:
    for content in (b"", b"\xff" * 100, b"one two three"):
        with pytest.raises(WrongSecretError):
            KeyFile(content).material()


def test_the_same_words_typed_elsewhere_are_the_same_passphrase() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    assert Passphrase(composed).material() == Passphrase(decomposed).material()
    assert Passphrase("Cafe").material() != Passphrase("cafe").material()


def test_an_empty_passphrase_is_refused() -> None:
    with pytest.raises(StoreError, match="empty"):
        Passphrase("").material()


def test_secrets_do_not_show_themselves(tmp_path: Path) -> None:
    for secret in (Passphrase("hunter2"), RecoveryCode("hunter2"), KeyFile(b"hunter2")):
        assert "hunter2" not in repr(secret)
