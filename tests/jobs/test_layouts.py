"""The three shapes of a Dropbox team: mounts are found, each byte is kept once."""

from pathlib import Path

import pytest
from tests.jobs.appliance import ADMIN, open_appliance, tree_on_disk


@pytest.mark.parametrize("lists_mounts", [True, False], ids=["listed", "unlisted"])
@pytest.mark.parametrize("layout", ["2016", "2017", "2023"])
def test_a_members_tree_in_every_layout(tmp_path: Path, layout: str, lists_mounts: bool) -> None:
    with open_appliance(tmp_path, f"empty@{layout}") as appliance:
        appliance.control.set_knobs(list_mount_points=lists_mounts)
        appliance.put("/own.txt", "own")
        appliance.put("/Work/Shared/together.txt", "together")
        appliance.edit({"op": "share", "path": "/Work/Shared"})
        report = appliance.backup()
        assert report.is_complete
        assert report.total("files") == 2
        appliance.export(tmp_path / "out", f"{ADMIN}:/")
        assert set(tree_on_disk(tmp_path / "out" / ADMIN)) == {
            "own.txt",
            "Work/Shared/together.txt",
        }
        result = appliance.restore(f"{ADMIN}:/Work")
        assert (result.restored, result.failed) == (1, ())
        home = appliance.truth(appliance.home())
        assert "/restored/work/shared/together.txt" in home
