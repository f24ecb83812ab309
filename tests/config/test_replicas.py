"""Which storage is copied to which, as people write it."""

import pytest
from dropally.common.errors import UsageError
from dropally.config.replicas import Replica, parse_replica


def test_a_pair_is_read_and_shown() -> None:
    assert parse_replica(" main>offsite-2 ") == Replica("main", "offsite-2")
    assert parse_replica(str(Replica("a", "b"))) == Replica("a", "b")


@pytest.mark.parametrize("text", ["", "main", "main > main", "Main > b", "a > b > c", 7])
def test_what_is_no_pair_is_refused(text: object) -> None:
    with pytest.raises(UsageError, match="two storages"):
        parse_replica(text)
