"""The outbox is emptied: sent, tried again, given up; and who is told of what."""

from datetime import timedelta

import pytest
from dropally.auth import password_reset
from dropally.auth.actors import EVERYWHERE, Actor
from dropally.auth.housekeeping import tidy
from dropally.auth.invitations import InvitationForm, invite, resend
from dropally.auth.outbox import Mail
from dropally.auth.rights import Rights
from dropally.auth.verbs import Role
from dropally.catalog import outbox
from dropally.catalog.outbox import OutboxRow
from dropally.common.errors import ConflictError, TryLaterError
from dropally.notify import mails, telling
from dropally.notify.mailer import Mailer
from dropally.notify.smtp import MailServer
from tests.auth.appliance import ADMIN, Appliance
from tests.notify.mail_room import Inbox, inbox

NOBODY = MailServer("127.0.0.1", 1, "none", "Dropally <dropally@example.com>")


def log(appliance: Appliance) -> list[OutboxRow]:
    with appliance.ctx.read() as connection:
        return outbox.delivery_log(connection, 100)


def put(appliance: Appliance, *recipients: str) -> None:
    with appliance.ctx.write() as connection:
        for recipient in recipients:
            appliance.ctx.outbox.put(connection, Mail("test", recipient, {"by": "Ann"}))


def sent(appliance: Appliance, found: Inbox) -> int:
    return Mailer(appliance.ctx, found.server).run_once(appliance.clock.now())


def test_f19_f154_an_invitation_arrives_with_a_link_that_ends(
    appliance: Appliance, admin: Actor
) -> None:
    with inbox() as found:
        form = InvitationForm("Bo", "bo@example.com", Rights(Role.VIEWER, EVERYWHERE))
        invited = invite(appliance.ctx, admin, form)
        assert sent(appliance, found) == 1
        resend(appliance.ctx, admin, invited.user.id)
        assert sent(appliance, found) == 1
        assert sent(appliance, found) == 0
    first, second = found.texts()
    assert "https://backup.example.com/accept-invitation#dpi_" in first
    assert "until 2026-03-03 10:00 CET (UTC+01:00)" in first  # F155: 24 hours
    assert "Ann Smith has invited you" in first
    assert first != second  # F156: another link
    assert found.mails[0]["To"] == "bo@example.com"
    assert found.mails[0]["Subject"] == "You can now use Dropally of Example Ltd"


def test_what_was_sent_is_not_kept(appliance: Appliance, admin: Actor) -> None:
    put(appliance, "bo@example.com")
    with inbox() as found:
        sent(appliance, found)
    [row] = log(appliance)
    assert (row.state, row.tries, row.content) == ("sent", 1, b"")
    assert "queued as 4711" in row.answer


def test_a_server_that_is_away_is_tried_again_later_and_later(
    appliance: Appliance, admin: Actor
) -> None:
    mailer = Mailer(appliance.ctx, lambda: NOBODY)
    put(appliance, "bo@example.com")
    begun, tried = appliance.clock.now(), []
    while log(appliance)[0].state == "waiting":
        tries = log(appliance)[0].tries
        mailer.run_once(appliance.clock.now())
        if log(appliance)[0].tries > tries:
            tried.append(appliance.clock.now() - begun)
        appliance.clock.advance(60)
    assert len(tried) == 9
    assert tried[:4] == [timedelta(minutes=minutes) for minutes in (0, 1, 6, 21)]
    assert timedelta(days=1) < tried[-1] < timedelta(days=3)
    [row] = log(appliance)
    assert (row.state, row.content) == ("failed", b"")
    assert mailer.failures == {"test": 9}


def test_a_link_that_has_ended_is_not_sent_any_more(appliance: Appliance, admin: Actor) -> None:
    password_reset.ask(appliance.ctx, ADMIN, admin.client)
    appliance.clock.advance(3601)
    with inbox() as found:
        assert sent(appliance, found) == 0
    assert log(appliance)[0].answer == "expired before it was sent"


def test_old_mails_are_given_up_and_forgotten(appliance: Appliance, admin: Actor) -> None:
    put(appliance, "bo@example.com")
    appliance.clock.advance(8 * 86400)
    with inbox() as found:
        assert sent(appliance, found) == 0
    assert log(appliance)[0].state == "failed"
    appliance.clock.advance(90 * 86400)
    tidy(appliance.ctx)
    assert log(appliance) == []


