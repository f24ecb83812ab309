"""What a tree of many entries costs: building, changing, comparing, reading.

    python -m bench.store_tree [--entries 1000000]

Times are CPU seconds. Pages go to a dictionary, compressed as the repository would compress them
only where that is said; peak memory is measured with pages thrown away.
"""

import argparse
import hashlib
import random
import resource
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec
import pyzstd
from blake3 import blake3
from dropally.store.tree import (
    DELETE_SUBTREE,
    PageId,
    apply,
    children,
    count,
    diff,
    get_many,
    pages_of,
    scan,
)

T = TypeVar("T")
KEY = bytes(range(32))
ZSTD_LEVEL = 3


class Pages:
    """Pages in a dictionary, or only named and forgotten."""

    def __init__(self, *, keep: bool = True) -> None:
        self.kept: dict[PageId, bytes] = {}
        self.loads = 0
        self._keep = keep

    def load_page(self, page_id: PageId) -> bytes:
        """As the tree wants it."""
        self.loads += 1
        return self.kept[page_id]

    def save_page(self, page: bytes) -> PageId:
        """As the tree wants it."""
        page_id = PageId(blake3(page, key=KEY).digest())
        if self._keep or page[1]:  # the root's level is asked for at the end
            self.kept[page_id] = page
        return page_id


def path(number: int) -> bytes:
    return b"/dept%03d/project%04d/file %07d.docx" % (number // 20000, number // 200, number)


def value(number: int, version: int = 0) -> bytes:
    """A value like a file's entry: names, ids, times, hash, author, one chunk."""
    chunk = hashlib.sha256(b"c%d.%d" % (number, version)).digest()
    return msgspec.msgpack.encode(
        [
            "file",
            f"File {number:07d}.docx",
            f"id:{number:022d}",
            f"01{number:014x}",
            number * 37 % 900_000,
            1_700_000_000 + number,
            1_700_000_000 + number,
            hashlib.sha256(chunk).digest(),
            f"dbmid:{number % 50:030d}",
            (number % 900, chunk),
        ]
    )


def entries(total: int) -> Iterator[tuple[bytes, bytes]]:
    return ((path(number), value(number)) for number in range(total))


def timed(call: Callable[[], T]) -> tuple[T, float]:
    started = time.process_time()
    result = call()
    return result, time.process_time() - started


def show_peak(total: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    apply(Pages(keep=False), None, entries(total), boundary_key=KEY)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory of building beside the page store: {(after - before) / 1024:.0f} MiB")


def show_building(pages: Pages, total: int) -> PageId:
    _, making = timed(lambda: sum(len(key) + len(data) for key, data in entries(total)))
    root, building = timed(lambda: apply(pages, None, entries(total), boundary_key=KEY))
    assert root is not None
    sizes = [len(page) for page in pages.kept.values()]
    print(
        f"build {total}: {building - making:.2f} s (and {making:.2f} s to make the entries), "
        f"{len(sizes)} pages, {sum(sizes) / 1e6:.0f} MB, mean {sum(sizes) / len(sizes):.0f}, "
        f"zstd {compressed(list(pages.kept.values())):.1f} MB"
    )
    return root


def compressed(pages: list[bytes], together: int = 16) -> float:
    groups = (pages[first : first + together] for first in range(0, len(pages), together))
    return sum(len(pyzstd.compress(b"".join(group), ZSTD_LEVEL)) for group in groups) / 1e6


def show_changing(pages: Pages, root: PageId, total: int) -> PageId:
    chosen = sorted(random.Random(1).sample(range(total), 1000))
    changes = [(path(number), value(number, 1)) for number in chosen]
    before, pages.loads = len(pages.kept), 0
    changed, seconds = timed(lambda: apply(pages, root, changes, boundary_key=KEY))
    assert changed is not None
    new = list(pages.kept.values())[before:]
    print(
        f"1000 scattered changes: {seconds:.3f} s, {pages.loads} pages read, {len(new)} written, "
        f"{sum(map(len, new)) / 1e6:.1f} MB, zstd {compressed(new):.1f} MB"
    )
    return changed


def show_reading(pages: Pages, root: PageId, changed: PageId, total: int) -> None:
    pages.loads = 0
    found, seconds = timed(lambda: sum(1 for _ in diff(pages, root, changed)))
    print(f"diff: {found} entries, {seconds:.3f} s, {pages.loads} pages read")
    found, seconds = timed(lambda: sum(1 for _ in scan(pages, root)))
    print(f"scan: {found} entries, {seconds:.2f} s")
    wanted = [path(number) for number in range(0, total, 100)]
    found, seconds = timed(lambda: sum(1 for _ in get_many(pages, root, wanted)))
    print(f"get_many: {found} of {total}, {seconds:.3f} s")
    folder = path(total // 2).rpartition(b"/")[0]
    found, seconds = timed(lambda: sum(1 for _ in children(pages, root, folder)))
    print(f"children: {found}, {seconds * 1000:.1f} ms")
    found, seconds = timed(lambda: sum(1 for _ in pages_of(pages, root)))
    print(f"pages_of: {found}, {seconds:.3f} s")
    pages.loads = 0
    gone = [(b"/dept000", DELETE_SUBTREE)]
    rest, seconds = timed(lambda: apply(pages, root, gone, boundary_key=KEY))
    print(
        f"delete a folder of {total - count(pages, rest)}: {seconds * 1000:.1f} ms, "
        f"{pages.loads} pages read"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    total = parser.parse_args().entries
    show_peak(total)
    pages = Pages()
    root = show_building(pages, total)
    changed = show_changing(pages, root, total)
    show_reading(pages, root, changed, total)


if __name__ == "__main__":
    main()
