import hashlib
from collections.abc import Sequence

import pytest
from dropally.store.content import (
    MAX_DIRECT_CHUNKS,
    MAX_LIST_ENTRIES,
    MIN_LIST_ENTRIES,
    Content,
    Fingerprint,
    ListEntry,
    check_fingerprint,
    decode_list,
    direct_ids,
    encode_list,
    pack_entries,
    unpack_entries,
)
from dropally.store.errors import DamagedError, LimitExceededError
from dropally.store.index import Location
from dropally.store.reader.need import Need, clip, needs_of
from dropally.store.writer.lists import ContentBuilder
from hypothesis import given
from hypothesis import strategies as st


class Lists:
    """Stored lists, by an id that is not a real one but as good."""

    def __init__(self) -> None:
        self.stored: dict[bytes, bytes] = {}

    def store(self, encoded: bytes) -> bytes:
        list_id = hashlib.sha256(encoded).digest()
        self.stored[list_id] = encoded
        return list_id


def chunk_id(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def build(lengths: Sequence[int], lists: Lists) -> Content:
    builder = ContentBuilder(lists.store)
    for number, length in enumerate(lengths):
        builder.add(chunk_id(number), length)
    return builder.finish()


def needs(
    content: Content, lists: Lists, lengths: Sequence[int], begin: int, end: int
) -> list[Need]:
    def locate(ids: Sequence[bytes]) -> dict[bytes, Location]:
        by_id = {chunk_id(number): length for number, length in enumerate(lengths)}
        return {one: Location(0, 0, 0, 0, 0, 0, 0, by_id[one]) for one in ids}

    found = needs_of(content, begin, end, load_list=lists.stored.__getitem__, locate=locate)
    return list(found)


@pytest.mark.parametrize("count", [0, 1, MAX_DIRECT_CHUNKS, MAX_DIRECT_CHUNKS + 1, 300, 6000])
def test_every_byte_is_needed_once_and_in_order(count: int) -> None:
    lengths = [number % 7 + 1 for number in range(count)]
    lists = Lists()
    content = build(lengths, lists)
    assert content.size_bytes == sum(lengths)
    assert (content.depth == 0) == (count <= MAX_DIRECT_CHUNKS)
    whole = needs(content, lists, lengths, 0, content.size_bytes)
    assert whole == [Need(chunk_id(n), 0, length, length) for n, length in enumerate(lengths)]


@given(st.integers(1, 2000), st.data())
def test_a_range_needs_just_its_bytes(count: int, data: st.DataObject) -> None:
    lengths = [number % 5 + 1 for number in range(count)]
    lists = Lists()
    content = build(lengths, lists)
    begin = data.draw(st.integers(0, content.size_bytes))
    end = data.draw(st.integers(begin, content.size_bytes))
    found = needs(content, lists, lengths, begin, end)
    assert sum(need.end - need.begin for need in found) == end - begin
    if found:
        number = next(n for n, _ in enumerate(lengths) if chunk_id(n) == found[0].chunk_id)
        assert sum(lengths[:number]) + found[0].begin == begin


def test_an_insertion_changes_few_lists() -> None:
    before, after = Lists(), Lists()
    build([10] * 20_000, before)
    builder = ContentBuilder(after.store)
    for number in range(20_000):
        if number == 5000:
            builder.add(chunk_id(-1), 10)
        builder.add(chunk_id(number), 10)
    builder.finish()
    assert len(before.stored) > 10
    assert len(set(after.stored) - set(before.stored)) <= 2


def test_lists_stay_within_bounds() -> None:
    lists = Lists()
    build([1] * 30_000, lists)
    sizes = sorted(len(decode_list(stored)) for stored in lists.stored.values())
    assert sizes[-1] <= MAX_LIST_ENTRIES
    assert sizes[2] >= MIN_LIST_ENTRIES  # all but the last of each of the two levels


def test_a_list_that_lies_about_its_length_is_refused() -> None:
    lists = Lists()
    inner = lists.store(encode_list([ListEntry(chunk_id(1), 5)]))
    content = Content(9, 1, pack_entries([ListEntry(inner, 9)]))
    with pytest.raises(DamagedError, match="does not cover"):
        needs(content, lists, [], 0, 9)


def test_a_content_that_lies_about_its_size_is_refused() -> None:
    with pytest.raises(DamagedError, match="add up"):
        needs(Content(9, 0, chunk_id(0) + chunk_id(1)), Lists(), [5, 6], 0, 9)


def test_absurd_nesting_is_refused() -> None:
    with pytest.raises(LimitExceededError):
        needs(Content(1, 99, b""), Lists(), [], 0, 1)


def test_cut_lists_are_refused() -> None:
    with pytest.raises(DamagedError):
        unpack_entries(bytes(41))
    with pytest.raises(DamagedError):
        direct_ids(Content(1, 0, bytes(33)))
    with pytest.raises(DamagedError):
        decode_list(b"DCL2" + bytes(40))


def test_ranges_outside_are_refused() -> None:
    assert clip(Content(10), 4, None) == (4, 10)
    assert clip(Content(10), 4, 100) == (4, 10)
    for offset, length in ((-1, None), (11, None), (0, -1)):
        with pytest.raises(ValueError, match="offset"):
            clip(Content(10), offset, length)


def test_fingerprints_are_checked() -> None:
    with pytest.raises(ValueError, match="fingerprint"):
        check_fingerprint(Fingerprint(b"short", 1))
    with pytest.raises(ValueError, match="fingerprint"):
        check_fingerprint(Fingerprint(bytes(32), -1))
