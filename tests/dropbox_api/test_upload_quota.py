"""The month's upload calls: counted here, stopped at a reserve, remembered by the given meter."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from dropally.common.clock import ManualClock, SystemClock
from dropally.common.errors import UsageError
from dropally.dropbox_api import (
    ConnectionSettings,
    LimitsRegistry,
    MemoryUploadMeter,
    QuotaUsedUpError,
    TeamConnection,
    UploadItem,
    UploadMeter,
    UploadQuota,
    open_team,
)
from tests.dropbox_api.team_of_three import Stage, hash_of, open_home


class FileMeter:
    """Counts in a file, as a process that was restarted finds it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def used_this_month(self) -> int:
        return int(json.loads(self._path.read_text())) if self._path.exists() else 0

    def add(self, calls: int) -> None:
        self._path.write_text(json.dumps(self.used_this_month() + calls))


def limit_to(stage: Stage, calls: int | None) -> None:
    stage.simulator.run(lambda world: setattr(world.team, "upload_api_rate_limit", calls))


def connect(
    stage: Stage,
    *,
    reserve: float = 0.10,
    uploads: UploadMeter | None = None,
    registry: LimitsRegistry | None = None,
) -> TeamConnection:
    settings = msgspec.structs.replace(stage.settings, upload_quota_reserve=reserve)
    return open_team(
        msgspec.structs.replace(stage.credentials, team_id="dbtid:acme"),
        settings,
        clock=SystemClock(),
        uploads=uploads,
        registry=registry or LimitsRegistry(),
    )


def item(path: str) -> UploadItem:
    data = path.encode()
    return UploadItem(
        path=path, size_bytes=len(data), content_hash=hash_of(data), pieces=lambda: [data]
    )


def upload_until_stopped(stage: Stage, connection: TeamConnection) -> QuotaUsedUpError:
    home = open_home(connection, connection.discover(), stage.people.ann)
    for number in range(100):
        try:
            home.upload(item(f"/{number}.txt"))
        except QuotaUsedUpError as stopped:
            return stopped
    raise AssertionError("nothing stopped it")


def calls_charged(stage: Stage) -> int:
    return stage.simulator.run(lambda world: world.counters.upload_calls)


@pytest.mark.parametrize(("reserve", "made"), [(0.10, 45), (0.0, 50), (0.5, 25)])
def test_f100_uploads_stop_at_the_reserve(stage: Stage, reserve: float, made: int) -> None:
    limit_to(stage, 50)
    with connect(stage, reserve=reserve) as connection:
        stopped = upload_until_stopped(stage, connection)
        assert connection.upload_quota() == UploadQuota(50, made, 50 - made)
        assert connection.upload_quota().left == 0
        home = open_home(connection, connection.discover(), stage.people.ann)
        assert home.create_folders(["/Still"]) == {"/Still": None}  # what is no upload goes on
    assert calls_charged(stage) == made
    assert stage.calls("files/upload") == made
    assert f"has made {made} of the team's 50" in str(stopped)
    assert "next month" in stopped.hint


def test_f100_all_calls_of_sessions_are_counted(stage: Stage) -> None:
    with connect(stage) as connection:
        home = open_home(connection, connection.discover(), stage.people.ann)
        outcomes = list(home.upload_batch(item(f"/many/{n}.txt") for n in range(700)))
        assert all(outcome.entry for outcome in outcomes)
        used = connection.upload_quota().used
    assert used == calls_charged(stage) > 0


def test_f100_calls_made_again_count_again(stage: Stage) -> None:
    stage.disturb(
        {"action": "drop_connection", "route": "files/upload", "nth": 1, "args": {"when": "before"}}
    )
    with connect(stage) as connection:
        home = open_home(connection, connection.discover(), stage.people.ann)
        home.upload(item("/one.txt"))
        assert connection.upload_quota().used == calls_charged(stage) == 2


def test_f101_the_count_survives_a_restart(stage: Stage, tmp_path: Path) -> None:
    limit_to(stage, 20)
    with connect(stage, uploads=FileMeter(tmp_path / "meter")) as connection:
        upload_until_stopped(stage, connection)
    with connect(stage, uploads=FileMeter(tmp_path / "meter")) as connection:
        upload_until_stopped(stage, connection)
    assert calls_charged(stage) == 18


def test_jobs_of_a_team_count_together(stage: Stage) -> None:
    limit_to(stage, 20)
    registry = LimitsRegistry()
    with connect(stage, registry=registry) as one, connect(stage, registry=registry) as other:
        upload_until_stopped(stage, one)
        upload_until_stopped(stage, other)
    assert calls_charged(stage) == 18


def test_without_a_limit_nothing_stops(stage: Stage) -> None:
    limit_to(stage, None)
    with connect(stage, reserve=1.0) as connection:
        home = open_home(connection, connection.discover(), stage.people.ann)
        for number in range(3):
            home.upload(item(f"/{number}.txt"))
        assert connection.upload_quota() == UploadQuota(None, 3, 0)
        assert connection.upload_quota().left is None


def test_backups_do_not_ask_for_the_limit(stage: Stage) -> None:
    with connect(stage) as connection:
        home = open_home(connection, connection.discover(), stage.people.ann)
        asked = stage.calls("team/features/get_values")
        list(home.list())
    assert stage.calls("team/features/get_values") == asked


def test_a_new_month_starts_at_zero() -> None:
    clock = ManualClock(datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    meter = MemoryUploadMeter(clock)
    meter.add(7)
    assert meter.used_this_month() == 7
    clock.advance(61)
    assert meter.used_this_month() == 0
    meter.add(1)
    assert meter.used_this_month() == 1


@pytest.mark.parametrize("reserve", [-0.1, 1.1])
def test_a_reserve_is_a_share(stage: Stage, reserve: float) -> None:
    with pytest.raises(UsageError, match="upload_quota_reserve"):
        connect(stage, reserve=reserve)
    assert ConnectionSettings().upload_quota_reserve == 0.10
