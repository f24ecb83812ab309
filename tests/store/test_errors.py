import pickle

import pytest
from dropally.store import errors
from dropally.store.errors import BackendUnavailableError, DamagedError, StoreError

FAMILY = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, StoreError)
]


@pytest.mark.parametrize("kind", FAMILY)
def test_errors_cross_process_borders_whole(kind: type[StoreError]) -> None:
    error = kind("the cause", hint="the next step", retryable=True)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert (str(copy), copy.hint, copy.retryable) == ("the cause", "the next step", True)
    assert copy.args == ("the cause",)


def test_damage_names_what_is_known_and_learns_more_on_the_way() -> None:
    error = DamagedError("the tag is wrong", pack="ab12").about(path="/a.docx", snapshot="s1")
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == "the tag is wrong (file /a.docx, snapshot s1, pack ab12)"
    assert (copy.path, copy.snapshot, copy.pack) == ("/a.docx", "s1", "ab12")


def test_only_unavailability_may_be_tried_again_by_default() -> None:
    retryable = [kind for kind in FAMILY if kind("x").retryable]
    assert retryable == [BackendUnavailableError]
