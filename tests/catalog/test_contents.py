"""Each distinct content is looked for and fetched once, whatever number of files has it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.catalog.stage import Stage
from dropally.catalog.staged_page import StagedItem

ONE, TWO, THREE = (bytes([number]) * 32 for number in (1, 2, 3))


def file(path: str, fingerprint: bytes | None, size: int = 5) -> StagedItem:
    return StagedItem(path, False, b"entry of " + path.encode(), fingerprint, size, True)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path / "s.db", parent="", parent_cursor=None)
    yield stage
    stage.close()


def listed(stage: Stage, *files: StagedItem) -> None:
    stage.apply_page(files, "c")
    stage.contents.plan()


def test_a_content_of_many_files_is_one(stage: Stage) -> None:
    listed(stage, file("/a", TWO), file("/b", ONE), file("/c", TWO), file("/d", TWO, size=6))
    missing = stage.contents.missing(None, 10)
    assert missing == [(ONE, 5, 1), (TWO, 5, 2), (TWO, 6, 1)]
    assert stage.contents.missing(missing[0], 1) == missing[1:2]
    assert stage.contents.totals() == (3, 16)
    assert [item.path for item in stage.contents.small(100, -1, 10)] == ["/a", "/b", "/d"]


def test_a_stored_content_is_in_all_of_its_files(stage: Stage) -> None:
    listed(stage, file("/a", ONE), file("/b", TWO), file("/c", ONE))
    stage.contents.store([(b"stored", ONE, 5)])
    assert [item.path for item in stage.contents.small(100, -1, 10)] == ["/b"]
    assert {change.path: change.content for change in stage.changes()} == {
        "/a": b"stored",
        "/b": None,
        "/c": b"stored",
    }
    found = stage.get("/c")
    assert found is not None
    assert found.content == b"stored"


def test_planning_again_keeps_what_is_stored(stage: Stage) -> None:
    listed(stage, file("/a", ONE), file("/b", TWO))
    stage.contents.store([(b"stored", ONE, 5)])
    listed(stage, file("/b", THREE), file("/c", ONE))
    assert stage.contents.missing(None, 10) == [(THREE, 5, 1)]
    assert {change.path: change.content for change in stage.changes()} == {
        "/a": b"stored",
        "/b": None,
        "/c": b"stored",
    }


def test_large_files_come_first_and_in_their_order(stage: Stage) -> None:
    listed(stage, *(file(f"/{n}", bytes([n]) * 32, size=n) for n in range(1, 10)))
    large = stage.contents.large(7, None, 2)
    assert [item.size_bytes for item in large] == [9, 8]
    rest = stage.contents.large(7, (large[-1].size_bytes, large[-1].seq), 5)
    assert [item.size_bytes for item in rest] == [7]
    small = stage.contents.small(7, -1, 4)
    assert [item.size_bytes for item in small] == [1, 2, 3, 4]
    assert [item.size_bytes for item in stage.contents.small(7, small[-1].seq, 4)] == [5, 6]


def test_a_file_that_fails_leaves_its_content_to_the_next_one(stage: Stage) -> None:
    listed(stage, file("/a", ONE), file("/b", ONE), file("/c", TWO))
    first, lonely = stage.contents.small(100, -1, 10)
    assert (first.path, lonely.path) == ("/a", "/c")
    assert not stage.contents.fail([(lonely.seq, "vanished: gone")])
    assert stage.contents.fail([(first.seq, "vanished: gone")])
    second = stage.contents.small(100, -1, 10)
    assert [item.path for item in second] == ["/b"]
    assert not stage.contents.fail([(second[0].seq, "vanished: too")])
    assert stage.contents.totals() == (0, 0)
    assert [change.failure for change in stage.changes()] == [
        "vanished: gone",
        "vanished: too",
        "vanished: gone",
    ]


def test_failed_files_are_wanted_again_when_a_run_goes_on(stage: Stage) -> None:
    listed(stage, file("/a", ONE), file("/b", TWO))
    item = stage.contents.small(100, -1, 1)[0]
    stage.contents.store([(b"stored", TWO, 5)])
    stage.contents.fail([(item.seq, "vanished: gone")])
    stage.contents.want_failed_again()
    stage.contents.plan()
    assert stage.contents.missing(None, 10) == [(ONE, 5, 1)]


def test_a_file_with_another_content_since_is_not_marked_by_the_old_one(stage: Stage) -> None:
    listed(stage, file("/a", ONE))
    stage.apply_page([file("/a", TWO)], "c2")
    stage.contents.store([(b"old", ONE, 5)])
    assert [change.content for change in stage.changes()] == [None]


def test_exports_are_per_file(stage: Stage) -> None:
    listed(stage, file("/paper", None, size=0), file("/a", ONE), file("/doc", None, size=0))
    first, second = stage.contents.exports(-1, 10)
    assert (first.path, second.path) == ("/paper", "/doc")
    assert stage.contents.totals()[0] == 3
    stage.contents.store_exports([(first.seq, b"with export")])
    assert [item.path for item in stage.contents.exports(-1, 10)] == ["/doc"]
    entries = {change.path: change.entry for change in stage.changes()}
    assert entries["/paper"] == b"with export"


def test_what_was_stored_is_looked_for_again_once_space_was_freed(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "other.db", parent="", parent_cursor=None)
    stage.settle_on(0)
    listed(stage, file("/a", ONE), file("/paper", None))
    stage.contents.store([(b"stored", ONE, 5)])
    [paper] = stage.contents.exports(-1, 10)
    stage.contents.store_exports([(paper.seq, b"exported")])
    stage.close()
    again = Stage(tmp_path / "other.db", parent="", parent_cursor=None)
    again.settle_on(0)
    again.contents.plan()
    assert again.contents.totals() == (0, 0)
    again.settle_on(3)
    again.contents.plan()
    assert again.contents.missing(None, 10) == [(ONE, 5, 1)]
    assert [item.path for item in again.contents.exports(-1, 10)] == ["/paper"]
    again.close()
