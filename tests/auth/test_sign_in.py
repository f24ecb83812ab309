"""Signing in, being locked out, and proving oneself again."""

import threading
from functools import partial

import pytest
from dropally.auth import sessions, sign_in, users
from dropally.auth.actors import Actor, Client
from dropally.auth.browsers import browser_name
from dropally.auth.context import open_auth
from dropally.auth.errors import LockedOutError, SignInRefusedError
from dropally.auth.passwords import PasswordHasher
from dropally.auth.permissions import allowed
from dropally.auth.verbs import Verb
from tests.auth.appliance import (
    ADMIN,
    CHROME,
    ELSEWHERE,
    OFFICE,
    PASSWORD,
    QUICK,
    Appliance,
    NotedHasher,
)


def fail(appliance: Appliance, times: int, email: str = ADMIN, client: Client = OFFICE) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefusedError):
            sign_in.sign_in(appliance.ctx, email, "wrong", client)


def test_f21_the_right_password_lets_in_whatever_the_spelling_of_the_address(
    appliance: Appliance, admin: Actor
) -> None:
    actor = appliance.sign_in(" ANN@Example.COM ")
    assert actor.id == admin.id
    assert actor.is_freshly_proved


def test_f141_the_audit_names_method_result_browser_and_address(
    appliance: Appliance, admin: Actor
) -> None:
    fail(appliance, 1, client=ELSEWHERE)
    appliance.sign_in()
    newest, failed = appliance.audit(admin)[:2]
    assert newest.description == "Native Sign in (OK) Chrome from ip 10.4.5.60"
    assert newest.performed_by == "Ann Smith"
    assert failed.description == "Native Sign in (Failed) curl from ip 203.0.113.9"
    assert failed.status == "failed"
    assert failed.performed_by == "system"
    assert failed.request_id == "req-2"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (CHROME, "Chrome"),
        (CHROME + " Edg/129.0", "Edge"),
        (CHROME + " OPR/110.0", "Opera"),
        ("Mozilla/5.0 (Macintosh) Gecko/20100101 Firefox/131.0", "Firefox"),
        ("Mozilla/5.0 (Macintosh) Version/17.6 Safari/605.1.15", "Safari"),
        ("Mozilla/5.0 (iPhone) CriOS/129.0 Mobile Safari/604.1", "Chrome"),
        ("", "unknown browser"),
    ],
)
def test_f141_browsers_are_named(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name


def test_f21_the_sixth_wrong_try_in_five_minutes_is_refused_and_noted(
    appliance: Appliance, admin: Actor
) -> None:
    for _ in range(5):
        fail(appliance, 1)
        appliance.clock.advance(50)
    with pytest.raises(LockedOutError) as caught:
        appliance.sign_in(password="wrong")
    assert caught.value.retry_after_s == 300
    with pytest.raises(LockedOutError):
        appliance.sign_in()  # the right password is not looked at either
    noted = [entry for entry in appliance.audit(admin) if entry.status == "denied"]
    assert len(noted) == 1
    assert noted[0].description.startswith("Sign-in was locked for 300 s")
    appliance.clock.advance(301)
    assert appliance.sign_in().id == admin.id


def test_five_wrong_tries_in_more_than_five_minutes_do_not_lock(
    appliance: Appliance, admin: Actor
) -> None:
    for _ in range(12):
        fail(appliance, 1)
        appliance.clock.advance(75)
    assert appliance.sign_in().id == admin.id


def test_locks_double_up_to_an_hour_and_fade(appliance: Appliance, admin: Actor) -> None:
    lengths: list[int] = []
    for _ in range(6):
        fail(appliance, 5, client=Client(f"198.51.100.{len(lengths)}"))
        with pytest.raises(LockedOutError) as caught:
            appliance.sign_in(password="wrong")
        lengths.append(caught.value.retry_after_s)
        appliance.clock.advance(caught.value.retry_after_s)
    assert lengths == [300, 600, 1200, 2400, 3600, 3600]
    appliance.clock.advance(7 * 3600)
    fail(appliance, 5)
    with pytest.raises(LockedOutError) as caught:
        appliance.sign_in()
    assert caught.value.retry_after_s == 300


def test_an_unknown_account_is_locked_like_a_known_one(appliance: Appliance, admin: Actor) -> None:
    fail(appliance, 5, "nobody@example.com")
    with pytest.raises(LockedOutError):
        appliance.sign_in("nobody@example.com")
    assert appliance.sign_in().id == admin.id, "others from that address still get in"


def test_one_address_trying_many_accounts_is_locked(appliance: Appliance, admin: Actor) -> None:
    for number in range(20):
        fail(appliance, 1, f"guess{number}@example.com", Client(f"2001:db8:1:2::{number:x}"))
    with pytest.raises(LockedOutError):
        appliance.sign_in(client=Client("2001:db8:1:2:ffff::1"))
    assert appliance.sign_in(client=Client("2001:db8:1:3::1")).id == admin.id


def test_many_guesses_at_once_are_no_way_around_the_limit(
    appliance: Appliance, admin: Actor
) -> None:
    outcomes: list[type] = []

    def guess() -> None:
        try:
            sign_in.sign_in(appliance.ctx, ADMIN, "wrong", OFFICE)
        except (SignInRefusedError, LockedOutError) as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(SignInRefusedError) == 5
    assert outcomes.count(LockedOutError) == 7


def test_an_administrator_unlocks(appliance: Appliance, admin: Actor) -> None:
    bo = appliance.add(admin, "bo@example.com")
    fail(appliance, 5, "bo@example.com")
    with pytest.raises(LockedOutError):
        appliance.sign_in("bo@example.com")
    listed = {one.user.email: one.locked_until for one in users.list_users(appliance.ctx, admin)}
    assert listed["bo@example.com"] is not None
    assert listed[ADMIN] is None
    users.unlock(appliance.ctx, admin, bo.id)
    assert appliance.sign_in("bo@example.com").id == bo.id


def test_signing_in_forgives_the_account_but_not_the_address(
    appliance: Appliance, admin: Actor
) -> None:
    for _ in range(5):
        fail(appliance, 4)
        appliance.sign_in(client=ELSEWHERE)
    with pytest.raises(LockedOutError):
        appliance.sign_in()
    assert appliance.sign_in(client=ELSEWHERE).id == admin.id


def test_f26_unknown_wrong_and_deactivated_get_the_same_answer_in_the_same_time(
    appliance: Appliance, admin: Actor
) -> None:
    bo = appliance.add(admin, "bo@example.com")
    users.deactivate(appliance.ctx, admin, bo.id)
    hasher = NotedHasher()
    ctx = open_auth(
        appliance.ctx.database, appliance.ctx.data_folder, appliance.clock, hasher=hasher
    )
    sign_in.sign_in(ctx, ADMIN, PASSWORD, OFFICE)  # stores the hash with these costs
    answers = set()

    def attempt(email: str) -> None:
        with pytest.raises(SignInRefusedError) as caught:
            sign_in.sign_in(ctx, email, "wrong", OFFICE)
        answers.add((type(caught.value), caught.value.message, caught.value.hint))

    emails = (ADMIN, "bo@example.com", "nobody@example.com")
    hasher.assert_equal_work(partial(attempt, email) for email in emails)
    assert len(answers) == 1


@pytest.mark.parametrize("text", ["", "\udce4", "x" * 10_000, "' OR 1=1 --", "\x00"])
def test_any_text_is_refused_in_order(appliance: Appliance, admin: Actor, text: str) -> None:
    for email, password, code in ((text, PASSWORD, ""), (ADMIN, text, ""), (ADMIN, text, text)):
        with pytest.raises(SignInRefusedError):
            appliance.sign_in(email, password, code)


def test_nothing_that_was_typed_is_in_the_audit(appliance: Appliance, admin: Actor) -> None:
    fail(appliance, 1, "my secret password by mistake")
    assert "my secret" not in repr(appliance.audit(admin))


def test_an_outdated_hash_is_made_anew_at_sign_in(appliance: Appliance, admin: Actor) -> None:
    better = PasswordHasher(memory_kib=16, passes=2, lanes=1)
    ctx = open_auth(
        appliance.ctx.database, appliance.ctx.data_folder, appliance.clock, hasher=better
    )
    assert QUICK.is_outdated(better.hash(PASSWORD))
    sign_in.sign_in(ctx, ADMIN, PASSWORD, OFFICE)
    sign_in.sign_in(ctx, ADMIN, PASSWORD, OFFICE)
    with ctx.read() as connection:
        (stored,) = connection.execute("SELECT password_hash FROM console_user").fetchone()
    assert not better.is_outdated(stored)


def test_proving_again_makes_fresh_and_rotates(appliance: Appliance, admin: Actor) -> None:
    old = appliance.tokens[admin.session_id]
    appliance.clock.advance(11 * 60)
    stale = sessions.authenticate(appliance.ctx, old, OFFICE)
    assert allowed(stale, Verb.USER_MANAGE).reason == "reauthentication_required"
    with pytest.raises(SignInRefusedError):
        sign_in.prove_again(appliance.ctx, stale, "wrong")
    fresh = appliance.actor(sign_in.prove_again(appliance.ctx, stale, PASSWORD))
    assert fresh.session_id == admin.session_id
    assert allowed(fresh, Verb.USER_MANAGE).is_allowed
    with pytest.raises(SignInRefusedError):
        sessions.authenticate(appliance.ctx, old, OFFICE)


def test_f233_signing_out_ends_the_session_on_the_server(
    appliance: Appliance, admin: Actor
) -> None:
    sign_in.sign_out(appliance.ctx, admin)
    with pytest.raises(SignInRefusedError):
        sessions.authenticate(appliance.ctx, appliance.tokens[admin.session_id], OFFICE)
    sign_in.sign_out(appliance.ctx, admin)
