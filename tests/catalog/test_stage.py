"""The stage applies listings as Dropbox documents it, and survives being killed."""

import contextlib
import sqlite3
import tempfile
from pathlib import Path

import pytest
from dropally.catalog.stage import Stage
from dropally.catalog.staged_page import DeletedPath, StagedItem
from hypothesis import example, given
from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "a-b", "ä", "a0", "b b"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))
ITEMS = st.one_of(
    PATHS.map(DeletedPath),
    st.tuples(PATHS, st.booleans(), st.binary(min_size=1, max_size=3)).map(
        lambda t: StagedItem(t[0], t[1], t[2], None if t[1] else b"f" * 32, 5, not t[1])
    ),
)


def file(path: str, entry: bytes = b"e", size: int = 5) -> StagedItem:
    return StagedItem(path, False, entry, b"f" * 32, size, True)


def folder(path: str) -> StagedItem:
    return StagedItem(path, True, b"d", None, 0, False)


def apply_to_model(model: dict[str, StagedItem], item: StagedItem | DeletedPath) -> None:
    if isinstance(item, DeletedPath) or not item.is_folder:
        for path in [p for p in model if p.startswith(item.path + "/")]:
            del model[path]
    if isinstance(item, DeletedPath):
        model.pop(item.path, None)
    else:
        model[item.path] = item


@example(pages=[[folder("/a")], [file("/a/b"), file("/a")]])
@example(pages=[[folder("/a"), file("/a/a"), file("/a"), folder("/a")]])
@given(pages=st.lists(st.lists(ITEMS, max_size=8), max_size=4))
def test_a_full_listing_equals_the_documented_rules(
    pages: list[list[StagedItem | DeletedPath]],
) -> None:
    model: dict[str, StagedItem] = {}
    with tempfile.TemporaryDirectory() as name:
        stage = Stage(Path(name) / "s.db", parent="", parent_cursor=None)
        for number, page in enumerate(pages):
            stage.apply_page(page, f"c{number}")
            for item in page:
                apply_to_model(model, item)
        staged = {change.path: change.entry for change in stage.changes()}
        stage.close()
    assert staged == {path: item.entry for path, item in model.items()}


def test_rows_come_in_the_order_of_their_bytes(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "s.db", parent="", parent_cursor=None)
    paths = ["/a", "/a/b", "/a-b", "/ä", "/z", "/a/\U0001f600", "/a/\uffee"]
    stage.apply_page([file(path) for path in paths], "c")
    assert [change.path for change in stage.changes()] == sorted(paths, key=str.encode)
    stage.close()


def test_a_delta_keeps_deletions_and_remembers_what_was_cleared(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "s.db", parent="p1", parent_cursor="c0")
    assert not stage.is_full
    stage.apply_page([file("/d/new"), DeletedPath("/d"), folder("/d"), file("/d/back")], "c1")
    assert [(c.path, c.entry) for c in stage.changes()] == [("/d", b"d"), ("/d/back", b"e")]
    assert stage.cleared_paths() == ["/d"]
    stage.add_gone(["/d/back", "/d/old"])
    assert [(c.path, c.entry) for c in stage.changes()][1:] == [
        ("/d/back", b"e"),
        ("/d/old", None),
    ]
    stage.close()


def test_a_file_in_place_of_a_folder_clears_what_the_parent_snapshot_has(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "s.db", parent="p1", parent_cursor="c0")
    stage.apply_page([file("/d/early"), file("/d"), folder("/d"), file("/d/late")], "c1")
    assert [change.path for change in stage.changes()] == ["/d", "/d/late"]
    assert stage.cleared_paths() == ["/d"]
    stage.apply_page([file("/e")], "c2")
    stage.apply_page([folder("/e")], "c3")
    assert stage.cleared_paths() == ["/d", "/e"]
    stage.close()


