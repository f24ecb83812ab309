"""Random schedules of writers, forgetting and pruning: nothing that is referred to is ever missing.

`DROPALLY_SCHEDULES=5000` runs more of them; `DROPALLY_SCHEDULE=17` only that one, again.
"""

import os
import traceback

import pytest
from tests.store.prune.simulation import SeededBytes, run_schedule

GROUPS = 10
SCHEDULES = int(os.environ.get("DROPALLY_SCHEDULES", "60"))
ONLY = os.environ.get("DROPALLY_SCHEDULE")


@pytest.mark.timeout(0 if SCHEDULES > 1000 else 300)
@pytest.mark.parametrize("group", range(1 if ONLY else GROUPS))
def test_nothing_that_is_referred_to_is_ever_missing(
    group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = [int(ONLY)] if ONLY else range(group, SCHEDULES, GROUPS)
    for seed in seeds:
        monkeypatch.setattr(os, "urandom", SeededBytes(seed))
        try:
            run_schedule(seed)
        except Exception:  # noqa: BLE001 - whatever it was, say how to see it again
            pytest.fail(
                f"schedule {seed} failed; see it again with DROPALLY_SCHEDULE={seed}\n"
                f"{traceback.format_exc()}"
            )


def test_schedules_really_free_space(monkeypatch: pytest.MonkeyPatch) -> None:
    freed = 0
    for seed in (3, 27, 29):
        monkeypatch.setattr(os, "urandom", SeededBytes(seed))
        freed += run_schedule(seed)
    assert freed > 0, "schedules in which nothing is deleted prove little"
