"""A tree against a dictionary: every way of making a map gives the same root and answers."""

from collections.abc import Iterator

import pytest
from dropally.store.tree import (
    DELETE_SUBTREE,
    Change,
    children,
    count,
    cutting,
    diff,
    get,
    get_many,
    pages_of,
    scan,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.store.tree.model import MemoryPages, build, change, change_model

NAMES = st.sampled_from(
    [b"a", b"b", b"a-", b"a.b", b"a0", b"ab", b"a b", b"\xc3\xa9", *(b"n%d" % i for i in range(20))]
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(lambda names: b"/" + b"/".join(names))
VALUES = st.binary(max_size=60)
MAPS = st.dictionaries(PATHS, VALUES, max_size=120)
CHANGES = st.dictionaries(
    PATHS, st.one_of(VALUES, VALUES, VALUES, st.none(), st.just(DELETE_SUBTREE)), max_size=60
).map(lambda changes: sorted(changes.items(), key=lambda item: item[0]))


@pytest.fixture(autouse=True, scope="module")
def small_pages() -> Iterator[None]:
    """A few entries a page, so that small maps have several levels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "SCALE_BYTES", 120)
        patch.setattr(cutting, "MIN_PAGE_BYTES", 30)
        patch.setattr(cutting, "MAX_PAGE_BYTES", 200)
        yield


@given(MAPS, st.lists(CHANGES, max_size=6))
@settings(max_examples=150, deadline=None)
def test_changes_in_any_batches_give_the_map_and_root_of_building_at_once(
    entries: dict[bytes, bytes], batches: list[list[Change]]
) -> None:
    pages, model = MemoryPages(), entries
    root = build(pages, entries)
    for batch in batches:
        root = change(pages, root, batch)
        model = change_model(model, batch)
        assert dict(scan(pages, root)) == model
        assert root == build(MemoryPages(), model)
        assert count(pages, root) == len(model)


@given(MAPS, st.randoms(use_true_random=False), st.integers(1, 20))
@settings(max_examples=80, deadline=None)
def test_the_order_of_arrival_does_not_matter(
    entries: dict[bytes, bytes], random: object, batch: int
) -> None:
    keys = sorted(entries)
    random.shuffle(keys)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    pages, root = MemoryPages(), None
    for first in range(0, len(keys), batch):
        some = sorted(keys[first : first + batch])
        root = change(pages, root, [(key, entries[key]) for key in some])
    assert root == build(MemoryPages(), entries)


@given(MAPS, CHANGES)
@settings(max_examples=80, deadline=None)
def test_undoing_changes_gives_the_root_back(
    entries: dict[bytes, bytes], changes: list[Change]
) -> None:
    pages = MemoryPages()
    root = build(pages, entries)
    changed = change(pages, root, changes)
    undo = [(key, old) for key, old, _ in diff(pages, root, changed)]
    assert change(pages, changed, undo) == root


@given(MAPS, CHANGES, st.tuples(PATHS, PATHS).map(sorted))
@settings(max_examples=150, deadline=None)
def test_a_difference_is_that_of_the_maps(
    entries: dict[bytes, bytes], changes: list[Change], bounds: list[bytes]
) -> None:
    pages, (start, end) = MemoryPages(), bounds
    old = build(pages, entries)
    new = change(pages, old, changes)
    model = change_model(entries, changes)
    wanted = [
        (key, entries.get(key), model.get(key))
        for key in sorted(entries.keys() | model.keys())
        if entries.get(key) != model.get(key)
    ]
    assert list(diff(pages, old, new)) == wanted
    assert list(diff(pages, new, old)) == [(key, b, a) for key, a, b in wanted]
    inside = [item for item in wanted if start <= item[0] < end]
    assert list(diff(pages, old, new, start, end)) == inside


@given(MAPS, MAPS)
@settings(max_examples=80, deadline=None)
def test_unrelated_maps_differ_as_they_do(a: dict[bytes, bytes], b: dict[bytes, bytes]) -> None:
    pages = MemoryPages()
    wanted = [(k, a.get(k), b.get(k)) for k in sorted(a.keys() | b.keys()) if a.get(k) != b.get(k)]
    assert list(diff(pages, build(pages, a), build(pages, b))) == wanted


@given(MAPS, st.lists(PATHS, max_size=30), st.tuples(PATHS, PATHS).map(sorted))
@settings(max_examples=100, deadline=None)
def test_reading_answers_as_a_dictionary(
    entries: dict[bytes, bytes], keys: list[bytes], bounds: list[bytes]
) -> None:
    pages, (start, end) = MemoryPages(), bounds
    root = build(pages, entries)
    listed = sorted(entries.items())
    assert [get(pages, root, key) for key in keys] == [entries.get(key) for key in keys]
    assert list(get_many(pages, root, sorted(keys))) == [(k, entries.get(k)) for k in sorted(keys)]
    assert list(scan(pages, root, start, end)) == [i for i in listed if start <= i[0] < end]
    assert list(scan(pages, root, start)) == [i for i in listed if start <= i[0]]
    for folder in [b"", *keys]:
        below = folder + b"/"
        wanted = [
            i for i in listed if i[0].startswith(below) and b"/" not in i[0].removeprefix(below)
        ]
        assert list(children(pages, root, folder)) == wanted


@given(MAPS, CHANGES)
@settings(max_examples=80, deadline=None)
def test_the_pages_of_a_tree_are_those_its_reading_needs(
    entries: dict[bytes, bytes], changes: list[Change]
) -> None:
    pages = MemoryPages()
    old = build(pages, entries)
    new = change(pages, old, changes)
    for root in (old, new):
        only = MemoryPages()
        only.pages = {page_id: pages.pages[page_id] for page_id in pages_of(pages, root)}
        assert list(scan(only, root)) == list(scan(pages, root))
    seen = set(pages_of(pages, old))
    fresh = list(pages_of(pages, new, set(seen)))
    assert set(fresh) == set(pages_of(pages, new)) - seen
    assert len(fresh) == len(set(fresh))
