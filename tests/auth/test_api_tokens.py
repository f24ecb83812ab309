"""API tokens: some of their owner's rights, an end, and no way to make themselves at home."""

import pytest
from dropally.auth import account, api_tokens, second_factor, sessions, users
from dropally.auth.actors import EVERYWHERE, Actor, Place, Reach, host_operator
from dropally.auth.errors import FieldsError, ForbiddenError, SignInRefusedError, StateError
from dropally.auth.permissions import allowed
from dropally.auth.rights import Rights
from dropally.auth.verbs import Role, Verb
from dropally.common.errors import NotFoundError
from tests.auth.appliance import ELSEWHERE, OFFICE, Appliance


def enter(appliance: Appliance, new: api_tokens.NewToken) -> Actor:
    return api_tokens.authenticate(appliance.ctx, new.secret, OFFICE)


def test_a_token_acts_for_its_owner_and_says_so(appliance: Appliance, admin: Actor) -> None:
    new = api_tokens.create(appliance.ctx, admin, " Nightly script ")
    assert new.secret.startswith("dpy_")
    assert new.secret not in repr(new)
    actor = enter(appliance, new)
    assert (actor.kind, actor.id) == ("token", admin.id)
    assert actor.label == "Ann Smith: Nightly script (API token)"
    assert allowed(actor, Verb.TASK_RUN).is_allowed


def test_the_machine_s_operator_has_no_account_for_a_token(appliance: Appliance) -> None:
    with pytest.raises(StateError, match="no account"):
        api_tokens.create(appliance.ctx, host_operator("root"), "ci")


def test_a_token_has_only_the_named_verbs_and_places(appliance: Appliance, admin: Actor) -> None:
    reach = Reach(tasks=frozenset({"tsk_1"}))
    new = api_tokens.create(
        appliance.ctx, admin, "ci", verbs=frozenset({Verb.TASK_RUN, Verb.ERASE}), reach=reach
    )
    actor = enter(appliance, new)
    assert allowed(actor, Verb.TASK_RUN, Place("tsk_1")).is_allowed
    assert allowed(actor, Verb.ERASE, Place("tsk_1")).is_allowed, "sensitive, but named"
    assert allowed(actor, Verb.TASK_RUN, Place("tsk_2")).reason == "outside_reach"
    assert allowed(actor, Verb.TASK_PAUSE, Place("tsk_1")).reason == "token_lacks_permission"
    assert allowed(actor, Verb.SELF_READ).is_allowed, "what it began itself"
    assert allowed(actor, Verb.SELF_PROFILE).reason == "needs_person"


def test_a_token_loses_what_its_owner_loses(appliance: Appliance, admin: Actor) -> None:
    bo = appliance.add(admin, "bo@example.com", Role.BACKUP_OPERATOR)
    new = api_tokens.create(appliance.ctx, bo, "ci", verbs=frozenset({Verb.TASK_RUN}))
    assert allowed(enter(appliance, new), Verb.TASK_RUN).is_allowed
    users.change_rights(appliance.ctx, admin, bo.id, Rights(Role.VIEWER, EVERYWHERE))
    assert allowed(enter(appliance, new), Verb.TASK_RUN).reason == "role_lacks_permission"


def test_a_token_ends_at_its_time(appliance: Appliance, admin: Actor) -> None:
    new = api_tokens.create(appliance.ctx, admin, "short", days=1)
    appliance.clock.advance(86400 - 1)
    enter(appliance, new)
    appliance.clock.advance(1)
    with pytest.raises(SignInRefusedError):
        enter(appliance, new)


