"""What the sample team's people do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from dropally.demo.diary import BEATRIX, LOST_FOLDER, Diary
from dropally.simulator import Simulator, start_simulator

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with start_simulator(team="sample", founded=Diary.start_of(NOW)) as simulator:
        yield simulator


def test_it_fills_three_months_up_to_now(simulator: Simulator) -> None:
    moments = [entry.moment for entry in Diary(simulator.control, NOW).entries()]
    assert moments == sorted(moments)
    assert Diary.start_of(NOW) < moments[0]
    assert NOW - timedelta(days=1) < moments[-1] < NOW
    assert 85 < (moments[-1] - moments[0]).days < 92


def test_at_the_end_the_folder_to_restore_is_gone_and_was_there_the_day_before(
    simulator: Simulator,
) -> None:
    control = simulator.control
    control.set_clock(Diary.start_of(NOW))
    entries = Diary(control, NOW).entries()
    for entry in entries:
        if entry.moment < NOW - timedelta(days=2):
            entry.act()
    before = paths(simulator)
    assert sum(path.startswith(f"{LOST_FOLDER}/") for path in before) > 25
    for entry in entries:
        if entry.moment >= NOW - timedelta(days=2):
            entry.act()
    after = paths(simulator)
    assert not any(path.startswith(LOST_FOLDER) for path in after)
    assert after


def paths(simulator: Simulator) -> set[str]:
    [home] = [
        space["namespace_id"]
        for space in simulator.control.namespaces()
        if space["owner"] == BEATRIX.email and space["kind"] == "team_member_folder"
    ]
    return {entry["path_display"] for entry in simulator.control.truth(home)}


def test_work_goes_on(simulator: Simulator) -> None:
    [edit] = Diary(simulator.control, NOW, first_number=7).work()
    assert edit["op"] == "put"
