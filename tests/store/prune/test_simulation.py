"""Random schedules of writers, forgetting and pruning: nothing that is referred to is ever missing.

`DROPALLY_SCHEDULES=50000` runs more of them; `DROPALLY_SCHEDULE=17` only that one, again.
"""

import os
import traceback

import pytest
from dropally.store.index import ChunkIndex
from dropally.store.prune.sessions import Sessions
from tests.store.prune.simulation import prepare_pasts, run_schedule

GROUPS = 10
SCHEDULES = int(os.environ.get("DROPALLY_SCHEDULES", "2000"))
ONLY = os.environ.get("DROPALLY_SCHEDULE")
MOST_UNTIL_CAUGHT = 1500


@pytest.mark.timeout(300 if SCHEDULES <= 5000 else 0)
@pytest.mark.parametrize("group", range(1 if ONLY else GROUPS))
def test_nothing_that_is_referred_to_is_ever_missing(group: int) -> None:
    seeds = [int(ONLY)] if ONLY else range(group, SCHEDULES, GROUPS)
    for seed in seeds:
        try:
            run_schedule(seed)
        except Exception:  # noqa: BLE001 - whatever it was, say how to see it again
            pytest.fail(
                f"schedule {seed} failed; see it again with DROPALLY_SCHEDULE={seed}\n"
                f"{traceback.format_exc()}"
            )


def test_schedules_really_free_space() -> None:
    freeing = sum(run_schedule(seed) > 0 for seed in range(60))
    assert freeing > 10, "schedules in which nothing is deleted prove little"


def run_schedules(seeds: range) -> None:
    for seed in seeds:
        run_schedule(seed)


def nobody_blocks(_sessions: Sessions, _generation: int) -> list[object]:
    return []


def every_record_is_whole(*_: object) -> bool:
    return True


@pytest.mark.parametrize(
    ("kind", "name", "fault"),
    [
        (Sessions, "blocking", nobody_blocks),
        (ChunkIndex, "_is_whole", every_record_is_whole),
    ],
    ids=["prune does not wait for writers", "writers trust what is recorded"],
)
def test_a_fault_in_the_algorithm_is_caught(
    kind: type, name: str, fault: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_pasts()  # by the right algorithm
    monkeypatch.setattr(kind, name, fault)
    with pytest.raises(Exception, match=r"in no pack|is missing from|nowhere|not in memory"):
        run_schedules(range(MOST_UNTIL_CAUGHT))
