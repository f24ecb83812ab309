"""Trees: edits on top of a generated base give the same as edits on a tree of one's own."""

from bisect import bisect_left
from collections.abc import Sequence

from dropally.simulator.state.entry import Entry
from dropally.simulator.state.paths import name_of, parent_of
from dropally.simulator.state.tree import Tree
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = ["a", "a.b", "a b", "b"]
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join).map("/".__add__)
CHANGES = st.tuples(st.sampled_from(["file", "folder", "remove"]), PATHS)


def entry_at(path: str, kind: str) -> Entry:
    return Entry(
        kind="file" if kind == "file" else "folder",
        ns="1",
        path_lower=path,
        path_display=path,
        name=name_of(path),
        id=f"id:{path}",
        rev=path if kind == "file" else "",
    )


class Generated:
    """A base with two folders of two folders of two files each."""

    size_bytes = 0
    marks: Sequence[str] = ("id:",)

    def __init__(self) -> None:
        self.items: dict[str, list[Entry]] = {"": []}
        for top in ("/a", "/b"):
            self._add("", top, "folder")
            for inner in (f"{top}/a", f"{top}/a.b"):
                self._add(top, inner, "folder")
                for leaf in (f"{inner}/a", f"{inner}/b"):
                    self._add(inner, leaf, "file")

    def _add(self, folder: str, path: str, kind: str) -> None:
        self.items[folder].append(entry_at(path, kind))
        if kind == "folder":
            self.items[path] = []

    def children(self, folder: str) -> Sequence[Entry]:
        return self.items.get(folder, ())

    def get(self, path_lower: str) -> Entry | None:
        found = [
            one for one in self.children(parent_of(path_lower)) if one.path_lower == path_lower
        ]
        return found[0] if found else None

    def find_id(self, item_id: str) -> Entry | None:
        return self.get(item_id.removeprefix("id:"))

    def find_rev(self, rev: str) -> Entry | None:
        return self.get(rev)


def make(tree: Tree, kind: str, path: str) -> None:
    """What an edit would do, where an edit would do it."""
    there = tree.get(path)
    if kind == "remove":
        if there is not None:
            tree.remove(path)
    elif tree.is_folder(parent_of(path)) and (there is None or there.kind == kind):
        tree.put(entry_at(path, kind))


@settings(max_examples=300)
@given(changes=st.lists(CHANGES, max_size=12), after=PATHS)
def test_a_base_with_edits_walks_like_a_tree_of_its_own(
    changes: list[tuple[str, str]], after: str
) -> None:
    base = Generated()
    layered, plain = Tree("1", base), Tree("1")
    for entries in base.items.values():
        for entry in entries:
            plain.put(entry)
    for kind, path in changes:
        make(layered, kind, path)
        make(plain, kind, path)
    walked = [entry.path_lower for entry in plain.walk("")]
    assert [entry.path_lower for entry in layered.walk("")] == walked
    keys = [path.split("/") for path in walked]
    assert keys == sorted(keys)
    behind = bisect_left(keys, [*after.split("/"), ""]) if after in walked else None
    if behind is None:
        behind = bisect_left(keys, after.split("/"))
    assert [entry.path_lower for entry in layered.walk("", after)] == walked[behind:]
    for path in walked:
        found = layered.get(path)
        assert found is not None
        assert found.path_lower == path
