"""What administrators do with people."""

import pytest
from dropally.auth import account, api_tokens, links, sessions, users
from dropally.auth.actors import EVERYWHERE, Actor, Reach
from dropally.auth.errors import (
    FieldsError,
    ForbiddenError,
    LastAdministratorError,
    LinkEndedError,
    SignInRefusedError,
    StateError,
)
from dropally.auth.permissions import allowed
from dropally.auth.rights import Rights
from dropally.auth.verbs import Role, Verb
from dropally.catalog import people
from dropally.common.errors import NotFoundError
from tests.auth.appliance import ADMIN, OFFICE, Appliance

VIEWING = Rights(Role.VIEWER, EVERYWHERE)
RUNNING = Rights(Role.ADMINISTRATOR, EVERYWHERE)


def test_f151_changed_rights_count_at_once_and_the_audit_has_before_and_after(
    appliance: Appliance, admin: Actor
) -> None:
    bo = appliance.add(admin, "bo@example.com")
    rights = Rights(
        Role.RECOVERY_OPERATOR,
        Reach(tasks=frozenset({"tsk_1"})),
        granted=frozenset({Verb.TASK_RUN}),
        denied=frozenset({Verb.EXPORT}),
    )
    users.change_rights(appliance.ctx, admin, bo.id, rights)
    again = sessions.authenticate(appliance.ctx, appliance.tokens[bo.session_id], OFFICE)
    assert (again.role, again.reach) == (Role.RECOVERY_OPERATOR, rights.reach)
    assert (again.granted, again.denied) == (rights.granted, rights.denied)
    entry = appliance.audit(admin)[0]
    assert entry.label == "Permissions changed"
    assert entry.performed_by == "Ann Smith"
    assert b'"before":{"denied":[],"granted":[]' in bytes(entry.details)
    assert b'"role":"recovery_operator"' in bytes(entry.details)


def test_f152_the_last_administrator_stays(appliance: Appliance, admin: Actor) -> None:
    """Demoting, deactivating or deleting them leaves everything as it was."""
    appliance.add(admin, "bo@example.com")
    with pytest.raises(LastAdministratorError):
        users.change_rights(appliance.ctx, admin, admin.id, VIEWING)
    with pytest.raises(LastAdministratorError):
        users.deactivate(appliance.ctx, admin, admin.id)
    assert appliance.sign_in().role == Role.ADMINISTRATOR
    users.list_users(appliance.ctx, admin)


def test_f152_a_second_administrator_frees_the_first(appliance: Appliance, admin: Actor) -> None:
    bo = appliance.add(admin, "bo@example.com", Role.ADMINISTRATOR)
    assert users.change_rights(appliance.ctx, bo, admin.id, VIEWING).role == Role.VIEWER
    with pytest.raises(LastAdministratorError):
        users.deactivate(appliance.ctx, bo, bo.id)


def test_f152_an_invited_or_deactivated_administrator_does_not_count(
    appliance: Appliance, admin: Actor
) -> None:
    bo = appliance.add(admin, "bo@example.com", Role.ADMINISTRATOR)
    users.deactivate(appliance.ctx, admin, bo.id)
    with pytest.raises(LastAdministratorError):
        users.change_rights(appliance.ctx, admin, admin.id, VIEWING)


def test_nothing_can_be_taken_from_an_administrator(appliance: Appliance, admin: Actor) -> None:
    bo = appliance.add(admin, "bo@example.com")
    for rights in (
        Rights(Role.ADMINISTRATOR, Reach(tasks=frozenset({"tsk_1"}))),
        Rights(Role.ADMINISTRATOR, EVERYWHERE, denied=frozenset({Verb.USER_MANAGE})),
        Rights(Role.VIEWER, EVERYWHERE, granted=frozenset({Verb.SELF_TOKENS})),
    ):
        with pytest.raises(FieldsError):
            users.change_rights(appliance.ctx, admin, bo.id, rights)


def test_f157_deactivating_ends_sessions_tokens_and_links_at_once(
    appliance: Appliance, admin: Actor
) -> None:
    bo = appliance.add(admin, "bo@example.com")
    token = api_tokens.create(appliance.ctx, bo, "script")
    account.ask_email_change(appliance.ctx, bo, "bo2@example.com")
    link = appliance.mailed_token("email_change", "bo2@example.com")
    users.deactivate(appliance.ctx, admin, bo.id)
    with pytest.raises(SignInRefusedError):
        sessions.authenticate(appliance.ctx, appliance.tokens[bo.session_id], OFFICE)
    with pytest.raises(SignInRefusedError):
        api_tokens.authenticate(appliance.ctx, token.secret, OFFICE)
    with pytest.raises(LinkEndedError):
        account.confirm_email(appliance.ctx, link, OFFICE)
    with pytest.raises(SignInRefusedError):
        appliance.sign_in("bo@example.com")
    assert appliance.audit(admin)[1].label == "User deactivated"


