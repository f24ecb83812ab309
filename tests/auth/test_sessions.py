"""Sessions: limits, rotation, revoking, and that only hashes are stored."""

import pytest
from dropally.auth import sessions
from dropally.auth.actors import Actor
from dropally.auth.errors import SignInRefusedError
from dropally.common.errors import NotFoundError
from hypothesis import given
from hypothesis import strategies as st
from tests.auth.appliance import ELSEWHERE, OFFICE, Appliance


def is_in(appliance: Appliance, token: str) -> bool:
    try:
        sessions.authenticate(appliance.ctx, token, OFFICE)
    except SignInRefusedError:
        return False
    return True


def test_a_session_ends_after_half_an_hour_without_use(appliance: Appliance, admin: Actor) -> None:
    token = appliance.tokens[admin.session_id]
    for _ in range(5):
        appliance.clock.advance(29 * 60)
        assert is_in(appliance, token)
    appliance.clock.advance(30 * 60)
    assert not is_in(appliance, token)


def test_a_session_ends_after_twelve_hours_whatever_happens(
    appliance: Appliance, admin: Actor
) -> None:
    token = appliance.tokens[admin.session_id]
    for _ in range(12 * 3 - 1):
        appliance.clock.advance(20 * 60)
        assert is_in(appliance, token)
    appliance.clock.advance(20 * 60)
    assert not is_in(appliance, token)


def test_tightened_limits_count_for_sessions_that_exist(appliance: Appliance, admin: Actor) -> None:
    token = appliance.tokens[admin.session_id]
    appliance.clock.advance(400)
    assert is_in(appliance, token)
    appliance.set_policy(admin, session_max_s=300)
    assert not is_in(appliance, token)


def test_each_sign_in_makes_another_token(appliance: Appliance, admin: Actor) -> None:
    first, second = appliance.sign_in(), appliance.sign_in()
    assert appliance.tokens[first.session_id] != appliance.tokens[second.session_id]
    assert first.session_id != second.session_id


def test_f233_sessions_are_listed_and_ended_one_by_one(appliance: Appliance, admin: Actor) -> None:
    appliance.clock.advance(60)
    other = appliance.sign_in(client=ELSEWHERE)
    listed = sessions.list_own(appliance.ctx, admin)
    assert [(one.browser, one.address, one.is_current) for one in listed] == [
        ("curl", "203.0.113.9", False),
        ("Chrome", "10.4.5.60", True),
    ]
    sessions.end_own(appliance.ctx, admin, other.session_id)
    assert not is_in(appliance, appliance.tokens[other.session_id])
    assert is_in(appliance, appliance.tokens[admin.session_id])
    with pytest.raises(NotFoundError):
        sessions.end_own(appliance.ctx, admin, other.session_id)


def test_nobody_ends_the_sessions_of_others_by_their_id(appliance: Appliance, admin: Actor) -> None:
    bo = appliance.add(admin, "bo@example.com")
    with pytest.raises(NotFoundError):
        sessions.end_own(appliance.ctx, bo, admin.session_id)
    assert is_in(appliance, appliance.tokens[admin.session_id])


def test_all_others_can_be_ended_at_once(appliance: Appliance, admin: Actor) -> None:
    others = [appliance.sign_in() for _ in range(3)]
    assert sessions.end_own_others(appliance.ctx, admin) == 3
    assert [one.is_current for one in sessions.list_own(appliance.ctx, admin)] == [True]
    assert not any(is_in(appliance, appliance.tokens[one.session_id]) for one in others)


def test_ended_sessions_are_forgotten(appliance: Appliance, admin: Actor) -> None:
    appliance.clock.advance(13 * 3600)
    appliance.sign_in()
    with appliance.ctx.read() as connection:
        assert connection.execute("SELECT count(*) FROM session").fetchone() == (1,)


def test_no_token_is_in_the_database_file(appliance: Appliance, admin: Actor) -> None:
    token = appliance.tokens[admin.session_id]
    with appliance.ctx.read() as connection:
        dump = "\n".join(str(row) for row in connection.execute("SELECT * FROM session"))
    assert token not in dump
    for path in appliance.ctx.data_folder.glob("dropally.db*"):
        assert token.encode() not in path.read_bytes()


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_form_token_matches_its_own_session_only(session_token: str, sent: str) -> None:
    assert not sessions.csrf_matches(
        "dps_" + session_token.encode("ascii", "replace").decode(), sent
    )
    own = sessions.csrf_token("dps_one")
    assert sessions.csrf_matches("dps_one", own)


@pytest.mark.parametrize("token", ["", "dps_", "x" * 10_000, "\udce4", "é", "' OR 1=1 --"])
def test_wrong_tokens_of_any_shape_are_refused(
    appliance: Appliance, admin: Actor, token: str
) -> None:
    assert not is_in(appliance, token)


def test_a_form_token_belongs_to_one_session_token() -> None:
    token = sessions.csrf_token("dps_one")
    assert sessions.csrf_matches("dps_one", token)
    assert not sessions.csrf_matches("dps_two", token)
    assert "dps_one" not in token
