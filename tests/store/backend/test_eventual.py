"""Stores whose listings are behind: what is promised by keys holds at once, listings come true later."""

import pytest
from dropally.store.backend import Backend, probe_backend
from dropally.store.errors import AlreadyExistsError, ObjectNotFoundError
from tests.store.backend.contract import BackendContract
from tests.store.backend.eventual import EventualTwin, SettledTwin
from tests.store.samples import back_up, make, read_back, reopen, sample_files


class TestSettledTwin(BackendContract):
    """Whoever waits for listings finds the whole contract kept, lost answers and all."""

    loses_answers = True

    @pytest.fixture
    def backend(self) -> Backend:
        return SettledTwin()


def test_by_its_key_an_object_is_there_at_once_and_gone_at_once() -> None:
    twin = EventualTwin()
    twin.put_new("packs/x", [b"1"])
    assert twin.get("packs/x") == b"1"
    assert list(twin.list("packs/")) == []
    with pytest.raises(AlreadyExistsError):
        twin.put_new("packs/x", [b"2"])
    twin.settle()
    assert [stat.key for stat in twin.list("packs/")] == ["packs/x"]
    twin.delete("packs/x")
    assert [stat.key for stat in twin.list("packs/")] == ["packs/x"]
    with pytest.raises(ObjectNotFoundError):
        twin.get("packs/x")
    twin.settle()
    assert list(twin.list("")) == []


def test_a_store_that_lists_late_is_found_out_before_anything_relies_on_it() -> None:
    found = probe_backend(EventualTwin())
    assert not found.lists_at_once
    assert (found.create_only, found.compare_and_set, found.ranges) == (True, True, True)
    assert any("does not list what was just written" in one for one in found.shortcomings())


def test_backups_that_do_not_see_each_other_in_listings_lose_nothing() -> None:
    twin = SettledTwin()
    repository = make(twin)
    first = sample_files(1, count=6, largest=5000)
    one = back_up(repository, first)
    # From here on the listings stay as they are.
    late = EventualTwin.list
    twin.list = lambda prefix: late(twin, prefix)  # type: ignore[method-assign]  # the store changes its ways
    second = {**first, "/more": b"2" * 9000}
    two = back_up(reopen(twin), second, source="ns:2")
    assert read_back(reopen(twin), one) == first
    twin.settle()
    again = reopen(twin)
    assert read_back(again, one) == first
    assert read_back(again, two) == second
