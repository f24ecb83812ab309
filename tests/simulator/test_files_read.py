"""Finding and reading files: every way to name one, every layout, and waiting for changes."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from dropally.simulator.state import edits
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.world import World
from dropbox import common, files
from dropbox.exceptions import ApiError, BadInputError
from tests.simulator.office import Office, open_office


@pytest.fixture(scope="module", params=["2016", "2017", "2023"])
def layout(request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office in each layout, with one file in the team folder."""
    with open_office(request.param) as running:
        running.simulator.run(lambda world: _put(world, running.people.sales.ns_id))
        yield running


def _put(world: World, ns: str) -> Entry:
    digest = world.contents.add(b"terms")
    content = edits.FileContent(size=5, content_hash=digest)
    return edits.put_file(world, ns, "/Terms/2026.txt", content)


def paths_of(page: Any) -> list[str]:
    return [entry.path_display for entry in page.entries]


def root_of(office: Office, client: Any) -> Any:
    root = client.users_get_current_account().root_info.root_namespace_id
    return client.with_path_root(common.PathRoot.root(root))


def test_a_team_folder_is_seen_from_the_root_of_its_layout(layout: Office) -> None:
    ann = layout.acting_as(layout.people.ann)
    top = root_of(layout, ann)
    everything = paths_of(top.files_list_folder("", recursive=True, limit=2000))
    assert "/Sales/Terms/2026.txt" in everything
    assert top.files_get_metadata("/sales/terms/2026.TXT").path_lower == "/sales/terms/2026.txt"
    mount = top.files_get_metadata("/Sales")
    assert mount.sharing_info.shared_folder_id == layout.people.sales.ns_id
    written = top.files_upload(b"new", "/Sales/new.txt").path_display
    assert written == "/Sales/new.txt"
    assert written in paths_of(top.files_list_folder("/Sales"))


def test_a_namespace_can_be_listed_by_its_number(layout: Office) -> None:
    ns = layout.people.sales.ns_id
    admin = layout.administering_as(layout.people.ann)
    listed = paths_of(admin.files_list_folder(f"ns:{ns}", recursive=True))
    assert "/Terms/2026.txt" in listed
    rooted = admin.with_path_root(common.PathRoot.namespace_id(ns))
    assert paths_of(rooted.files_list_folder("", recursive=True)) == listed
    assert paths_of(admin.files_list_folder(f"ns:{ns}/Terms")) == ["/Terms/2026.txt"]


def test_a_file_can_be_named_by_id_and_by_revision(ann: Any) -> None:
    old = ann.files_upload(b"old", "/dir/x.txt")
    new = ann.files_upload(b"new", "/dir/x.txt", mode=files.WriteMode.overwrite)
    assert ann.files_get_metadata(new.id) == new
    assert ann.files_get_metadata(f"rev:{old.rev}") == old
    assert ann.files_download(new.id)[1].content == b"new"
    assert ann.files_download(f"rev:{old.rev}")[1].content == b"old"
    folder = ann.files_get_metadata("/dir")
    assert paths_of(ann.files_list_folder(folder.id)) == ["/dir/x.txt"]
    assert ann.files_get_metadata(f"{folder.id}/x.txt") == new
    ann.files_delete_v2("/dir")
    assert ann.files_download(f"rev:{new.rev}")[1].content == b"new"
    with pytest.raises(ApiError) as refused:
        ann.files_download(new.id)
    assert refused.value.error.get_path().is_not_found()


def test_names_are_compared_as_dropbox_does(ann: Any) -> None:
    ann.files_upload(b"x", "/\u039f\u0394\u039f\u03a3/A\u0308.txt")  # ends in sigma; decomposed
    found = ann.files_get_metadata("/\u03bf\u03b4\u03bf\u03c3/\u00e4.txt")
    assert found.path_lower == "/\u03bf\u03b4\u03bf\u03c3/\u00e4.txt"
    assert found.name == "\u00c4.txt"
    with pytest.raises(ApiError):
        ann.files_get_metadata("/\u03bf\u03b4\u03bf\u03c2/\u00e4.txt")
    assert ann.files_get_metadata("//\u039f\u0394\u039f\u03a3//\u00e4.txt").id == found.id


def test_the_root_has_no_metadata(ann: Any) -> None:
    with pytest.raises(BadInputError):
        ann.files_get_metadata("/")


def test_what_dropbox_cannot_hand_out_is_told_as_such(office: Office, ann: Any) -> None:
    home = office.people.ann.home_namespace

    def put(world: World) -> None:
        digest = world.contents.add(b"?")
        odd = edits.FileContent(size=1, content_hash=digest, downloadable=False)
        edits.put_file(world, home, "/odd.bin", odd)

    office.simulator.run(put)
    assert not ann.files_get_metadata("/odd.bin").is_downloadable
    with pytest.raises(ApiError) as refused:
        ann.files_download("/odd.bin")
    assert refused.value.error.is_unsupported_file()
    with pytest.raises(ApiError) as refused:
        ann.files_list_folder("/odd.bin")
    assert refused.value.error.get_path().is_not_folder()


def test_longpoll_wakes_at_a_change_and_ends_in_time(office: Office, ann: Any) -> None:
    cursor = ann.files_list_folder("", recursive=True).cursor
    answers: list[Any] = []
    waiting = threading.Thread(
        target=lambda: answers.append(ann.files_list_folder_longpoll(cursor, timeout=60))
    )
    waiting.start()
    until_parked(office, 1)
    assert answers == []
    office.acting_as(office.people.ann).files_upload(b"x", "/woken.txt")
    waiting.join()
    assert answers[0].changes

    ann.files_list_folder_continue(cursor)
    latest = ann.files_list_folder_get_latest_cursor("", recursive=True).cursor
    idle = threading.Thread(
        target=lambda: answers.append(ann.files_list_folder_longpoll(latest, timeout=60))
    )
    idle.start()
    until_parked(office, 2)
    office.simulator.run(lambda world: world.clock.advance(61))
    idle.join()
    assert not answers[1].changes


def until_parked(office: Office, longpolls: int) -> None:
    """A longpoll waits from the moment at which it is counted."""
    deadline = time.monotonic() + 60
    route = "files/list_folder/longpoll"
    while office.simulator.control.metrics()["calls_by_route"].get(route, 0) < longpolls:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_longpoll_of_a_nonsense_cursor_is_malformed(ann: Any) -> None:
    for cursor in ("nonsense", "AAAA", "\u00fc", "eJwrSS0uAQAEXQHB"):
        with pytest.raises(BadInputError):
            ann.files_list_folder_longpoll(cursor, timeout=30)
        with pytest.raises(BadInputError):
            ann.files_list_folder_continue(cursor)


def test_a_foreign_cursor_is_reset_unless_the_knob_says_otherwise(office: Office) -> None:
    people = office.people
    cursor = office.acting_as(people.ann).files_list_folder("").cursor
    with pytest.raises(ApiError) as refused:
        office.acting_as(people.bob).files_list_folder_continue(cursor)
    assert refused.value.error.is_reset()
