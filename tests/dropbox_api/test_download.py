"""Downloads: the right bytes or an error, never something in between."""

import threading
from datetime import UTC, datetime
from typing import cast

import pytest
from dropally.common.clock import ManualClock
from dropally.common.errors import UsageError
from dropally.dropbox_api import ContentHasher, ItemFailure, NamespaceClient
from dropally.dropbox_api.answers import PassingTroubleError
from dropally.dropbox_api.download import read_body
from dropally.dropbox_api.gateway import OpenBody
from tests.dropbox_api.team_of_three import Stage, hash_of

BIG = bytes(range(256)) * 4096 * 5 + b"the end"


def fetch(home: NamespaceClient, rev: str, data: bytes) -> bytes:
    return b"".join(home.download(rev, len(data), hash_of(data)))


@pytest.mark.parametrize("data", [b"", b"x", b"y" * (1 << 20), BIG], ids=len)
def test_what_was_put_comes_back(stage: Stage, home: NamespaceClient, data: bytes) -> None:
    rev = stage.put(stage.people.ann.home_namespace, "/file.bin", data)
    assert fetch(home, rev, data) == data


def test_a_listed_revision_is_fetched_although_the_file_changed(
    stage: Stage, home: NamespaceClient
) -> None:
    rev = stage.put(stage.people.ann.home_namespace, "/file.txt", b"old")
    stage.put(stage.people.ann.home_namespace, "/file.txt", b"new!")
    assert fetch(home, rev, b"old") == b"old"


def test_pieces_are_about_a_mebibyte(stage: Stage, home: NamespaceClient) -> None:
    rev = stage.put(stage.people.ann.home_namespace, "/big.bin", BIG)
    pieces = list(home.download(rev, len(BIG), hash_of(BIG)))
    assert max(map(len, pieces)) <= 1 << 20
    assert b"".join(pieces) == BIG


def test_a_download_goes_on_from_an_offset(stage: Stage, home: NamespaceClient) -> None:
    rev = stage.put(stage.people.ann.home_namespace, "/big.bin", BIG)
    hasher = ContentHasher()
    hasher.update(BIG[:3_000_000])
    rest = home.download(rev, len(BIG), hash_of(BIG), offset=3_000_000, hasher=hasher)
    assert b"".join(rest) == BIG[3_000_000:]


def test_an_offset_without_what_came_before_is_refused(stage: Stage, home: NamespaceClient) -> None:
    rev = stage.put(stage.people.ann.home_namespace, "/big.bin", BIG)
    with pytest.raises(UsageError):
        next(home.download(rev, len(BIG), hash_of(BIG), offset=5))


@pytest.mark.parametrize("data", [b"small", BIG], ids=len)
def test_another_hash_than_listed_is_a_mismatch(
    stage: Stage, home: NamespaceClient, data: bytes
) -> None:
    rev = stage.put(stage.people.ann.home_namespace, "/file.bin", data)
    with pytest.raises(ItemFailure) as caught:
        b"".join(home.download(rev, len(data), hash_of(b"something else")))
    assert caught.value.reason == "mismatch"


def test_what_is_gone_is_one_items_failure(home: NamespaceClient) -> None:
    with pytest.raises(ItemFailure) as caught:
        next(home.download("0123456789abcdef", 5, hash_of(b"gone!")))
    assert caught.value.reason == "vanished"
    assert caught.value.hint


def test_versions_and_metadata(stage: Stage, home: NamespaceClient) -> None:
    ann = stage.people.ann
    texts = (b"one", b"two", b"three")
    revs = [stage.put(ann.home_namespace, "/file.txt", text) for text in texts]
    entry = home.metadata("/file.txt")
    assert entry["rev"] == revs[-1]
    revisions = home.revisions("/file.txt")
    assert [r.size_bytes for r in revisions.entries] == [5, 3, 3]
    assert revisions.complete
    assert home.revisions(entry["id"]).entries == revisions.entries
    with pytest.raises(ItemFailure) as caught:
        home.metadata("/nothing.txt")
    assert caught.value.reason == "vanished"


class HeldBody:
    """A body of five small parts; each takes long, and as long of that as `held_s` says was our limit's."""

    def __init__(self, clock: ManualClock, *, held_s: float) -> None:
        self.answer = self.raw = self
        self.held_s = 0.0
        self._clock = clock
        self._each_s = held_s
        self._left = 5

    def read1(self, _limit: int) -> bytes:
        if not self._left:
            return b""
        self._left -= 1
        self._clock.advance(100.0)
        self.held_s += self._each_s
        return b"part "


def test_what_our_own_limit_holds_back_is_no_stall() -> None:
    def read(held_s: float) -> bytes:
        clock = ManualClock(datetime(2026, 11, 23, tzinfo=UTC))
        body = cast("OpenBody", HeldBody(clock, held_s=held_s))
        return b"".join(read_body(body, clock, 120.0, threading.Event()))

    assert read(100.0) == b"part " * 5
    with pytest.raises(PassingTroubleError):
        read(10.0)
