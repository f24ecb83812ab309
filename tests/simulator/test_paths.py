"""Names as Dropbox compares them; the odd cases were seen by others with the real service."""

import pytest
from dropally.simulator.state import paths


@pytest.mark.parametrize(
    ("name", "lowered"),
    [
        ("README", "readme"),
        ("\u00dcBER", "\u00fcber"),
        ("U\u0308BER", "\u00fcber"),  # decomposed
        (
            "\u039f\u0394\u039f\u03a3",
            "\u03bf\u03b4\u03bf\u03c3",
        ),  # a sigma at the end is a plain sigma
        ("\u0130stanbul", "istanbul"),  # the dotted I has a simple lower case only here
        ("\ua64a", "\ua64a"),  # joined Unicode after the servers' tables
        ("\u1e9e", "\u1e9e"),
        ("\u10a0", "\u2d00"),
        ("\U00010400", "\U00010428"),
        ("stra\u00dfe", "stra\u00dfe"),
        ("\U0001f600", "\U0001f600"),
    ],
)
def test_lower_casing_is_that_of_old_servers(name: str, lowered: str) -> None:
    assert paths.lower(name) == lowered


def test_paths_are_taken_apart_at_slashes_only() -> None:
    assert paths.clean("//Docs//a.txt/") == "/Docs/a.txt"
    assert paths.clean("/") == ""
    assert list(paths.ancestors("/a/b/c")) == ["/a", "/a/b"]
    assert paths.within("/a/b", "/a")
    assert not paths.within("/ab", "/a")
    assert paths.within("/anything", "")


@pytest.mark.parametrize(
    ("name", "numbered"),
    [("a.txt", "a (2).txt"), ("a", "a (2)"), (".hidden", ".hidden (2)"), ("a.b.c", "a.b (2).c")],
)
def test_a_number_goes_before_the_extension(name: str, numbered: str) -> None:
    assert paths.numbered(name, 2) == numbered


def test_a_name_is_measured_in_utf16() -> None:
    assert paths.is_allowed_name("\U0001f600" * 127)
    assert not paths.is_allowed_name("\U0001f600" * 128)
