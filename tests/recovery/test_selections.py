"""The basket: what is in it, whatever was ticked and unticked in whichever order."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from dropally.auth.actors import Reach
from dropally.auth.errors import ForbiddenError
from dropally.auth.verbs import Role
from dropally.catalog.selections import SelectedRow
from dropally.common.errors import NotFoundError
from dropally.recovery import asking, selections
from dropally.recovery.selections import SelectionView, Tick
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.jobs.appliance import ADMIN
from tests.recovery.appliance import BOB, TASK, Recovering, recovering

FILES = {
    "/a/b/one.txt": 1,
    "/a/b/two.txt": 2,
    "/a/c/three.txt": 4,
    "/d/four.txt": 8,
    "/five.txt": 16,
}
PATHS = ["", "/a", "/a/b", "/a/b/one.txt", "/a/c", "/a/c/three.txt", "/d", "/five.txt"]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recovering]:
    """One backup that all tests of this module look at."""
    folder: Path = tmp_path_factory.mktemp("shelf")
    with recovering(folder) as found:
        found.add_bob()
        for path, size in FILES.items():
            found.backups.put(path, "x" * size)
        found.backups.put("/his.txt", "bob's", member=BOB)
        found.backup()
        yield found


def tick(shelf: Recovering, path: str, name: str = ADMIN) -> Tick:
    return Tick(entity_id=shelf.id_of(name), point_id="latest", path=path)


def test_f92_f94_items_across_folders_and_people(shelf: Recovering) -> None:
    made = selections.create(shelf.ctx, shelf.admin)
    view = selections.add(
        shelf.ctx,
        shelf.admin,
        made.id,
        [tick(shelf, "/a/b"), tick(shelf, "/Five.TXT"), tick(shelf, "", BOB)],
    )
    assert (view.items, view.files, view.folders, view.size_bytes) == (3, 4, 0, 24)
    assert selections.get(shelf.ctx, shelf.admin, made.id) == view
    assert view in selections.list_own(shelf.ctx, shelf.admin)
    rows = selections.list_rows(shelf.ctx, shelf.admin, made.id)
    assert sorted(row.shown for row in rows) == ["", "/a/b", "/five.txt"]
    assert selections.clear(shelf.ctx, shelf.admin, made.id).items == 0
    selections.delete(shelf.ctx, shelf.admin, made.id)
    with pytest.raises(NotFoundError):
        selections.get(shelf.ctx, shelf.admin, made.id)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.booleans(), st.sampled_from(PATHS)), max_size=8))
def test_ticking_and_unticking_equals_a_set_of_files(
    shelf: Recovering, changes: list[tuple[bool, str]]
) -> None:
    made = selections.create(shelf.ctx, shelf.admin)
    wanted: set[str] = set()
    view: SelectionView = made
    for is_added, path in changes:
        below = {file for file in FILES if file == path or file.startswith(f"{path}/")}
        wanted = wanted | below if is_added else wanted - below
        change = selections.add if is_added else selections.remove
        view = change(shelf.ctx, shelf.admin, made.id, [tick(shelf, path)])
    assert (view.files, view.size_bytes) == (len(wanted), sum(FILES[path] for path in wanted))
    rows = selections.list_rows(shelf.ctx, shelf.admin, made.id)
    assert chosen_files(shelf, made.id, rows) == wanted
    selections.delete(shelf.ctx, shelf.admin, made.id)


def chosen_files(shelf: Recovering, selection: str, rows: list[SelectedRow]) -> set[str]:
    """The files that a job would take, by what it is handed."""
    found: list[str] = []
    if any(row.is_included for row in rows):
        for one in asking.read_frozen(shelf.ctx, selection).chosen:
            found += [
                path
                for path in FILES
                if (path == one.path or path.startswith(f"{one.path}/"))
                and not any(path == out or path.startswith(f"{out}/") for out in one.without)
            ]
    assert len(found) == len(set(found))
    return set(found)


def test_a_selection_is_its_owners_and_goes_when_unused(shelf: Recovering) -> None:
    made = selections.create(shelf.ctx, shelf.admin)
    other = shelf.person(Role.RECOVERY_OPERATOR)
    for act in (selections.get, selections.delete, selections.clear):
        with pytest.raises(NotFoundError):
            act(shelf.ctx, other, made.id)
    begun = shelf.ctx.now()
    shelf.people.clock.advance(timedelta(days=6).total_seconds())
    selections.add(shelf.ctx, shelf.admin, made.id, [tick(shelf, "/a")])
    shelf.people.clock.advance(timedelta(days=6).total_seconds())
    assert selections.get(shelf.ctx, shelf.admin, made.id).files == 3
    shelf.people.clock.advance(timedelta(days=2).total_seconds())
    assert shelf.ctx.now() - begun == timedelta(days=14)
    with pytest.raises(NotFoundError):
        selections.get(shelf.ctx, shelf.admin, made.id)


def test_what_cannot_be_reached_or_is_not_there_changes_nothing(shelf: Recovering) -> None:
    bobs = shelf.person(Role.RECOVERY_OPERATOR, Reach(entities=frozenset({shelf.id_of(BOB)})))
    made = selections.create(shelf.ctx, bobs)
    with pytest.raises(ForbiddenError):
        selections.add(shelf.ctx, bobs, made.id, [tick(shelf, "", BOB), tick(shelf, "/a")])
    with pytest.raises(NotFoundError):
        selections.add(shelf.ctx, bobs, made.id, [tick(shelf, "", BOB), tick(shelf, "/x", BOB)])
    assert selections.get(shelf.ctx, bobs, made.id).items == 0


def test_f5_a_whole_task_at_once(shelf: Recovering) -> None:
    made = selections.create(shelf.ctx, shelf.admin)
    wanted = [Tick(task_id=TASK, point_id="latest")]
    view = selections.add(shelf.ctx, shelf.admin, made.id, wanted)
    assert (view.items, view.files) == (2, len(FILES) + 1)
    bobs = shelf.person(Role.RECOVERY_OPERATOR, Reach(entities=frozenset({shelf.id_of(BOB)})))
    with pytest.raises(ForbiddenError):
        selections.add(shelf.ctx, bobs, selections.create(shelf.ctx, bobs).id, wanted)
