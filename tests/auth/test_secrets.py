"""Passwords, tokens, codes and sealed values by themselves."""

import pickle
import stat
import threading
from pathlib import Path

import pytest
from dropally.auth import errors
from dropally.auth.addresses import email_key, email_problem
from dropally.auth.passwords import PasswordHasher, strength, weakness
from dropally.auth.sealing import Sealer, open_sealer, write_private_once
from dropally.auth.tokens import (
    SecretText,
    equal_secrets,
    new_token,
    spoken_code,
    token_hash,
    typed_code,
)
from dropally.common.errors import DeniedError
from dropally.common.ids import new_id
from hypothesis import example, given
from hypothesis import strategies as st
from tests.auth.appliance import PASSWORD, QUICK, NotedHasher


@pytest.mark.parametrize(
    ("password", "cause"),
    [
        ("short", "at least 12"),
        ("x" * 257, "at most 256"),
        ("aaaaaaaaaaaaaaaa", "same few"),
        ("abababababab", "same few"),
        ("abcdefghijklmnop", "neighbouring"),
        ("123456789012", "neighbouring"),
        ("password1234", "'password'"),
        ("Dropally2026!", "'dropally'"),
        ("annsmith12345", "'smith'"),
        ("example-ltd-1", "'example'"),
        ("\uff30\uff21\uff33\uff33\uff37\uff2f\uff32\uff241234", "'password'"),
    ],
)
def test_f14_weak_passwords_are_refused_with_their_cause(password: str, cause: str) -> None:
    found = weakness(password, at_least=12, personal=("Ann Smith", "ann@example.com"))
    assert cause in found


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "correct horse battery staple",
        "Kennwörter sind länger gut",
        "x7#Qm!e9Rt$2",
        "密码学家在晚上喝茶看书写字",
    ],
)
def test_good_passwords_need_no_digits_or_signs(password: str) -> None:
    assert weakness(password, at_least=12, personal=("Ann Smith", "ann@example.com")) == ""


def test_strength_grows_with_length() -> None:
    shown = [
        strength(text, at_least=12)
        for text in ("password", "plover grazi", PASSWORD, PASSWORD + " 7T")
    ]
    assert shown == [0, 1, 3, 4]


