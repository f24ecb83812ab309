"""Inviting, confirming, resending; registering oneself."""

from pathlib import Path

import pytest
from dropally.auth import invitations, users
from dropally.auth.actors import EVERYWHERE, NOWHERE, Actor, Reach
from dropally.auth.errors import (
    FieldsError,
    ForbiddenError,
    LinkEndedError,
    SignInRefusedError,
    StateError,
)
from dropally.auth.invitations import InvitationForm
from dropally.auth.permissions import allowed
from dropally.auth.rights import Rights
from dropally.auth.verbs import Role, Verb
from dropally.common.errors import NotFoundError
from tests.auth.appliance import OFFICE, OTHER_PASSWORD, PASSWORD, Appliance, opened

BO = "bo@example.com"
FORM = InvitationForm(
    "Bo Berg", BO, Rights(Role.RECOVERY_OPERATOR, Reach(tasks=frozenset({"tsk_1"})))
)


def accept(appliance: Appliance, token: str) -> None:
    invitations.accept(appliance.ctx, token, PASSWORD, PASSWORD, OFFICE)


def test_f151_an_invitation_makes_a_pending_user_and_a_mail(
    appliance: Appliance, admin: Actor
) -> None:
    invited = invitations.invite(appliance.ctx, admin, FORM)
    assert invited.user.state == "invited"
    assert invited.link == "", "the mail has it, and nobody else"
    kind, recipient, values = appliance.mails()[0]
    assert (kind, recipient) == ("invitation", BO)
    assert values["organisation"] == "Example Ltd"
    assert values["inviter"] == "Ann Smith"
    assert values["link"].startswith("https://backup.example.com/accept-invitation#dpi_")


def test_f154_sign_in_is_refused_before_the_address_is_confirmed(
    appliance: Appliance, admin: Actor
) -> None:
    invitations.invite(appliance.ctx, admin, FORM)
    with pytest.raises(SignInRefusedError):
        appliance.sign_in(BO)
    token = appliance.mailed_token("invitation", BO)
    assert invitations.look_at(appliance.ctx, token).email == BO
    accept(appliance, token)
    actor = appliance.sign_in(BO)
    assert actor.role == Role.RECOVERY_OPERATOR
    assert actor.reach == FORM.rights.reach


def test_f19_a_link_works_once(appliance: Appliance, admin: Actor) -> None:
    invitations.invite(appliance.ctx, admin, FORM)
    token = appliance.mailed_token("invitation", BO)
    accept(appliance, token)
    with pytest.raises(LinkEndedError):
        accept(appliance, token)


def test_f155_a_link_works_for_24_hours(appliance: Appliance, admin: Actor) -> None:
    invitations.invite(appliance.ctx, admin, FORM)
    token = appliance.mailed_token("invitation", BO)
    appliance.clock.advance(24 * 3600 - 1)
    assert invitations.look_at(appliance.ctx, token).email == BO
    appliance.clock.advance(2)
    with pytest.raises(LinkEndedError):
        accept(appliance, token)


def test_f156_a_new_link_ends_the_old_one(appliance: Appliance, admin: Actor) -> None:
    user = invitations.invite(appliance.ctx, admin, FORM).user
    old = appliance.mailed_token("invitation", BO)
    invitations.resend(appliance.ctx, admin, user.id)
    new = appliance.mailed_token("invitation", BO)
    assert new != old
    with pytest.raises(LinkEndedError):
        accept(appliance, old)
    accept(appliance, new)
    with pytest.raises(StateError) as caught:
        invitations.resend(appliance.ctx, admin, user.id)
    assert caught.value.code == "not_invited"


def test_f156_without_mail_the_administrator_gets_the_link(tmp_path: Path) -> None:
    with opened(tmp_path, sends_mail=False) as appliance:
        admin = appliance.set_up()
        invited = invitations.invite(appliance.ctx, admin, FORM)
        assert appliance.mails() == []
        assert "dpi_" not in repr(invited)
        again = invitations.resend(appliance.ctx, admin, invited.user.id)
        with pytest.raises(LinkEndedError):
            accept(appliance, invited.link.partition("#")[2])
        accept(appliance, again.link.partition("#")[2])
        assert appliance.sign_in(BO).role == Role.RECOVERY_OPERATOR


def test_a_link_of_another_kind_or_nobodys_is_no_link(appliance: Appliance, admin: Actor) -> None:
    with pytest.raises(NotFoundError):
        accept(appliance, "dpi_unknown")


