"""Random schedules of writers, forgetting and pruning: nothing that is referred to is ever missing.

`DROPALLY_SCHEDULES=50000` runs more of them; `DROPALLY_SCHEDULE=17` only that one, again.

That the schedules would show a fault is tested with ten faults, each of which takes one reason away
for which freeing space is safe: see `mutations.py`.
"""

import os
import traceback
from collections.abc import Callable

import pytest
from dropally.store import StoreError
from tests.store.prune.mutations import MUTATIONS, Patch
from tests.store.prune.simulation import prepare_pasts, run_schedule

GROUPS = 20
SCHEDULES = int(os.environ.get("DROPALLY_SCHEDULES", "5000"))
ONLY = os.environ.get("DROPALLY_SCHEDULE")
MOST_UNTIL_CAUGHT = 5000


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


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
def test_a_fault_in_the_algorithm_is_caught(mutate: Callable[[Patch], None]) -> None:
    prepare_pasts()  # by the right algorithm
    with pytest.MonkeyPatch.context() as patch:
        mutate(patch)
        with pytest.raises((AssertionError, StoreError)):
            run_schedules(range(MOST_UNTIL_CAUGHT))
