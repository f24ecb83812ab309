"""The sample team, while everything goes wrong that can: complete and identical."""

from pathlib import Path

from tests.jobs.appliance import Appliance, open_appliance, tree_on_disk

# Waits are short and few here: Dropbox's usual 300 s are obeyed all the same, only not in a test.
TROUBLES = [
    {"action": "rate_limit", "args": {"retry_after": 1}, "probability": 0.001},
    {"action": "rate_limit", "args": {"shape": "json_header_only"}, "probability": 0.001},
    {"action": "server_error", "probability": 0.005},
    {"action": "drop_connection", "probability": 0.005},
    {"action": "cut_body", "args": {"at": 900}, "route": "files/download", "probability": 0.005},
    {
        "action": "cut_body",
        "args": {"at": 700, "keep_length": False},
        "route": "files/download",
        "probability": 0.005,
    },
    {"action": "wrong_bytes", "route": "files/download", "probability": 0.005},
    {"action": "duplicate_entries", "route": "files/list_folder*", "probability": 0.2},
    {"action": "empty_page", "route": "files/list_folder*", "probability": 0.2},
    {"action": "cursor_reset", "route": "files/list_folder/continue", "count": 1, "nth": 2},
]


def set_troubles(appliance: Appliance) -> None:
    appliance.control.set_faults(*({"seed": n, **rule} for n, rule in enumerate(TROUBLES)))


def test_everything_of_the_sample_team_comes_through(tmp_path: Path) -> None:
    with open_appliance(tmp_path, "sample") as appliance:
        appliance.control.set_knobs(page_limit=150)
        set_troubles(appliance)
        report = appliance.backup()
        assert all(rule["fired"] for rule in appliance.control.faults())
        assert report.failed == []
        assert {problem.reason for problem in report.problems} == {
            "restricted_content",
            "unsupported",
        }
        appliance.control.clear_faults()
        for outcome in report.outcomes:
            truth = appliance.truth(outcome.namespace)
            kept = appliance.kept(outcome.namespace)
            assert kept == truth, outcome.name
        result = appliance.export(tmp_path / "out")
        assert len(result.problems) == 2
        assert len(tree_on_disk(tmp_path / "out")) >= result.files
        appliance.check_polite()