def test_a_token_can_be_revoked_by_its_owner_and_by_an_administrator(
    appliance: Appliance, admin: Actor
) -> None:
    bo = appliance.add(admin, "bo@example.com")
    first, second = (api_tokens.create(appliance.ctx, bo, name) for name in ("one", "two"))
    foreign = api_tokens.create(appliance.ctx, admin, "foreign")
    api_tokens.revoke(appliance.ctx, bo, first.view.id)
    api_tokens.revoke(appliance.ctx, admin, second.view.id)
    for new in (first, second):
        with pytest.raises(SignInRefusedError):
            enter(appliance, new)
    with pytest.raises(ForbiddenError):
        api_tokens.revoke(appliance.ctx, bo, foreign.view.id)
    with pytest.raises(NotFoundError):
        api_tokens.revoke(appliance.ctx, admin, first.view.id)
    assert [one.revoked is None for one in api_tokens.list_own(appliance.ctx, bo)] == [False, False]
    assert len(api_tokens.list_all(appliance.ctx, admin)) == 3
    with pytest.raises(ForbiddenError):
        api_tokens.list_all(appliance.ctx, bo)


@pytest.mark.parametrize(
    ("name", "verbs", "days", "field"),
    [
        ("", None, 90, "name"),
        ("x", frozenset({Verb.ERASE}), 90, "verbs"),
        ("x", frozenset({Verb.SELF_SECURITY}), 90, "verbs"),
        ("x", None, 0, "days"),
        ("x", None, 731, "days"),
    ],
)
def test_what_cannot_be_a_token_is_told_by_field(
    appliance: Appliance,
    admin: Actor,
    name: str,
    verbs: frozenset[Verb] | None,
    days: int,
    field: str,
) -> None:
    bo = appliance.add(admin, "bo@example.com")
    with pytest.raises(FieldsError) as caught:
        api_tokens.create(appliance.ctx, bo, name, verbs=verbs, days=days)
    assert caught.value.fields[0][0] == field


def test_a_stolen_token_cannot_make_itself_at_home(appliance: Appliance, admin: Actor) -> None:
    actor = enter(appliance, api_tokens.create(appliance.ctx, admin, "stolen"))
    for act in (
        lambda: api_tokens.create(appliance.ctx, actor, "second"),
        lambda: account.ask_email_change(appliance.ctx, actor, "thief@example.com"),
        lambda: account.change_password(appliance.ctx, actor, "a", "b", "b"),
        lambda: second_factor.begin(appliance.ctx, actor),
        lambda: sessions.end_own_others(appliance.ctx, actor),
        lambda: users.deactivate(appliance.ctx, actor, admin.id),
    ):
        with pytest.raises(ForbiddenError):
            act()
    assert account.look_at(appliance.ctx, actor).user.id == admin.id


def test_making_one_needs_a_fresh_password(appliance: Appliance, admin: Actor) -> None:
    appliance.clock.advance(11 * 60)
    stale = sessions.authenticate(appliance.ctx, appliance.tokens[admin.session_id], OFFICE)
    with pytest.raises(ForbiddenError) as caught:
        api_tokens.create(appliance.ctx, stale, "late")
    assert caught.value.code == "reauthentication_required"


def test_f159_enforcement_holds_for_tokens_too(appliance: Appliance, admin: Actor) -> None:
    new = api_tokens.create(appliance.ctx, admin, "ci")
    appliance.set_policy(admin, enforce_2fa=True)
    assert allowed(enter(appliance, new), Verb.TASK_RUN).reason == "enrol_required"


def test_f138_the_audit_tells_of_use_from_a_new_address_only(
    appliance: Appliance, admin: Actor
) -> None:
    new = api_tokens.create(appliance.ctx, admin, "ci")
    for _ in range(5):
        enter(appliance, new)
        appliance.clock.advance(120)
    api_tokens.authenticate(appliance.ctx, new.secret, ELSEWHERE)
    used = [entry for entry in appliance.audit(admin) if entry.activity == "token_used"]
    assert [entry.address for entry in used] == ["203.0.113.9", "10.4.5.60"]
    assert api_tokens.list_own(appliance.ctx, admin)[0].used_address == "203.0.113.9"


def test_no_secret_is_in_the_database(appliance: Appliance, admin: Actor) -> None:
    new = api_tokens.create(appliance.ctx, admin, "ci")
    for path in appliance.ctx.data_folder.glob("dropally.db*"):
        assert new.secret.encode() not in path.read_bytes()
    with pytest.raises(SignInRefusedError):
        api_tokens.authenticate(appliance.ctx, new.view.id, OFFICE)
