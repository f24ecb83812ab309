"""Names on disk: nothing climbs out, nothing clashes, and the Dropbox name can be told again."""

import pytest
from dropally.jobs.export.names import (
    clash_key,
    numbered,
    original_name,
    safe_name,
)
from dropally.jobs.paths import exported_name
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="/"), min_size=1, max_size=60
)


@given(name=NAMES, portable=st.booleans(), number=st.integers(2, 99))
def test_the_dropbox_name_can_be_told_again(name: str, portable: bool, number: int) -> None:
    safe = safe_name(name, portable=portable)
    assert original_name(safe) == name
    assert original_name(numbered(safe, number)) == name
    assert numbered(safe, number) != safe


@given(name=NAMES, portable=st.booleans())
def test_a_name_is_one_component(name: str, portable: bool) -> None:
    safe = safe_name(name, portable=portable)
    assert safe not in {"", ".", ".."}
    assert "/" not in safe
    assert "\0" not in safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.txt", "report.txt"),
        ("100%.txt", "100%.txt"),
        ("%41", "%2541"),
        ("..", "%2E%2E"),
        ("a:b", "a%3Ab"),
        ("CON", "%43ON"),
        ("nul.txt", "%6Eul.txt"),
        ("dot.", "dot%2E"),
        ("ann%~2.txt", "ann%25~2.txt"),
    ],
)
def test_portable_names(name: str, safe: str) -> None:
    assert safe_name(name, portable=True) == safe


def test_long_names_are_cut_and_stay_different() -> None:
    one, two = ("\U0001f600" * 250 + tail for tail in ("1.txt", "2.txt"))
    assert len(safe_name(one, portable=False).encode()) <= 240
    assert safe_name(one, portable=False) != safe_name(two, portable=False)
    assert safe_name(one, portable=False).endswith(".txt")


def test_clashes_are_seen_through_case_and_normal_form() -> None:
    assert clash_key("Ä.TXT") == clash_key("a\u0308.txt")
    assert clash_key("a") != clash_key("b")


def test_cloud_documents_get_the_ending_of_their_export() -> None:
    assert exported_name("Plan.paper", "markdown") == "Plan.paper.md"
    assert exported_name("Budget.xlsx", "xlsx") == "Budget.xlsx"
