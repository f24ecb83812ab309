"""People type what they see; the catalog keeps what the server made of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dropally.catalog.history import open_history
from dropally.catalog.items import ItemState
from dropally.catalog.member_view import MemberView
from dropally.catalog.points import get_point
from dropally.catalog.roster_recording import EntityFacts, MountFacts
from dropally.catalog.typed_paths import find_typed
from tests.catalog.test_points import add_point, add_snapshot

ANN = EntityFacts("ns1", "member", "ann@example.com", "m1")
COMPOSED, DECOMPOSED = "\u00e9t\u00e9", "e\u0301te\u0301"
STATE = {
    "/docs": ItemState("folder", "Docs"),
    f"/docs/{COMPOSED}": ItemState("file", "\u00c9t\u00e9", 1),
    f"/docs/{DECOMPOSED}": ItemState("file", "E\u0301te\u0301", 2),
    "/stra\u00dfe": ItemState("folder", "Stra\u00dfe"),
    # The server left the dotted capital I alone; Python would make two characters of it.
    "/\u0130zmir": ItemState("file", "\u0130zmir", 3),
}


@pytest.fixture
def view(tmp_path: Path) -> Iterator[MemberView]:
    with open_history(tmp_path) as file:
        add_snapshot(file, "ns1", 0, {}, STATE)
        add_snapshot(file, "ns9", 0, {}, {"/plan.txt": ItemState("file", "Plan.txt", 4)})
        mounts = [MountFacts("m1", "/my plans", "ns9", "My Plans")]
        add_point(file, 0, {"ns1": 0, "ns9": 0}, [ANN], mounts)
        with file.read() as connection:
            yield MemberView(connection, get_point(connection, "p0"), ANN)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("/", ""),
        ("DOCS/", "/docs"),
        (f"/Docs/{COMPOSED.upper()}", f"/docs/{COMPOSED}"),
        (f"/Docs/{DECOMPOSED.upper()}", f"/docs/{DECOMPOSED}"),
        ("/STRASSE", "/stra\u00dfe"),
        ("/\u0130zmir", "/\u0130zmir"),
        ("/MY PLANS/PLAN.TXT", "/my plans/plan.txt"),
        ("/docs/none", None),
        ("/none/at all", None),
    ],
)
def test_typed_paths_find_what_is_stored(view: MemberView, typed: str, stored: str | None) -> None:
    assert find_typed(view, typed) == stored


def test_one_item_by_its_path(view: MemberView) -> None:
    found = view.get("/my plans/plan.txt")
    assert found is not None
    assert found.state.size_bytes == 4
    mount = view.get("/my plans")
    assert mount is not None
    assert mount.state.mount == "ns9"
    assert view.get("/my plans/none") is None
