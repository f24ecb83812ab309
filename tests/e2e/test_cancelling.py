"""Cancelling a backup takes effect within seconds whatever Dropbox does just then (F129)."""

import time
from pathlib import Path
from typing import Any

import pytest
from dropally.jobs.runner import Initiator
from dropally.protection import runs
from tests.protection.appliance import Protected, protected

SOMEBODY = Initiator("user", "usr_x", "Somebody")
FAULTS: dict[str, dict[str, Any]] = {
    "downloads hang": {"action": "delay", "route": "files/download", "args": {"seconds": 600}},
    "bodies trickle": {
        "action": "slow_body",
        "route": "files/download",
        "args": {"bytes_per_s": 30},
    },
    "listings hang": {
        "action": "delay",
        "route": "files/list_folder/continue",
        "args": {"seconds": 600},
    },
}
SECONDS = 30.0
"""What counts as within seconds where Dropbox would take ten minutes."""


def change(place: Protected, name: str) -> None:
    for number in range(20):
        place.put(f"/{name} {number}.txt", "x" * 20_000 + name + str(number))


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_f129_a_backup_is_cancelled_while_dropbox_does_not_answer(
    tmp_path: Path, fault: str
) -> None:
    with protected(tmp_path) as place:
        change(place, "first")
        task = place.task(activate="all")
        assert place.back_up(task.id).status == "succeeded"
        change(place, "second")
        place.control.set_faults(FAULTS[fault])
        place.control.reset_metrics()
        job = runs.request_backup(place.ctx, place.admin, task.id)
        place.until_called(FAULTS[fault]["route"])
        begun = time.monotonic()
        place.ctx.runner.cancel(job.id, SOMEBODY)
        row = place.finished(job.id)
        assert time.monotonic() - begun < SECONDS
        assert row.status == "canceled"
        place.control.clear_faults()
        after = place.back_up(task.id)
        assert after.status == "succeeded", after.error
