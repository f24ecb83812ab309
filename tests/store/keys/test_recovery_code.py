import re

import pytest
from dropally.store.errors import WrongSecretError
from dropally.store.keys import new_recovery_code
from dropally.store.keys.recovery_code import parse_recovery_code
from hypothesis import given
from hypothesis import strategies as st

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE = "FNKYB-3CBPH-A0B1H-9XB2A-67V5H-8DEHS-7EME2-YXRAD"


def test_codes_are_grouped_for_readers_and_differ() -> None:
    assert re.fullmatch(rf"([{ALPHABET}]{{5}}-){{7}}[{ALPHABET}]{{5}}", CODE)
    assert new_recovery_code() != CODE
    assert len(parse_recovery_code(CODE)) == 20


@pytest.mark.parametrize(
    "typed",
    [
        CODE.lower(),
        CODE.replace("-", ""),
        CODE.replace("-", " "),
        f"  {CODE}\n",
        CODE.replace("0", "O").replace("1", "I"),
        CODE.replace("0", "o").replace("1", "l"),
    ],
    ids=["lower", "joined", "spaced", "padded", "capital letters", "small letters"],
)
def test_ways_of_typing_do_not_matter(typed: str) -> None:
    assert parse_recovery_code(typed) == parse_recovery_code(CODE)


@given(st.integers(0, 39), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(position: int, character: str) -> None:
    plain = CODE.replace("-", "")
    typed = plain[:position] + character + plain[position + 1 :]
    if typed == plain:
        assert parse_recovery_code(typed) == parse_recovery_code(CODE)
        return
    with pytest.raises(WrongSecretError, match="checksum"):
        parse_recovery_code(typed)


@given(st.integers(0, 38))
def test_two_swapped_characters_are_noticed(position: int) -> None:
    plain = CODE.replace("-", "")
    typed = plain[:position] + plain[position + 1] + plain[position] + plain[position + 2 :]
    if typed != plain:
        with pytest.raises(WrongSecretError):
            parse_recovery_code(typed)


@given(st.text(max_size=60))
def test_nonsense_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(WrongSecretError) as caught:
        parse_recovery_code(text)
    assert len(text) < 4 or text not in str(caught.value)


def test_a_missing_group_is_said() -> None:
    with pytest.raises(WrongSecretError, match="35 characters, not 40"):
        parse_recovery_code(CODE[:-6])


def test_a_strange_character_is_located_by_its_group() -> None:
    with pytest.raises(WrongSecretError, match="group 2"):
        parse_recovery_code(CODE[:6] + "U" + CODE[7:])
