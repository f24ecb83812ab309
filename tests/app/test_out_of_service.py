"""On its way out of service the whole appliance starts nothing, and says why."""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from dropally.app.appliance import open_parts
from dropally.catalog import decommissions
from dropally.common.clock import ManualClock
from dropally.config import load_config
from tests.app.process import environment
from tests.auth.appliance import START


def test_f149_the_clockwork_starts_nothing_on_the_way_out(tmp_path: Path) -> None:
    loaded = load_config(None, environment(tmp_path / "data"))
    clock = ManualClock(START)
    with ExitStack() as ending:
        parts, rooms = open_parts(loaded, environment(tmp_path / "data"), clock, ending)
        rooms.clockwork.set_system_plans()
        with parts.auth.write() as connection:
            decommissions.insert(connection, "dec_1", "Ann", "usr_1", START)
            decommissions.start(connection, "dec_1", "Ann", START, START + timedelta(days=7))
        clock.advance(timedelta(days=2).total_seconds())
        acted = {one.schedule_id.rpartition(":")[2]: one for one in rooms.clockwork.tick()}
        with parts.auth.read() as connection:
            jobs = connection.execute("SELECT kind FROM job").fetchall()
    assert jobs == []
    told = [one for one in acted.values() if one.outcome == "skipped"]
    assert any("out of service" in one.detail for one in told), acted
    assert not [one for one in acted.values() if one.outcome == "failed"], acted
