"""What people change about themselves, and forgotten passwords."""

from functools import partial
from pathlib import Path

import pytest
from dropally.auth import account, password_reset, sessions, users
from dropally.auth.actors import Actor
from dropally.auth.context import open_auth
from dropally.auth.errors import (
    FieldsError,
    ForbiddenError,
    LinkEndedError,
    LockedOutError,
    SignInRefusedError,
    StateError,
)
from dropally.auth.verbs import Role
from dropally.common.errors import NotFoundError
from tests.auth.appliance import (
    ADMIN,
    ELSEWHERE,
    OFFICE,
    OTHER_PASSWORD,
    PASSWORD,
    Appliance,
    NotedHasher,
    opened,
)


def reset(appliance: Appliance, token: str, password: str = OTHER_PASSWORD) -> None:
    password_reset.complete(appliance.ctx, token, password, password, OFFICE)


def is_in(appliance: Appliance, actor: Actor) -> bool:
    try:
        sessions.authenticate(appliance.ctx, appliance.tokens[actor.session_id], OFFICE)
    except SignInRefusedError:
        return False
    return True


def test_f27_f28_f29_a_reset_by_mail_ends_every_session(appliance: Appliance, admin: Actor) -> None:
    password_reset.ask(appliance.ctx, " Ann@example.com", OFFICE)
    kind, recipient, values = appliance.mails()[0]
    assert (kind, recipient, values["address"]) == ("password_reset", ADMIN, "10.4.5.60")
    reset(appliance, appliance.mailed_token("password_reset", ADMIN))
    assert not is_in(appliance, admin)
    assert appliance.mails()[0][:2] == ("password_changed", ADMIN)
    with pytest.raises(SignInRefusedError):
        appliance.sign_in(password=PASSWORD)
    assert appliance.sign_in(password=OTHER_PASSWORD).id == admin.id


def test_f27_a_reset_link_works_once_and_for_an_hour(appliance: Appliance, admin: Actor) -> None:
    password_reset.ask(appliance.ctx, ADMIN, OFFICE)
    token = appliance.mailed_token("password_reset", ADMIN)
    appliance.clock.advance(61 * 60)
    with pytest.raises(LinkEndedError):
        reset(appliance, token)
    password_reset.ask(appliance.ctx, ADMIN, OFFICE)
    token = appliance.mailed_token("password_reset", ADMIN)
    reset(appliance, token)
    with pytest.raises(LinkEndedError):
        reset(appliance, token, "another long password 9")
    with pytest.raises(NotFoundError):
        reset(appliance, "dpr_unknown")


def test_f28_a_mismatch_or_weak_password_is_told_by_field(
    appliance: Appliance, admin: Actor
) -> None:
    password_reset.ask(appliance.ctx, ADMIN, OFFICE)
    token = appliance.mailed_token("password_reset", ADMIN)
    with pytest.raises(FieldsError) as caught:
        password_reset.complete(appliance.ctx, token, "short", "other", OFFICE)
    assert [name for name, _ in caught.value.fields] == ["new", "again"]
    reset(appliance, token)


def test_f26_unknown_addresses_get_the_same_answer_in_the_same_time(
    appliance: Appliance, admin: Actor
) -> None:
    bo = appliance.add(admin, "bo@example.com")
    users.deactivate(appliance.ctx, admin, bo.id)
    before = len(appliance.mails())
    hasher = NotedHasher()
    ctx = open_auth(
        appliance.ctx.database, appliance.ctx.data_folder, appliance.clock, hasher=hasher
    )
    emails = (ADMIN, "bo@example.com", "nobody@example.com")
    hasher.assert_equal_work(partial(password_reset.ask, ctx, email, OFFICE) for email in emails)
    assert {mail[1] for mail in appliance.mails()[: len(appliance.mails()) - before]} == {ADMIN}


