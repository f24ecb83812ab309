"""Connections of one process to one team share its pace, its commit locks and its upload meter."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import msgspec
import pytest
from dropally.common.clock import ManualClock, SystemClock
from dropally.common.errors import UsageError
from dropally.dropbox_api import (
    ConnectionSettings,
    LimitsRegistry,
    PacingSettings,
    TeamConnection,
    open_team,
)
from dropally.dropbox_api.identity import TEAM
from tests.dropbox_api.team_of_three import Stage, open_home, until

SETTINGS = ConnectionSettings(api_url="http://127.0.0.1:1")
TEAM_ID = "dbtid:one"
GO_ON = threading.Event()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 22, tzinfo=UTC))


def open_of(
    stage: Stage, registry: LimitsRegistry, team_id: str = TEAM_ID, max_workers: int = 32
) -> TeamConnection:
    credentials = msgspec.structs.replace(stage.credentials, team_id=team_id)
    settings = msgspec.structs.replace(stage.settings, max_workers=max_workers)
    return open_team(credentials, settings, clock=SystemClock(), registry=registry)


@pytest.fixture
def two(stage: Stage) -> Iterator[tuple[TeamConnection, TeamConnection]]:
    registry = LimitsRegistry()
    with open_of(stage, registry) as one, open_of(stage, registry) as other:
        yield one, other


def test_one_told_to_wait_holds_all_jobs_of_the_team(
    stage: Stage, two: tuple[TeamConnection, TeamConnection]
) -> None:
    one, other = two
    stage.disturb({"action": "rate_limit", "route": "team/*", "nth": 1, "args": {"retry_after": 1}})
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        limited = pool.submit(one.describe)
        until(lambda: other.pacer.frozen_for_s(TEAM.bucket) > 0)
        other.describe()
        assert time.monotonic() - began > 1
        limited.result(60)
    # That nobody called while told to wait is checked when the stage closes.


def test_two_jobs_in_a_storm_of_waits_are_polite(
    stage: Stage, two: tuple[TeamConnection, TeamConnection]
) -> None:
    ann = stage.people.ann
    for number in range(12):
        stage.put(ann.home_namespace, f"/{number}.bin", b"%d" % number * 2000)
    homes = [open_home(connection, connection.discover(), ann) for connection in two]
    files = [entry for page in homes[0].list() for entry in page.entries]
    stage.disturb(
        {"action": "slow_body", "probability": 0.3, "seed": 1, "args": {"bytes_per_s": 100_000}},
        {"action": "rate_limit", "every": 50, "args": {"retry_after": 1}},
    )

    def fetch(number: int) -> int:
        entry = files[number % len(files)]
        home = homes[number % 2]
        return len(b"".join(home.download(entry["rev"], entry["size"], entry["content_hash"])))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(fetch, range(120)))
    assert stage.metrics()["rate_limited"] > 0


def test_one_committer_for_a_namespace_whichever_job_it_is(
    two: tuple[TeamConnection, TeamConnection],
) -> None:
    one, other = two
    roster = one.discover()
    home = roster.members[0].home_namespace
    writers = [connection.namespace(home, roster)._writer for connection in (one, other)]
    with writers[0].committing():
        entered = threading.Event()

        def commit() -> None:
            with writers[1].committing():
                entered.set()

        thread = threading.Thread(target=commit)
        thread.start()
        assert not entered.wait(0.4)
    thread.join(60)
    assert entered.is_set()


def test_other_teams_servers_and_unknown_teams_have_limits_of_their_own(clock: ManualClock) -> None:
    registry = LimitsRegistry()
    elsewhere = msgspec.structs.replace(SETTINGS, api_url="http://127.0.0.1:2")
    limits = [
        registry.join(TEAM_ID, SETTINGS, clock),
        registry.join("dbtid:two", SETTINGS, clock),
        registry.join(TEAM_ID, elsewhere, clock),
        registry.join("", SETTINGS, clock),
        registry.join("", SETTINGS, clock),
    ]
    assert len({id(one) for one in limits}) == 5
    assert registry.join(TEAM_ID, SETTINGS, clock) is limits[0]


def test_limits_end_with_the_last_connection_and_the_last_wait(clock: ManualClock) -> None:
    registry = LimitsRegistry()
    first = registry.join(TEAM_ID, SETTINGS, clock)
    assert registry.join(TEAM_ID, SETTINGS, clock) is first
    registry.leave(first)
    assert registry.join(TEAM_ID, SETTINGS, clock) is first
    registry.leave(first)
    turn = first.pacer.take_turn("ann", GO_ON)
    turn.told_to_wait(300)
    turn.release()
    registry.leave(first)
    # Nobody is connected, but whoever connects now still has to wait.
    assert registry.join(TEAM_ID, SETTINGS, clock) is first
    registry.leave(first)
    clock.advance(320)
    assert registry.join(TEAM_ID, SETTINGS, clock) is not first


def test_another_clock_inherits_no_waits(clock: ManualClock) -> None:
    registry = LimitsRegistry()
    first = registry.join(TEAM_ID, SETTINGS, clock)
    clock.advance(50)
    assert registry.join(TEAM_ID, SETTINGS, clock) is first
    later = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    assert registry.join(TEAM_ID, SETTINGS, later) is not first


def test_the_newest_pacing_settings_are_in_force(clock: ManualClock) -> None:
    registry = LimitsRegistry()
    limits = registry.join(TEAM_ID, SETTINGS, clock)
    held = [limits.pacer.take_turn("ann", GO_ON) for _ in range(2)]
    careful = msgspec.structs.replace(SETTINGS, pacing=PacingSettings(max_concurrency=2))
    assert registry.join(TEAM_ID, careful, clock) is limits
    third: list[object] = []
    thread = threading.Thread(target=lambda: third.append(limits.pacer.take_turn("ann", GO_ON)))
    thread.start()
    thread.join(0.3)
    assert not third
    held[0].release()
    thread.join(60)
    assert third


def test_closing_twice_gives_back_once(stage: Stage) -> None:
    registry = LimitsRegistry()
    one, other = open_of(stage, registry), open_of(stage, registry)
    pacer = other.pacer
    one.close()
    one.close()
    with open_of(stage, registry) as third:
        assert third.pacer is pacer
    other.close()


def test_settings_that_cannot_work_leave_nothing_behind(stage: Stage) -> None:
    registry = LimitsRegistry()
    with pytest.raises(UsageError, match="max_workers"):
        open_of(stage, registry, max_workers=0)
    first = registry.join(TEAM_ID, stage.settings, SystemClock())
    registry.leave(first)
    assert registry.join(TEAM_ID, stage.settings, SystemClock()) is not first  # nobody was left
