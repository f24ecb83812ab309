"""Days of random work in a team: every restore point equals the team as it was then."""

import random
from pathlib import Path
from typing import Any

import pytest
from tests.jobs.appliance import ADMIN, Appliance, Truth, open_appliance

DAYS = 6
EDITS_A_DAY = 25
NAMES = ["Ä", "b", "b-c", "b c", "Report.txt", "x.bin", "Ordner"]


class Work:
    """Edits that Dropbox may refuse; those are passed over, as people would."""

    def __init__(self, appliance: Appliance, seed: int) -> None:
        self._appliance = appliance
        self._draw = random.Random(seed)  # repeatable edits, not secrets

    def day(self) -> None:
        for _ in range(EDITS_A_DAY):
            self._edit(self._one())

    def _one(self) -> dict[str, Any]:
        kind = self._draw.choice(
            ["put"] * 5 + ["mkdir", "delete", "move", "copy", "share", "unshare"]
        )
        edit: dict[str, Any] = {"op": kind, "member": ADMIN, "path": self._path()}
        if kind == "unshare":
            entries = self._appliance.control.truth(self._appliance.home())
            shared = [entry["path_display"] for entry in entries if "mount" in entry]
            if not shared:
                return {**edit, "op": "mkdir"}
            edit["path"] = self._draw.choice(shared)
        if kind == "put":
            edit["text"] = self._draw.choice(["one", "two", ""]) * self._draw.randrange(50)
        if kind in {"move", "copy"}:
            edit["to"] = self._path()
        return edit

    def _path(self) -> str:
        return "".join(f"/{self._draw.choice(NAMES)}" for _ in range(self._draw.randrange(1, 4)))

    def _edit(self, edit: dict[str, Any]) -> None:
        try:
            self._appliance.control.edit(edit)
        except Exception as error:
            if type(error).__name__ not in {"UsageError", "NotFoundError"}:
                raise


def truths(appliance: Appliance) -> dict[str, Truth]:
    return {
        space["namespace_id"]: appliance.truth(space["namespace_id"])
        for space in appliance.control.namespaces()
        if space["kind"] in {"team_member_folder", "shared_folder"} and space["status"] == "active"
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("nasty", [False, True], ids=["plain", "nasty"])
def test_every_day_is_kept_as_it_was(tmp_path: Path, seed: int, nasty: bool) -> None:
    with open_appliance(tmp_path) as appliance:
        appliance.control.set_knobs(nasty_pages=nasty, casing_drift=nasty)
        work = Work(appliance, seed)
        days: list[dict[str, Truth]] = []
        for day in range(DAYS):
            work.day()
            if day == DAYS // 2:
                appliance.control.reset_cursors()
            days.append(truths(appliance))
            report = appliance.backup()
            assert report.is_complete, report.failed or report.problems
            for outcome in report.outcomes:
                files = [kind for kind, _ in days[-1][outcome.namespace].values() if kind == "file"]
                assert outcome.stats["files"] == len(files), outcome
        for back, spaces in enumerate(reversed(days)):
            for namespace, truth in spaces.items():
                assert appliance.kept(namespace, f"-{back}") == truth, (back, namespace)
