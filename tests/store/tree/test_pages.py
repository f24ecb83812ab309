"""Sizes of real pages, and pages that somebody made to do harm."""

import random
import statistics

import pytest
from blake3 import blake3
from dropally.store.errors import DamagedError, LimitExceededError, NewerFormatError
from dropally.store.tree import (
    DELETE_SUBTREE,
    Change,
    PageId,
    children,
    count,
    cutting,
    diff,
    get,
    get_many,
    pages_of,
    scan,
)
from dropally.store.tree.pages import (
    MAX_KEY_BYTES,
    MAX_VALUE_BYTES,
    Page,
    decode_page,
    encode_page,
)
from tests.store.tree.model import BOUNDARY_KEY, MemoryPages, build, change

ENTRIES = {
    b"/dept%d/project %d/file %d.docx" % (i // 3000, i // 50, i): random.Random(i).randbytes(
        120 + i % 90
    )
    for i in range(30_000)
}


@pytest.fixture(scope="module")
def pages() -> MemoryPages:
    return MemoryPages()


@pytest.fixture(scope="module")
def root(pages: MemoryPages) -> PageId:
    root = build(pages, ENTRIES)
    assert root is not None
    return root


def test_leaves_lie_closely_around_eleven_kilobytes(pages: MemoryPages, root: PageId) -> None:
    decoded = [decode_page(pages.pages[page_id]) for page_id in pages_of(pages, root)]
    assert {page.level for page in decoded} == {0, 1, 2}
    sizes = [len(encode_page(page)) for page in decoded if page.level == 0]
    assert 10_000 < statistics.mean(sizes) < 12_000
    assert statistics.stdev(sizes) < 4_000
    assert max(sizes) <= cutting.MAX_PAGE_BYTES + 1024
    assert sum(size < cutting.MIN_PAGE_BYTES for size in sizes) <= 1


def test_pages_are_cut_as_documented_and_as_ever(pages: MemoryPages, root: PageId) -> None:
    """docs/repository-format.md, section "Where pages are cut", said again in few words."""
    page: list[tuple[bytes, bytes]] = []
    cuts, size = [], 0
    for key, value in sorted(ENTRIES.items()):
        e = len(key) + len(value) + 4
        size += e
        d = int.from_bytes(blake3(b"\0" + key, key=BOUNDARY_KEY).digest(8), "big")
        page.append((key, value))
        if size >= 3072 and (size >= 49152 or d * 12288**4 < 4 * 2**64 * e * size**3):
            cuts.append(page)
            page, size = [], 0
    cuts += [page] if page else []
    leaves = [decode_page(pages.pages[page_id]) for page_id in pages_of(pages, root)]
    found = [list(zip(p.keys, p.values, strict=True)) for p in leaves if p.level == 0]
    assert found == cuts
    assert root.hex() == "1b35c508ac913fe21cb4b29ac68fcaf034f1f7a149d8bf0661d8a99ea4f0c1d3"


def test_one_change_writes_one_page_a_level(pages: MemoryPages, root: PageId) -> None:
    mine = MemoryPages()
    mine.pages = dict(pages.pages)
    key = next(reversed(ENTRIES))
    changed = change(mine, root, [(key, bytes(len(ENTRIES[key])))])
    assert len(mine.pages) - len(pages.pages) == 3
    assert mine.loads <= 6
    mine.loads = 0
    assert list(diff(mine, root, changed)) == [(key, ENTRIES[key], bytes(len(ENTRIES[key])))]
    assert mine.loads == 6


def test_changing_nothing_writes_nothing(pages: MemoryPages, root: PageId) -> None:
    before = len(pages.pages)
    assert change(pages, root, []) == root
    assert change(pages, root, [(b"/none", None), (b"/nor this", DELETE_SUBTREE)]) == root
    same = sorted(ENTRIES.items())[::1000]
    assert change(pages, root, same) == root
    assert len(pages.pages) == before


def test_a_folder_is_deleted_without_reading_what_is_in_it(
    pages: MemoryPages, root: PageId
) -> None:
    pages.loads = 0
    rest = change(pages, root, [(b"/dept3", DELETE_SUBTREE)])
    assert pages.loads < 15
    assert count(pages, rest) == len(ENTRIES) - 3000
    assert list(children(pages, rest, b"/dept3")) == []


def test_a_folder_may_be_replaced_by_one_list_of_changes(pages: MemoryPages, root: PageId) -> None:
    changes: list[Change] = [(b"/dept3", DELETE_SUBTREE), (b"/dept3/new", b"1")]
    changed = change(pages, root, changes)
    assert list(scan(pages, changed, b"/dept3/", b"/dept30")) == [(b"/dept3/new", b"1")]


def test_a_folders_children_are_found_without_reading_what_is_deeper(pages: MemoryPages) -> None:
    wide = {**ENTRIES, **{b"/dept%d" % i: b"folder" for i in range(10)}}
    root = build(pages, wide)
    pages.loads = 0
    assert [key for key, _ in children(pages, root, b"")] == [b"/dept%d" % i for i in range(10)]
    assert pages.loads < 40


