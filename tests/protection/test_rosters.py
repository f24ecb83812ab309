"""The last look at a team: kept, found again for a while, and not written again when nothing changed."""

from datetime import timedelta

import msgspec
from dropally.protection.rosters import keep_roster, kept_roster
from tests.protection.appliance import Protected

HOUR = timedelta(hours=1)


def test_a_roster_is_written_only_when_the_team_has_changed(place: Protected) -> None:
    task = place.task(activate="all")
    team = task.connection.id
    roster = kept_roster(place.ctx, team, HOUR)
    assert roster is not None
    [file] = (place.ctx.auth.data_folder / "rosters").glob("*.msgpack")
    written = file.stat().st_ino
    place.people.clock.advance(2 * HOUR.total_seconds())
    assert kept_roster(place.ctx, team, HOUR) is None
    keep_roster(place.ctx, team, roster)
    assert kept_roster(place.ctx, team, HOUR) == roster
    assert file.stat().st_ino == written
    changed = msgspec.structs.replace(roster, members=roster.members[:1])
    keep_roster(place.ctx, team, changed)
    assert kept_roster(place.ctx, team, HOUR) == changed
    assert {path.stat().st_mode & 0o077 for path in file.parent.iterdir()} == {0}


def test_a_roster_that_is_not_whole_is_none(place: Protected) -> None:
    team = place.task(activate="all").connection.id
    roster = kept_roster(place.ctx, team, HOUR)
    assert roster is not None
    [file] = (place.ctx.auth.data_folder / "rosters").glob("*.msgpack")
    for broken in (b"", file.read_bytes()[:-1]):
        file.write_bytes(broken)
        assert kept_roster(place.ctx, team, HOUR) is None
    file.unlink()
    keep_roster(place.ctx, team, roster)
    assert kept_roster(place.ctx, team, HOUR) == roster
