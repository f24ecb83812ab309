"""kill -9 of the running appliance under load; `python -m bench.serve_kill` does it a hundred times."""

from pathlib import Path

from bench.serve_kill import kill_often


def test_nothing_acknowledged_is_lost_by_kills_under_load(tmp_path: Path) -> None:
    found, accepted = kill_often(tmp_path / "run", kills=4, seed=3)
    assert found.is_clean, found
    assert len(accepted.jobs) > 4
    assert found.kills_at_work > 0