def test_the_same_address_is_not_invited_twice(appliance: Appliance, admin: Actor) -> None:
    invitations.invite(appliance.ctx, admin, FORM)
    again = InvitationForm("Bo", "BO@EXAMPLE.com", Rights(Role.VIEWER, EVERYWHERE))
    with pytest.raises(FieldsError) as caught:
        invitations.invite(appliance.ctx, admin, again)
    assert caught.value.fields[0][0] == "email"


@pytest.mark.parametrize(
    "email",
    ["", "bo", "bo@", "@example.com", "a b@example.com", "bo@example.com\nBcc: x@y.z", "bo@x"],
)
def test_an_address_must_look_like_one(appliance: Appliance, admin: Actor, email: str) -> None:
    with pytest.raises(FieldsError):
        invitations.invite(
            appliance.ctx, admin, InvitationForm("Bo", email, Rights(Role.VIEWER, EVERYWHERE))
        )


def test_f151_only_who_manages_users_invites_and_a_refusal_is_noted(
    appliance: Appliance, admin: Actor
) -> None:
    viewer = appliance.add(admin, "vic@example.com")
    with pytest.raises(ForbiddenError) as caught:
        invitations.invite(appliance.ctx, viewer, FORM)
    assert caught.value.code == "role_lacks_permission"
    newest = appliance.audit(admin)[0]
    assert (newest.activity, newest.status) == ("action_denied", "denied")
    assert newest.performed_by == "Bo vic"


def test_nobody_invites_with_more_rights_than_their_own(appliance: Appliance, admin: Actor) -> None:
    clerk = appliance.add(
        admin, "clerk@example.com", Role.VIEWER, granted=frozenset({Verb.USER_MANAGE})
    )
    for role in (Role.ADMINISTRATOR, Role.RECOVERY_OPERATOR):
        with pytest.raises(ForbiddenError) as caught:
            invitations.invite(
                appliance.ctx,
                clerk,
                InvitationForm("Evil", "evil@example.com", Rights(role, EVERYWHERE)),
            )
        assert caught.value.code == "beyond_own_rights"
    form = InvitationForm("Mild", "mild@example.com", Rights(Role.VIEWER, EVERYWHERE))
    assert invitations.invite(appliance.ctx, clerk, form).user.role == Role.VIEWER


def test_deactivating_ends_the_invitation(appliance: Appliance, admin: Actor) -> None:
    user = invitations.invite(appliance.ctx, admin, FORM).user
    token = appliance.mailed_token("invitation", BO)
    users.deactivate(appliance.ctx, admin, user.id)
    with pytest.raises(LinkEndedError):
        accept(appliance, token)
    assert users.reactivate(appliance.ctx, admin, user.id).state == "invited"


def test_f24_who_registers_sees_nothing_until_an_administrator_gives_them_a_reach(
    appliance: Appliance, admin: Actor
) -> None:
    with pytest.raises(StateError):
        invitations.register(appliance.ctx, "Cy", "cy@example.com", OFFICE)
    appliance.set_policy(admin, self_registration=True)
    invitations.register(appliance.ctx, "Cy", "cy@example.com", OFFICE)
    invitations.register(appliance.ctx, "Cy", "ann@example.com", OFFICE)  # the same answer
    assert [mail[1] for mail in appliance.mails()] == ["cy@example.com"]
    accept(appliance, appliance.mailed_token("invitation", "cy@example.com"))
    actor = appliance.sign_in("cy@example.com")
    assert actor.reach == NOWHERE
    assert not allowed(actor, Verb.TASK_READ).is_allowed


def test_two_clicks_at_once_set_one_password(appliance: Appliance, admin: Actor) -> None:
    invitations.invite(appliance.ctx, admin, FORM)
    token = appliance.mailed_token("invitation", BO)
    accept(appliance, token)
    with pytest.raises(LinkEndedError):
        invitations.accept(appliance.ctx, token, OTHER_PASSWORD, OTHER_PASSWORD, OFFICE)
    assert appliance.sign_in(BO).name == "Bo Berg"


def test_f152_nobody_is_invited_as_half_an_administrator(
    appliance: Appliance, admin: Actor
) -> None:
    scoped = Rights(Role.ADMINISTRATOR, Reach(tasks=frozenset({"tsk_1"})))
    stripped = Rights(Role.ADMINISTRATOR, EVERYWHERE, denied=frozenset({Verb.USER_MANAGE}))
    for rights in (scoped, stripped):
        with pytest.raises(FieldsError):
            invitations.invite(appliance.ctx, admin, InvitationForm("Bo", BO, rights))