def test_passwords_are_hashed_with_argon2id_at_the_recommended_costs() -> None:
    stored = PasswordHasher().hash(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@given(st.text(max_size=40))
@example("e\u0301")
@example("\udce4")
def test_a_password_verifies_and_another_does_not(text: str) -> None:
    stored = QUICK.hash(text)
    assert QUICK.verify(stored, text)
    assert not QUICK.verify(stored, text + "x")
    assert not QUICK.verify(None, text)


def test_what_follows_the_longest_password_is_not_ignored() -> None:
    longest = "ab" * 128
    assert QUICK.verify(QUICK.hash(longest), longest)
    assert not QUICK.verify(QUICK.hash(longest), longest + "c")


def test_a_composed_letter_is_the_same_letter() -> None:
    assert QUICK.verify(QUICK.hash("caf\u00e9 crème brûlée"), "cafe\u0301 crème brûlée")


def test_an_unknown_account_costs_as_much_as_a_known_one() -> None:
    hasher = NotedHasher()
    stored = hasher.hash(PASSWORD)
    hasher.assert_equal_work([lambda: refuse(hasher, stored), lambda: refuse(hasher, None)])


def refuse(hasher: PasswordHasher, stored: str | None) -> None:
    assert not hasher.verify(stored, "wrong")


def test_a_broken_hash_lets_nobody_in() -> None:
    assert not QUICK.verify("$argon2id$broken", PASSWORD)
    assert not QUICK.verify("", "")


def test_only_few_hashes_run_at_once() -> None:
    hasher = PasswordHasher(memory_kib=1024, passes=1, lanes=1, at_once=1)
    threads = [threading.Thread(target=hasher.hash, args=(PASSWORD,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hasher.verify(hasher.hash(PASSWORD), PASSWORD)


def test_tokens_have_256_random_bits_and_a_prefix() -> None:
    made = {new_token("dpy_") for _ in range(200)}
    assert len(made) == 200
    assert all(token.startswith("dpy_") and len(token) == 4 + 43 for token in made)
    assert len({new_id("usr_") for _ in range(200)}) == 200


@given(st.text(max_size=250), st.text(max_size=250))
def test_equal_secrets_are_equal_texts(one: str, other: str) -> None:
    assert equal_secrets(one, one)
    assert equal_secrets(one, other) == (one[:200] == other[:200])
    assert len(token_hash(one)) == 32


@given(st.integers(min_value=1, max_value=8), st.booleans(), st.sampled_from(["", " ", "-", " - "]))
def test_a_spoken_code_survives_being_typed(groups: int, lower: bool, between: str) -> None:
    code = spoken_code(groups)
    typed = between.join(code.split("-"))
    assert typed_code(typed.lower() if lower else typed) == code.replace("-", "")
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567-")
    assert len(code.replace("-", "")) == groups * 4


def test_letters_that_look_alike_are_taken_for_each_other() -> None:
    assert typed_code("0i1l-8b") == "OIILBB"


def test_a_secret_text_does_not_show_itself() -> None:
    secret = SecretText("hunter2")
    assert "hunter2" not in repr(secret)
    assert "hunter2" not in repr([secret])
    assert "hunter2" not in f"{secret!r}"
    assert secret == "hunter2"


def test_sealed_values_open_with_key_and_purpose_only() -> None:
    sealer = Sealer(b"k" * 32)
    sealed = sealer.seal(b"seed", "totp:usr_1")
    assert b"seed" not in sealed
    assert sealer.open(sealed, "totp:usr_1") == b"seed"
    assert sealer.seal(b"seed", "totp:usr_1") != sealed
    for wrong, purpose in ((sealer, "totp:usr_2"), (Sealer(b"x" * 32), "totp:usr_1")):
        with pytest.raises(DeniedError):
            wrong.open(sealed, purpose)
    for broken in (b"", sealed[:-1], sealed[:5], bytes([sealed[0] ^ 1]) + sealed[1:]):
        with pytest.raises(DeniedError):
            sealer.open(broken, "totp:usr_1")


def test_the_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    sealed = open_sealer(folder).seal(b"x", "p")
    path = folder / "people.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_sealer(folder).open(sealed, "p") == b"x"
    assert [found.name for found in folder.iterdir()] == ["people.key"]
    path.write_bytes(b"short")
    with pytest.raises(DeniedError):
        open_sealer(folder)


def test_of_many_writers_of_a_private_file_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "key"
    threads = [
        threading.Thread(target=write_private_once, args=(path, bytes([number]) * 32))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    content = path.read_bytes()
    assert len(content) == 32
    assert len(set(content)) == 1
    assert [found.name for found in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize(
    ("email", "is_good"),
    [
        ("ann@example.com", True),
        (" ann.smith+dropally@mail.example.co.uk ", True),
        ("jörg@müller.example", True),
        ("root@localhost", True),
        ("ann@example", False),
        ("ann@@example.com", False),
        ("ann@example.com, bo@example.com", False),
        ("<ann@example.com>", False),
        ("ann@example.com\r\nBcc: x@example.com", False),
        ("a" * 250 + "@example.com", False),
    ],
)
def test_addresses(email: str, is_good: bool) -> None:
    assert (email_problem(email) == "") == is_good


def test_spellings_of_one_address_are_equal() -> None:
    assert email_key(" Ann@EXAMPLE.com ") == email_key("ann@example.com")
    assert email_key("\uff41nn@example.com") == email_key("ann@example.com")


def test_errors_survive_being_sent_to_another_process() -> None:
    for error in (
        errors.FieldsError([("name", "is required")]),
        errors.StateError("is_owner", "cause", hint="step"),
        errors.ForbiddenError("outside_reach", "cause", hint="step"),
        errors.LockedOutError(90),
        errors.LinkEndedError("cause", hint="step"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert (again.message, again.hint, again.code) == (error.message, error.hint, error.code)
