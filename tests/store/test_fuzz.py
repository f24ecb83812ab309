"""Whatever bytes a parser is given, it answers with a value or with one of the store's own errors.

`python -m bench.fuzz_store` goes on from here, led by what each change of the bytes makes the
code do.
"""

import pytest
from dropally.store import Content, StoreError
from dropally.store.content import direct_ids
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.store.parsers import PARSERS


@st.composite
def mutations(draw: st.DrawFn, start: bytes) -> bytes:
    """The bytes with a few changes: flips, cuts, insertions, stretches of zeros."""
    data = bytearray(start)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        action = draw(st.sampled_from(["flip", "cut", "insert", "zero", "drop"]))
        if action == "flip" and data:
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif action == "cut":
            del data[at:]
        elif action == "insert":
            data[at:at] = draw(st.binary(max_size=20))
        elif action == "zero":
            data[at : at + 16] = bytes(len(data[at : at + 16]))
        else:
            del data[at : at + draw(st.integers(1, 16))]
    return bytes(data)


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=50)
@given(st.data())
def test_changed_bytes_are_a_value_or_an_error_of_the_store(name: str, data: st.DataObject) -> None:
    parse, start = PARSERS[name]
    try:
        parse(data.draw(mutations(start)))
    except StoreError:
        return


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=30)
@given(junk=st.binary(max_size=400))
@example(junk=b"")
def test_any_bytes_are_a_value_or_an_error_of_the_store(name: str, junk: bytes) -> None:
    parse, start = PARSERS[name]
    for data in (junk, start[: len(junk)] + junk):
        try:
            parse(data)
        except StoreError:
            continue


@given(st.binary(max_size=200))
def test_ids_that_are_cut_are_refused(junk: bytes) -> None:
    try:
        assert len(direct_ids(Content(0, 0, junk))) * 32 == len(junk)
    except StoreError:
        assert len(junk) % 32
