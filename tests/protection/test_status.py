"""One word for every combination of facts (F83)."""

import itertools

import pytest
from dropally.catalog.entity_facts import EntityFacts
from dropally.protection.status import STATUSES, status_of

NOTHING = EntityFacts(
    is_deleted=False,
    is_archived=False,
    is_at_work=False,
    is_activated=False,
    is_paused=False,
    is_task_paused=False,
    coverage=0,
    is_elsewhere=False,
    has_backup=False,
)


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        pytest.param({}, "Not Active", id="untouched"),
        pytest.param({"has_backup": True}, "Not Active", id="deactivated"),
        pytest.param({"is_activated": True}, "Scheduled", id="activated"),
        pytest.param({"is_activated": True, "has_backup": True}, "Active", id="backed-up"),
        pytest.param({"is_activated": True, "is_at_work": True}, "In Process", id="at-work"),
        pytest.param({"is_activated": True, "is_paused": True}, "Paused", id="paused"),
        pytest.param({"is_activated": True, "is_task_paused": True}, "Paused", id="task-paused"),
        pytest.param({"is_activated": True, "is_archived": True}, "Archived", id="left"),
        pytest.param({"is_elsewhere": True}, "Backed-up in another task", id="elsewhere"),
        pytest.param(
            {"is_activated": True, "is_elsewhere": True},
            "Backed-up in another task",
            id="another-task-was-first",
        ),
        pytest.param({"is_deleted": True, "is_archived": True}, "Deleted", id="deleted"),
        pytest.param({"coverage": 2}, "Scheduled", id="mounted-by-an-active-member"),
        pytest.param({"coverage": 2, "has_backup": True}, "Active", id="mounted-and-backed-up"),
        pytest.param({"coverage": 1}, "Paused", id="mounted-by-a-paused-member"),
        pytest.param(
            {"coverage": 1, "is_activated": True}, "Scheduled", id="paused-member-own-activation"
        ),
        pytest.param(
            {"coverage": 2, "is_activated": True, "is_paused": True, "has_backup": True},
            "Active",
            id="paused-itself-but-mounted",
        ),
    ],
)
def test_f83_the_word_follows_from_the_facts(facts: dict[str, object], word: str) -> None:
    assert status_of(NOTHING._replace(**facts)) == word  # type: ignore[arg-type]  # named above


def test_every_combination_has_a_word_and_every_word_a_combination() -> None:
    switches = [name for name in NOTHING._fields if name != "coverage"]
    words = set()
    for values in itertools.product([False, True], repeat=len(switches)):
        for coverage in (0, 1, 2):
            facts = NOTHING._replace(coverage=coverage, **dict(zip(switches, values, strict=True)))
            words.add(status_of(facts))
    assert words == set(STATUSES)
