"""A probe tells what is wrong with a link, and never raises for it."""

import threading

import msgspec
import pytest
from dropally.common.clock import SystemClock
from dropally.common.errors import CancelledError, UsageError
from dropally.dropbox_api import (
    ConnectionSettings,
    Credentials,
    LimitsRegistry,
    ProbeResult,
    open_team,
    probe_team,
)
from dropally.dropbox_api.identity import TEAM
from dropally.dropbox_api.scopes import BACKUP_SCOPES, scopes_for
from dropally.simulator.auth.minting import mint_person_token
from tests.dropbox_api.team_of_three import Stage, credentials_of


def probe(
    stage: Stage,
    credentials: Credentials | None = None,
    settings: ConnectionSettings | None = None,
    **options: object,
) -> ProbeResult:
    return probe_team(
        credentials or stage.credentials,
        settings or stage.settings,
        clock=SystemClock(),
        **options,  # type: ignore[arg-type]  # what each test varies
    )


def test_a_good_link_costs_three_calls_and_is_kept_alive(stage: Stage) -> None:
    kept: list[Credentials] = []
    before = stage.metrics()["calls"]
    result = probe(stage, on_credentials=kept.append)
    assert result.status == "connected"
    assert result.is_usable
    assert result.team_name == "Acme Works"
    assert result.team_id.startswith("dbtid:")
    assert result.upload_limit == 25_000
    assert (result.message, result.hint) == ("", "")
    assert kept[0].access_token not in {"", stage.credentials.access_token}
    assert stage.metrics()["calls"] - before == 2  # the token service is not a call of the API


def test_a_revoked_link(stage: Stage) -> None:
    stage.simulator.control.edit({"op": "revoke_tokens"})
    result = probe(stage)
    assert result.status == "revoked"
    assert not result.is_usable
    assert "link the team again" in result.hint


@pytest.mark.parametrize(
    ("op", "status"), [("expire_tokens", "expired"), ("revoke_tokens", "revoked")]
)
def test_a_link_that_cannot_renew_itself(stage: Stage, op: str, status: str) -> None:
    short = msgspec.structs.replace(stage.credentials, refresh_token="")
    assert probe(stage, short).status == "connected"
    stage.simulator.control.edit({"op": op})
    assert probe(stage, short).status == status


def test_an_expired_access_token_is_no_trouble(stage: Stage) -> None:
    stage.simulator.control.edit({"op": "expire_tokens"})
    assert probe(stage).status == "connected"


def test_scopes_the_link_never_had(stage: Stage) -> None:
    reading = credentials_of(stage.mint(scopes=BACKUP_SCOPES))
    reading = msgspec.structs.replace(reading, scopes=BACKUP_SCOPES)
    assert probe(stage, reading).status == "connected"
    result = probe(stage, reading, purpose="restore")
    assert result.status == "missing_scopes"
    assert set(result.missing_scopes) == scopes_for("restore") - BACKUP_SCOPES
    assert result.team_name == "Acme Works"


def test_a_scope_that_was_taken_away(stage: Stage) -> None:
    stage.simulator.control.edit({"op": "drop_scope", "scope": "team_info.read"})
    result = probe(stage)
    assert result.status == "missing_scopes"
    assert result.missing_scopes == ("team_info.read",)


def test_new_credentials_tell_their_team_before_they_are_stored(stage: Stage) -> None:
    unknown = msgspec.structs.replace(stage.credentials, team_id="")
    team_id = probe(stage, unknown).team_id
    assert team_id.startswith("dbtid:")
    assert probe(stage, unknown, expected_team_id=team_id).status == "connected"
    other = probe(stage, unknown, expected_team_id="dbtid:protected")
    assert other.status == "different_team"
    assert other.team_id == team_id
    assert "another team, 'Acme Works'" in other.message


def test_f36_a_personal_account(stage: Stage) -> None:
    personal = credentials_of(
        stage.simulator.run(lambda world: mint_person_token(world, stage.people.ben))
    )
    result = probe(stage, personal)
    assert result.status == "not_a_team"
    assert "personal" in result.hint


def test_no_network(stage: Stage) -> None:
    nowhere = msgspec.structs.replace(stage.settings, api_url="http://127.0.0.1:9")
    result = probe(stage, settings=nowhere)
    assert result.status == "unreachable"
    assert "firewall" in result.hint


def test_dropbox_in_trouble(stage: Stage) -> None:
    stage.disturb({"action": "server_error", "route": "team/*", "args": {"status": 500}})
    result = probe(stage)
    assert result.status == "failing"
    assert "HTTP 500" in result.message


def test_told_to_wait_does_not_keep_anybody_waiting(stage: Stage) -> None:
    stage.disturb({"action": "rate_limit", "route": "team/*", "args": {"retry_after": 300}})
    registry = LimitsRegistry()
    credentials = msgspec.structs.replace(stage.credentials, team_id="dbtid:acme")
    for _ in range(2):
        result = probe(stage, credentials, registry=registry)
        assert result.status == "limited"
        assert result.is_usable
        assert result.wait_s > 200
    assert stage.calls("team/get_info") == 1


def test_a_job_that_was_told_to_wait_is_known_to_the_probe(stage: Stage) -> None:
    registry = LimitsRegistry()
    credentials = msgspec.structs.replace(stage.credentials, team_id="dbtid:acme")
    with open_team(
        credentials, stage.settings, clock=SystemClock(), registry=registry
    ) as connection:
        turn = connection.pacer.take_turn(TEAM.bucket, threading.Event())
        turn.told_to_wait(300)
        turn.release()
        assert probe(stage, credentials, registry=registry).status == "limited"
    assert stage.calls("team/get_info") == 0


def test_stopping_and_settings_that_cannot_work_are_raised(stage: Stage) -> None:
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(CancelledError):
        probe(stage, cancelled=stopped)
    with pytest.raises(UsageError):
        probe(stage, settings=ConnectionSettings(api_url="http://dropbox.example"))