def test_f157_reactivating_brings_neither_sessions_nor_tokens_back(
    appliance: Appliance, admin: Actor
) -> None:
    bo = appliance.add(admin, "bo@example.com")
    token = api_tokens.create(appliance.ctx, bo, "script")
    users.deactivate(appliance.ctx, admin, bo.id)
    with pytest.raises(StateError):
        users.deactivate(appliance.ctx, admin, bo.id)
    users.reactivate(appliance.ctx, admin, bo.id)
    with pytest.raises(SignInRefusedError):
        api_tokens.authenticate(appliance.ctx, token.secret, OFFICE)
    assert appliance.sign_in("bo@example.com").id == bo.id


def test_deleting_removes_the_person_and_keeps_what_they_did(
    appliance: Appliance, admin: Actor
) -> None:
    bo = appliance.add(admin, "bo@example.com")
    api_tokens.create(appliance.ctx, bo, "script")
    users.delete(appliance.ctx, admin, bo.id)
    with appliance.ctx.read() as connection:
        assert people.user_by_id(connection, bo.id) is None
        assert connection.execute("SELECT count(*) FROM api_token").fetchone() == (0,)
    assert any(entry.actor_id == bo.id for entry in appliance.audit(admin))


def test_the_owner_is_not_deleted_before_there_is_another(
    appliance: Appliance, admin: Actor
) -> None:
    bo = appliance.add(admin, "bo@example.com", Role.ADMINISTRATOR)
    vic = appliance.add(admin, "vic@example.com")
    with pytest.raises(StateError) as caught:
        users.delete(appliance.ctx, bo, admin.id)
    assert caught.value.code == "is_owner"
    with pytest.raises(StateError):
        users.make_owner(appliance.ctx, bo, vic.id)
    users.make_owner(appliance.ctx, bo, bo.id)
    users.delete(appliance.ctx, bo, admin.id)
    assert [one.is_owner for one in users.list_users(appliance.ctx, bo)] == [True, False]


def test_who_may_manage_users_cannot_touch_an_administrator(
    appliance: Appliance, admin: Actor
) -> None:
    clerk = appliance.add(
        admin, "clerk@example.com", Role.VIEWER, granted=frozenset({Verb.USER_MANAGE})
    )
    for act in (
        users.deactivate,
        users.delete,
        users.reset_second_factor,
        users.unlock,
    ):
        with pytest.raises(ForbiddenError) as caught:
            act(appliance.ctx, clerk, admin.id)
        assert caught.value.code == "beyond_own_rights"
    with pytest.raises(ForbiddenError):
        users.change_rights(appliance.ctx, clerk, clerk.id, RUNNING)
    with pytest.raises(ForbiddenError):
        users.rename(appliance.ctx, clerk, admin.id, "Nobody")


def test_managing_users_needs_a_fresh_password(appliance: Appliance, admin: Actor) -> None:
    appliance.clock.advance(15 * 60)
    stale = sessions.authenticate(appliance.ctx, appliance.tokens[admin.session_id], OFFICE)
    before = len(appliance.audit(stale))
    with pytest.raises(ForbiddenError) as caught:
        users.deactivate(appliance.ctx, stale, admin.id)
    assert caught.value.code == "reauthentication_required"
    assert len(appliance.audit(stale)) == before, "no offence, no row"


def test_auditors_see_users_and_change_none(appliance: Appliance, admin: Actor) -> None:
    auditor = appliance.add(admin, "eve@example.com", Role.AUDITOR)
    listed = users.list_users(appliance.ctx, auditor)
    assert [one.user.email for one in listed] == [ADMIN, "eve@example.com"]
    assert "argon2" not in repr(listed)
    with pytest.raises(ForbiddenError):
        users.rename(appliance.ctx, auditor, admin.id, "Nobody")


def test_renaming_shows_everywhere(appliance: Appliance, admin: Actor) -> None:
    assert users.rename(appliance.ctx, admin, admin.id, " Ann Jones ").name == "Ann Jones"
    assert appliance.sign_in().name == "Ann Jones"
    with pytest.raises(FieldsError):
        users.rename(appliance.ctx, admin, admin.id, "\x1b[31m")


def test_a_reach_limits_where_and_not_what(appliance: Appliance, admin: Actor) -> None:
    scoped = Rights(Role.BACKUP_OPERATOR, Reach(entities=frozenset({"ent_1"})))
    bo = appliance.add(admin, "bo@example.com")
    users.change_rights(appliance.ctx, admin, bo.id, scoped)
    again = appliance.sign_in("bo@example.com")
    assert allowed(again, Verb.STATUS_READ).is_allowed
    assert allowed(again, Verb.TASK_CREATE).reason == "outside_reach"


def test_a_link_of_one_kind_opens_nothing_else(appliance: Appliance, admin: Actor) -> None:
    account.ask_email_change(appliance.ctx, admin, "ann2@example.com")
    token = appliance.mailed_token("email_change", "ann2@example.com")
    with appliance.ctx.read() as connection:
        with pytest.raises(NotFoundError):
            links.find(connection, appliance.ctx, "invitation", token)
        with pytest.raises(NotFoundError):
            links.find(connection, appliance.ctx, "password_reset", token)