def test_an_interrupted_stage_goes_on_at_its_cursor(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "s.db", parent="p1", parent_cursor="c0")
    stage.apply_page([file("/a")], "c1")
    stage.close()
    again = Stage(tmp_path / "s.db", parent="p1", parent_cursor="c0")
    assert (again.cursor, again.count()) == ("c1", 1)
    again.close()
    other = Stage(tmp_path / "s.db", parent="p2", parent_cursor="c9")
    assert (other.cursor, other.count()) == ("c9", 0)
    other.close()


def test_a_page_is_applied_whole_or_not_at_all(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "s.db", parent="", parent_cursor=None)
    stage.apply_page([file("/a")], "c1")
    broken = StagedItem("/c", False, None, None, 0, False)  # type: ignore[arg-type]  # on purpose
    with pytest.raises((sqlite3.Error, AttributeError, TypeError)):
        stage.apply_page([file("/b"), broken._replace(path=None)], "c2")  # type: ignore[arg-type]
    assert (stage.cursor, stage.count()) == ("c1", 1)
    stage.close()


def test_a_damaged_stage_is_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(b"this was never a database, whatever it is" * 1000)
    stage = Stage(path, parent="p", parent_cursor="c")
    assert (stage.cursor, stage.is_empty()) == ("c", True)
    stage.close()


def test_a_stage_of_another_release_is_begun_again(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "s.db")) as other:
        other.execute("CREATE TABLE item (seq INTEGER PRIMARY KEY, path TEXT)")
        other.execute("PRAGMA user_version = 1")
    stage = Stage(tmp_path / "s.db", parent="p", parent_cursor="c")
    stage.apply_page([file("/a")], "c1")
    assert stage.count() == 1
    stage.close()


def test_a_large_stage_gives_its_space_back(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "s.db", parent="", parent_cursor=None)
    stage.apply_page([file(f"/{n}", entry=bytes(20_000)) for n in range(1000)], "c1")
    stage.begin("p1", "c1")
    assert (stage.cursor, stage.is_empty()) == ("c1", True)
    stage.apply_page([file("/a")], "c2")
    stage.close()
    assert (tmp_path / "s.db").stat().st_size < 1 << 20


def test_folders_that_hold_something(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "s.db", parent="p1", parent_cursor="c0")
    stage.apply_page([folder("/d"), file("/d/a"), file("/d/b"), file("/e/c"), file("/top")], "c1")
    stage.add_gone(["/gone/x"])
    assert set(stage.parents()) == {"", "/d", "/e"}
    assert (stage.is_folder("/d"), stage.is_folder("/e"), stage.is_folder("/top")) == (
        True,
        False,
        False,
    )
    assert list(stage.ending_paths()) == ["/d/a", "/d/b", "/e/c", "/top"]
    stage.close()


def test_a_cursor_reset_lists_everything_on_the_same_parent(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "s.db", parent="p1", parent_cursor="c0")
    stage.apply_page([file("/a")], "c1")
    stage.begin_again()
    assert (stage.cursor, stage.is_full, stage.was_reset, stage.is_empty()) == (
        None,
        True,
        True,
        True,
    )
    stage.close()
    again = Stage(tmp_path / "s.db", parent="p1", parent_cursor="c0")
    assert again.was_reset
    again.close()


def test_a_small_stage_leaves_no_file_until_everything_has_to_be_listed(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "s.db", parent="p1", parent_cursor="c0", is_small=True)
    stage.apply_page([file("/a")], "c1")
    assert (stage.cursor, stage.count(), stage.is_full) == ("c1", 1, False)
    assert list(tmp_path.iterdir()) == []
    stage.begin_again()
    assert (tmp_path / "s.db").exists()
    assert (stage.cursor, stage.is_full, stage.was_reset) == (None, True, True)
    stage.apply_page([file("/a"), file("/b")], "c2")
    assert stage.count() == 2
    stage.remove()
    assert list(tmp_path.iterdir()) == []