def test_mails_wait_for_a_mail_server(appliance: Appliance, admin: Actor) -> None:
    put(appliance, "bo@example.com")
    mailer = Mailer(appliance.ctx, lambda: None)
    assert mailer.run_once(appliance.clock.now()) == 0
    assert log(appliance)[0].state == "waiting"
    with pytest.raises(ConflictError, match="no mail server"):
        mailer.send_now("bo@example.com", mails.mail_check(by="Ann"))


def test_refused_for_good_is_not_tried_again(appliance: Appliance, admin: Actor) -> None:
    put(appliance, "gone@example.com", "bo@example.com")
    with inbox() as found:
        found.answer = lambda to: "550 no such user" if to.startswith("gone") else ""
        assert sent(appliance, found) == 2
    states = {row.recipient: (row.state, row.answer) for row in log(appliance)}
    assert states["gone@example.com"] == ("failed", "550 no such user")
    assert states["bo@example.com"][0] == "sent"


def test_a_mail_that_cannot_be_written_does_not_hold_up_the_others(
    appliance: Appliance, admin: Actor
) -> None:
    with appliance.ctx.write() as connection:
        appliance.ctx.outbox.put(connection, Mail("nonsense", "bo@example.com", {}))
    put(appliance, "bo@example.com")
    with inbox() as found:
        sent(appliance, found)
    assert [row.state for row in log(appliance)] == ["sent", "failed"]


def test_more_than_one_batch(appliance: Appliance, admin: Actor) -> None:
    put(appliance, *[f"m{number}@example.com" for number in range(60)])
    with inbox() as found:
        assert sent(appliance, found) == 60
    assert len(found.mails) == 60


def test_the_thread_sends_when_woken_and_stops(appliance: Appliance, admin: Actor) -> None:
    with inbox() as found:
        mailer = Mailer(appliance.ctx, found.server)
        mailer.start()
        try:
            put(appliance, "bo@example.com")
            mailer.wake()
            assert found.came.wait(60)
        finally:
            mailer.stop()
    assert [row.state for row in log(appliance)] == ["sent"]


def test_the_test_mail_tells_the_servers_own_words(appliance: Appliance, admin: Actor) -> None:
    with inbox() as found:
        mailer = Mailer(appliance.ctx, found.server)
        assert "queued as 4711" in mailer.send_now(ADMIN, mails.mail_check(by="Ann"))
        found.answer = lambda _: "554 5.7.1 relay access denied"
        with pytest.raises(TryLaterError, match=r"554 5\.7\.1 relay access denied"):
            mailer.send_now(ADMIN, mails.mail_check(by="Ann"))
    assert log(appliance) == []


def test_f187_one_cause_is_told_once_an_hour_to_every_administrator(
    appliance: Appliance, admin: Actor
) -> None:
    other = appliance.add(admin, "cy@example.com", Role.ADMINISTRATOR)
    appliance.add(admin, "bo@example.com", Role.VIEWER)
    before = len(log(appliance))

    def tell(cause: str) -> list[str]:
        letter = mails.job_failed(title="Backup", cause=cause, hint="", link="https://x/")
        with appliance.ctx.write() as connection:
            telling.tell_administrators(connection, appliance.ctx, letter)
        return sorted(row.recipient for row in log(appliance)[: len(log(appliance)) - before])

    assert other.name
    assert tell("no space") == [ADMIN, "cy@example.com"]
    assert tell("no space") == [ADMIN, "cy@example.com"]
    assert len(tell("revoked")) == 4
    appliance.clock.advance(3601)
    assert len(tell("no space")) == 6


def test_only_who_can_sign_in_is_told(appliance: Appliance, admin: Actor) -> None:
    with appliance.ctx.write() as connection:
        telling.tell_user(connection, appliance.ctx, admin.id, mails.mail_check(by="x"))
        telling.tell_user(connection, appliance.ctx, "usr_gone", mails.mail_check(by="x"))
    assert [row.recipient for row in log(appliance)] == [ADMIN]