def test_no_map_is_none(pages: MemoryPages, root: PageId) -> None:
    assert build(pages, {}) is None
    assert change(pages, root, [(b"", DELETE_SUBTREE)]) is None
    assert change(pages, root, [(key, None) for key in sorted(ENTRIES)]) is None
    assert list(scan(pages, None)) == list(children(pages, None, b"")) == []
    assert get(pages, None, b"/x") is None
    assert list(diff(pages, None, None)) == []
    assert list(pages_of(pages, None)) == []
    assert count(pages, None) == 0
    assert len(list(diff(pages, None, root))) == len(ENTRIES)


def test_huge_entries_have_pages_too() -> None:
    pages = MemoryPages()
    entries = {b"k%d" % i + b"x" * 60_000: bytes([i]) * 900_000 for i in range(6)}
    root = build(pages, entries)
    assert dict(scan(pages, root)) == entries


@pytest.mark.parametrize(
    "changes",
    [[(b"b", b""), (b"a", b"")], [(b"a", b""), (b"a", None)], [(b"a/b", None), (b"a", None)]],
)
def test_changes_out_of_order_are_refused(changes: list[tuple[bytes, bytes | None]]) -> None:
    with pytest.raises(ValueError, match="ascend"):
        change(MemoryPages(), None, changes)


def test_any_kind_of_bytes_is_a_value() -> None:
    pages = MemoryPages()
    root = change(pages, None, [(b"a", bytearray(b"1")), (b"b", memoryview(b"2"))])  # type: ignore[list-item] # what callers pass all the same
    assert list(scan(pages, root)) == [(b"a", b"1"), (b"b", b"2")]


def test_look_ups_out_of_order_are_refused(pages: MemoryPages, root: PageId) -> None:
    with pytest.raises(ValueError, match="ascend"):
        list(get_many(pages, root, [b"b", b"a"]))


@pytest.mark.parametrize(
    ("key", "value"), [(b"k" * (MAX_KEY_BYTES + 1), b""), (b"k", bytes(MAX_VALUE_BYTES + 1))]
)
def test_absurd_sizes_are_refused(key: bytes, value: bytes) -> None:
    with pytest.raises(LimitExceededError):
        change(MemoryPages(), None, [(key, value)])


def reference(page_id: bytes, entries: int) -> bytes:
    return page_id + entries.to_bytes(8, "big")


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"\x01",
        b"\x01\x00",
        b"\x01\x00not msgpack",
        encode_page(Page(0, [], [])),
        encode_page(Page(0, [b"a"], [])),
        encode_page(Page(0, [b"b", b"a"], [b"", b""])),
        encode_page(Page(0, [b"a", b"a"], [b"", b""])),
        encode_page(Page(1, [b"a"], [b"short"])),
        encode_page(Page(200, [b"a"], [reference(bytes(32), 1)])),
        encode_page(Page(0, [b"a"], [b""])) + b"more",
        b"\x01\x00\x92\xdd\xff\xff\xff\xff",
    ],
)
def test_malformed_pages_are_damage(page: bytes) -> None:
    with pytest.raises(DamagedError):
        decode_page(page)


def test_any_changed_byte_of_a_page_gives_a_page_or_a_store_error() -> None:
    page = encode_page(Page(0, [b"aa", b"bb"], [b"1", b"2"]))
    for position in range(len(page)):
        changed = page[:position] + bytes([page[position] ^ 255]) + page[position + 1 :]
        try:
            decode_page(changed)
        except (DamagedError, NewerFormatError):
            continue


def test_a_page_longer_than_any_may_be_is_not_decoded() -> None:
    with pytest.raises(LimitExceededError):
        decode_page(bytes(5 * 1024 * 1024))


def test_a_newer_page_is_told_apart_from_damage() -> None:
    with pytest.raises(NewerFormatError, match="format 7"):
        decode_page(b"\x07\x00\x92\x90\x90")


def hostile_root(kind: str) -> tuple[MemoryPages, PageId]:
    """A root whose pages are each well formed, and lie about each other."""
    pages = MemoryPages()
    leaf = pages.save_page(encode_page(Page(0, [b"a", b"m"], [b"1", b"2"])))
    keys, values, level = [b"m"], [reference(leaf, 2)], 1
    if kind == "wrong last key":
        keys = [b"z"]
    elif kind == "wrong count":
        values = [reference(leaf, 3)]
    elif kind == "wrong level":
        level = 2
    elif kind == "overlap":
        keys, values = [b"b", b"m"], [reference(leaf, 2), reference(leaf, 2)]
        first = pages.save_page(encode_page(Page(0, [b"a", b"b"], [b"1", b"2"])))
        values[0] = reference(first, 2)
    elif kind == "circle":
        level = 3
    root = pages.save_page(encode_page(Page(level, keys, values)))
    if kind == "circle":
        pages.pages[leaf] = pages.pages[root]
    return pages, root


@pytest.mark.parametrize(
    "kind", ["wrong last key", "wrong count", "wrong level", "overlap", "circle"]
)
def test_pages_that_lie_about_each_other_are_damage(kind: str) -> None:
    pages, root = hostile_root(kind)
    with pytest.raises(DamagedError):
        list(scan(pages, root))
    with pytest.raises(DamagedError):
        list(diff(pages, None, root))
    with pytest.raises(DamagedError):
        get(pages, root, b"m")
    with pytest.raises(DamagedError):
        change(pages, root, [(b"m", b"3")])