def test_f26_asking_again_and_again_is_limited_for_any_address(
    appliance: Appliance, admin: Actor
) -> None:
    for email in (ADMIN, "nobody@example.com"):
        for _ in range(5):
            password_reset.ask(appliance.ctx, email, OFFICE)
        with pytest.raises(LockedOutError):
            password_reset.ask(appliance.ctx, email, OFFICE)
    assert appliance.sign_in().id == admin.id, "asking does not lock anybody out"


def test_a_reset_leaves_the_second_factor_on(appliance: Appliance, admin: Actor) -> None:
    appliance.enrol(admin)
    password_reset.ask(appliance.ctx, ADMIN, OFFICE)
    reset(appliance, appliance.mailed_token("password_reset", ADMIN))
    with pytest.raises(SignInRefusedError):
        appliance.sign_in(password=OTHER_PASSWORD)


def test_without_mail_an_administrator_hands_the_reset_link_over(tmp_path: Path) -> None:
    with opened(tmp_path, sends_mail=False) as appliance:
        admin = appliance.set_up()
        link = password_reset.make_link(appliance.ctx, admin, admin.id)
        reset(appliance, link.partition("#")[2])
        assert appliance.sign_in(password=OTHER_PASSWORD).id == admin.id


def test_f161_changing_the_password_ends_the_other_sessions_and_rotates_this_one(
    appliance: Appliance, admin: Actor
) -> None:
    other = appliance.sign_in(client=ELSEWHERE)
    old = appliance.tokens[admin.session_id]
    renewed = account.change_password(
        appliance.ctx, admin, PASSWORD, OTHER_PASSWORD, OTHER_PASSWORD
    )
    assert renewed.session_id == admin.session_id
    assert renewed.token != old
    assert not is_in(appliance, admin)
    assert not is_in(appliance, other)
    assert appliance.actor(renewed).id == admin.id
    assert appliance.mails()[0][0] == "password_changed"


def test_f161_a_wrong_current_password_is_refused_and_noted(
    appliance: Appliance, admin: Actor
) -> None:
    with pytest.raises(FieldsError) as caught:
        account.change_password(appliance.ctx, admin, "wrong", OTHER_PASSWORD, OTHER_PASSWORD)
    assert caught.value.fields == [("current", "is not your password")]
    newest = appliance.audit(admin)[0]
    assert (newest.activity, newest.status) == ("password", "failed")
    for _ in range(4):
        with pytest.raises(FieldsError):
            account.change_password(appliance.ctx, admin, "wrong", OTHER_PASSWORD, OTHER_PASSWORD)
    with pytest.raises(LockedOutError):
        account.change_password(appliance.ctx, admin, PASSWORD, OTHER_PASSWORD, OTHER_PASSWORD)


def test_f161_the_same_password_again_is_no_change(appliance: Appliance, admin: Actor) -> None:
    with pytest.raises(FieldsError) as caught:
        account.change_password(appliance.ctx, admin, PASSWORD, PASSWORD, PASSWORD)
    assert caught.value.fields[0][0] == "new"


def test_f158_the_account_shows_when_the_password_was_changed(
    appliance: Appliance, admin: Actor
) -> None:
    begun = appliance.clock.now()
    appliance.clock.advance(3600)
    seen = account.look_at(appliance.ctx, admin)
    assert seen.user.password_changed == begun
    assert seen.organisation == "Example Ltd"
    assert seen.shows_second_factor_hint
    assert "user.manage" in seen.verbs


def test_f160_passwords_expire_with_a_warning_two_weeks_before(
    appliance: Appliance, admin: Actor
) -> None:
    appliance.set_policy(admin, password_expire_days=90)
    appliance.clock.advance(75 * 86400)
    assert account.look_at(appliance.ctx, appliance.sign_in()).password_expires_in_days is None
    appliance.clock.advance(2 * 86400)
    assert account.look_at(appliance.ctx, appliance.sign_in()).password_expires_in_days == 13
    appliance.clock.advance(13 * 86400)
    late = appliance.sign_in()
    assert late.restriction == "password_expired"
    with pytest.raises(ForbiddenError) as caught:
        users.list_users(appliance.ctx, late)
    assert caught.value.code == "password_expired"
    renewed = account.change_password(appliance.ctx, late, PASSWORD, OTHER_PASSWORD, OTHER_PASSWORD)
    assert appliance.actor(renewed).restriction == ""


def test_f160_by_default_and_with_0_passwords_do_not_expire(
    appliance: Appliance, admin: Actor
) -> None:
    appliance.clock.advance(3000 * 86400)
    assert appliance.sign_in().restriction == ""


def test_f145_a_new_address_has_to_be_confirmed_and_the_old_one_is_told(
    appliance: Appliance, admin: Actor
) -> None:
    assert account.ask_email_change(appliance.ctx, admin, "ann@example.org") == ""
    assert [mail[:2] for mail in appliance.mails()[:2]] == [
        ("email_change", "ann@example.org"),
        ("email_change_notice", ADMIN),
    ]
    assert "link" not in appliance.mails()[1][2]
    assert appliance.sign_in().id == admin.id, "until then the old one counts"
    token = appliance.mailed_token("email_change", "ann@example.org")
    assert account.confirm_email(appliance.ctx, token, OFFICE).email == "ann@example.org"
    with pytest.raises(LinkEndedError):
        account.confirm_email(appliance.ctx, token, OFFICE)
    with pytest.raises(SignInRefusedError):
        appliance.sign_in()
    assert appliance.sign_in("ann@example.org").id == admin.id


def test_a_reset_ends_a_change_of_address_that_a_thief_asked_for(
    appliance: Appliance, admin: Actor
) -> None:
    account.ask_email_change(appliance.ctx, admin, "thief@example.org")
    password_reset.ask(appliance.ctx, ADMIN, OFFICE)
    reset(appliance, appliance.mailed_token("password_reset", ADMIN))
    with pytest.raises(LinkEndedError):
        account.confirm_email(
            appliance.ctx, appliance.mailed_token("email_change", "thief@example.org"), OFFICE
        )


def test_an_address_somebody_else_has_is_refused_at_both_ends(
    appliance: Appliance, admin: Actor
) -> None:
    appliance.add(admin, "bo@example.com")
    with pytest.raises(FieldsError):
        account.ask_email_change(appliance.ctx, admin, "BO@example.com")
    account.ask_email_change(appliance.ctx, admin, "cy@example.com")
    appliance.add(admin, "cy@example.com")
    with pytest.raises(FieldsError):
        account.confirm_email(
            appliance.ctx, appliance.mailed_token("email_change", "cy@example.com"), OFFICE
        )


def test_f145_the_account_name_is_changed_by_who_may(appliance: Appliance, admin: Actor) -> None:
    account.rename_organisation(appliance.ctx, admin, "Example GmbH")
    assert account.look_at(appliance.ctx, admin).organisation == "Example GmbH"
    assert appliance.audit(admin)[0].label == "Settings changed"
    bo = appliance.add(admin, "bo@example.com", Role.BACKUP_OPERATOR)
    with pytest.raises(ForbiddenError):
        account.rename_organisation(appliance.ctx, bo, "Mine")


def test_people_rename_themselves(appliance: Appliance, admin: Actor) -> None:
    bo = appliance.add(admin, "bo@example.com")
    account.rename(appliance.ctx, bo, "Bo the Great")
    assert appliance.sign_in("bo@example.com").name == "Bo the Great"


def test_an_administrator_cannot_reset_who_is_not_active(
    appliance: Appliance, admin: Actor
) -> None:
    bo = appliance.add(admin, "bo@example.com")
    users.deactivate(appliance.ctx, admin, bo.id)
    with pytest.raises(StateError):
        password_reset.make_link(appliance.ctx, admin, bo.id)
